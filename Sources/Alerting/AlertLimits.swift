/// Every bound, interval and fixed figure of alerting.
package enum AlertLimits {
    // MARK: Evaluation

    /// How far behind now data may still be unsettled: the spare hour of `PoolHistory`.
    package static let unsettledMinutes = 60
    /// What client errors are compared with: the day before.
    static let baselineMinutes = 1440
    /// Fewer covered minutes than an hour are no baseline.
    static let minimumBaselineMinutes = 60
    /// Turns a median absolute deviation into a standard deviation of normal noise.
    static let normalConsistency = 1.4826
    /// However steady the baseline, a spike is at least this many times its median.
    static let spikeFactor = 2.0
    /// A changed limit is announced for this long.
    static let quotaChangeSeconds = 3600.0
    /// The age of the newest traffic on a model ID without quota that is still reported.
    static let unmappedTrafficSeconds = 3600.0
    /// Without traffic for this long, an unmapped model ID is forgotten.
    static let unmappedQuietSeconds = 86_400.0
    /// Stale data are looked at twice, so that a jump of the clock alone raises nothing.
    static let staleConfirmationSeconds = 60.0
    /// A forecast that fired holds until the day is this much further off than the limit.
    static let forecastHysteresis = 1.25
    /// Of the quota a day; less is no growth.
    static let leastGrowth = 0.0005
    /// Measured and used burndown rates may differ by this share.
    static let rateTolerance = 0.01
    /// Daily peaks that a forecast looks at.
    package static let forecastHistoryDays = 60
    package static let unmappedModelsPerRegion = 200
    /// Model IDs named in an annotation.
    static let namedModelIDs = 5

    // MARK: State

    package static let trackedAlerts = 50_000
    /// A firing alert whose pool is no longer seen resolves after this.
    static let missingSeconds = 900.0
    /// `through` of a minute in progress lies at most this far ahead of the clock.
    package static let minuteSeconds = 60.0

    // MARK: Delivery

    /// What Prometheus does (web docs, "alertmanager_config" and notifier): queue, batch, resend, resolved retention.
    package static let queuedNotifications = 10_000
    package static let alertsPerRequest = 256
    package static let resendSeconds = 60.0
    package static let resolvedResendSeconds = 900.0
    static let endsAtFactor = 4.0
    package static let receivers = 32
    /// Alerts written out in a chat message or a mail; the rest is counted.
    package static let shownAlerts = 20
    package static let firstRetrySeconds = 1.0
    package static let longestRetrySeconds = 60.0

    // MARK: Amazon SNS, Publish

    package static let subjectCharacters = 100
    package static let messageBytes = 262_144

    // MARK: CloudFormation and CloudWatch

    /// PutMetricAlarm: a metric-math alarm retrieves at most 10 metrics.
    package static let metricsPerAlarm = 10
    /// CloudFormation quotas: resources in a template.
    package static let resourcesPerTemplate = 500
}
