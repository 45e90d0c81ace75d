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
