/// When a receiver is tried again after failures: exponential back-off with jitter, without end, because a
/// notification may be late but not lost.
package struct DeliverySchedule: Equatable, Sendable {
    /// Failures in a row.
    package private(set) var failures = 0
    /// Not before this time, Unix seconds of a clock that is never set back.
    package private(set) var notBefore = 0.0

    package init() {}

    package mutating func succeeded() {
        failures = 0
        notBefore = 0
    }

    /// - Parameters:
    ///   - random: From 0 up to 1.
    ///   - retryAfterSeconds: What the receiver asked for; kept to the longest delay.
    package mutating func failed(now: Double, random: Double, retryAfterSeconds: Double? = nil) {
        failures += 1
        var ceiling = AlertLimits.firstRetrySeconds
        var doublings = failures - 1
        while doublings > 0, ceiling < AlertLimits.longestRetrySeconds {
            ceiling *= 2
            doublings -= 1
        }
        ceiling = min(ceiling, AlertLimits.longestRetrySeconds)
        // At least half, so that a receiver in trouble is not tried at once.
        let delay = max(ceiling * (0.5 + random / 2), retryAfterSeconds ?? 0)
        notBefore = now + min(delay, AlertLimits.longestRetrySeconds)
    }

    package func isDue(now: Double) -> Bool { now >= notBefore }
}

/// What an HTTP receiver's answer means.
package enum DeliveryOutcome: Equatable, Sendable {
    case accepted
    /// 5xx, 429 and 408: later perhaps.
    case tryAgain
    /// Other 4xx and 3xx: the same message will be refused again.
    case refused

    package init(status: Int) {
        switch status {
        case 200..<300: self = .accepted
        case 408, 429, 500...: self = .tryAgain
        case _: self = .refused
        }
    }
}
