/// Every limit and interval of delivery that is not Alerting's own.
enum DeliveryLimits {
    /// Of one HTTP request, as in Prometheus (`alertmanager_config.timeout`).
    static let requestTimeout = Duration.seconds(10)
    /// Of an answer; what is longer counts as a refusal.
    static let responseBytes = 1 << 20
    static let commandTimeout = Duration.seconds(30)
    /// Of an answer's text in the log.
    static let loggedCharacters = 300
    /// How long a stop or a reload waits for messages that are under way.
    static let drainSeconds = 1.5
    /// How often it is looked whether a resend is due, as a part of its interval.
    static let resendChecksPerInterval = 4.0
    /// Kinds of failure that are counted apart for one receiver; more are counted as `other`.
    static let failureReasons = 50
}
