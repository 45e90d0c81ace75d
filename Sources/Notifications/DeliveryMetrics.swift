import Synchronization

/// Counters and gauges about the delivery of alerts. Attempts and failures start anew with the process; what was dropped
/// is counted in the store.
package final class DeliveryMetrics: Sendable {
    package struct Receiver: Equatable, Sendable {
        package var attempts = 0
        package var failures: [String: Int] = [:]
        package var dropped = 0
        package var queueLength = 0
    }

    private let receivers = Mutex<[String: Receiver]>([:])

    package init() {}

    /// Makes the receivers' series exist before their first message, and forgets those that are configured no more.
    package func register(_ names: [String]) {
        receivers.withLock { receivers in
            receivers = receivers.filter { names.contains($0.key) }
            for name in names where receivers[name] == nil { receivers[name] = Receiver() }
        }
    }

    package func attempted(_ receiver: String) { update(receiver) { $0.attempts += 1 } }

    /// Reasons may be a service's own error codes: beyond so many they are counted as `other`.
    package func failed(_ receiver: String, reason: String) {
        update(receiver) {
            let isNew = $0.failures[reason] == nil
            let key = isNew && $0.failures.count >= DeliveryLimits.failureReasons ? "other" : reason
            $0.failures[key, default: 0] += 1
        }
    }

    package func waiting(_ receiver: String, queueLength: Int, dropped: Int) {
        update(receiver) {
            $0.queueLength = queueLength
            $0.dropped = dropped
        }
    }

    package subscript(_ receiver: String) -> Receiver {
        receivers.withLock { $0[receiver] ?? Receiver() }
    }

    /// Nothing for a receiver that a reload took away.
    private func update(_ receiver: String, _ change: (inout Receiver) -> Void) {
        receivers.withLock { receivers in
            guard var values = receivers[receiver] else { return }
            change(&values)
            receivers[receiver] = values
        }
    }

    /// By the receivers' names.
    package var all: [String: Receiver] { receivers.withLock { $0 } }
}

/// Every limit and interval of delivery that is not Alerting's own.
package enum DeliveryLimits {
    /// Of one HTTP request, as in Prometheus (`alertmanager_config.timeout`).
    package static let requestTimeout = Duration.seconds(10)
    /// Of an answer; what is longer counts as a refusal.
    package static let responseBytes = 1 << 20
    package static let commandTimeout = Duration.seconds(30)
    /// Of an answer's text in the log.
    package static let loggedCharacters = 300
    /// How long a stop or a reload waits for messages that are under way.
    package static let drainSeconds = 1.5
    /// How often it is looked whether a resend is due, as a part of its interval.
    package static let resendChecksPerInterval = 4.0
    /// Kinds of failure that are counted apart for one receiver; more are counted as `other`.
    package static let failureReasons = 50
}
