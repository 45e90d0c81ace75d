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

/// When which alerts are sent to an Alertmanager again: it forgets a firing alert that is not resent.
///
/// Kept in memory only; after a restart everything is sent once more, which changes nothing there.
package struct AlertmanagerResends: Sendable {
    private let resendSeconds: Double
    private var sentAt: [AlertIdentity: Double] = [:]

    package init(resendSeconds: Double = AlertLimits.resendSeconds) {
        self.resendSeconds = resendSeconds
    }

    /// Requests that are due, each of at most `AlertLimits.alertsPerRequest` alerts, no alert twice.
    package func due(firing: [TrackedAlert], resolved: [AlertNotice], now: Double) -> [[AlertNotice]] {
        let firing = firing.compactMap(AlertNotice.init)
        let current = Set(firing.map(\.identity))
        let notices = firing + resolved.filter { !current.contains($0.identity) }
        let due = notices.filter { isDue($0.identity, now) }
        return stride(from: 0, to: due.count, by: AlertLimits.alertsPerRequest).map {
            Array(due[$0..<min($0 + AlertLimits.alertsPerRequest, due.count)])
        }
    }

    /// Notes what was accepted.
    package mutating func sent(_ notices: [AlertNotice], at now: Double) {
        for notice in notices { sentAt[notice.identity] = now }
        let oldest = now - AlertLimits.resolvedResendSeconds - resendSeconds
        sentAt = sentAt.filter { $0.value >= oldest }
    }

    /// A clock that was set back makes everything due.
    private func isDue(_ identity: AlertIdentity, _ now: Double) -> Bool {
        guard let last = sentAt[identity] else { return true }
        return now - last >= resendSeconds || last > now
    }

    /// The `endsAt` of a firing alert, Prometheus's rule: 4 x the larger of evaluation interval and resend delay from
    /// now, so that three lost resends resolve nothing.
    package static func endsAt(now: Double, evaluationSeconds: Double, resendSeconds: Double) -> Double {
        now + AlertLimits.endsAtFactor * max(evaluationSeconds, resendSeconds)
    }
}
