import QuotaModel

/// All rules with their figures. Every part has a default.
package struct AlertRules: Equatable, Sendable {
    /// For pools that no override names; `disabled` switches a rule off everywhere.
    package var standard = PoolRules()
    /// Applied in order, so a later one wins.
    package var overrides: [AlertOverride] = []
    /// The age of the newest settled minute from which data are stale.
    package var staleAfterSeconds = 900.0
    /// How far CloudWatch may be behind before that is reported.
    package var lateAfterSeconds = 600.0
    /// How long polls fail before that is reported.
    package var pollFailingAfterSeconds = 600.0
    /// Where people reach this daemon's page, without a closing slash; nil leaves links out.
    package var pageURL: String?
    /// Where the folder `deploy/runbooks` is served, without a closing slash; nil leaves links out.
    package var runbookBaseURL: String?

    package init() {}

    /// The figures for one pool.
    package func rules(for pool: QuotaPool) -> PoolRules {
        var rules = standard
        for override in overrides where override.matches(pool) { override.apply(to: &rules) }
        return rules
    }

    /// The figures for an alert: its pool's, or the standard ones for alerts of a whole Region.
    func rules(for identity: AlertIdentity) -> PoolRules {
        identity.pool.map(rules(for:)) ?? standard
    }

    /// False for a rule that is switched off, everywhere or for the alert's pool.
    package func isEnabled(_ identity: AlertIdentity) -> Bool {
        !rules(for: identity).disabled.contains(identity.kind)
    }

    /// Where the runbook of a rule is served; nil when that is not configured.
    func runbookURL(of kind: AlertKind) -> String? { runbookBaseURL.map { "\($0)/\(kind.rawValue).md" } }

    /// How long a condition holds before it fires.
    func forSeconds(_ identity: AlertIdentity) -> Double {
        switch identity.kind {
        case .quotaWarning, .quotaCritical: rules(for: identity).forSeconds
        case .dataStale, .deliveryLag: AlertLimits.staleConfirmationSeconds
        case .pollFailing: pollFailingAfterSeconds
        case .throttling, .throttlingCritical, .exhaustionForecast, .quotaChanged, .unmappedModel,
            .burndownMismatch, .batchQuotaReached, .modelEndOfLife, .dailyQuotaExhausted, .testAlert:
            0
        }
    }

    /// How long it is over before it resolves.
    func resolveAfterSeconds(_ identity: AlertIdentity) -> Double {
        switch identity.kind {
        case .quotaWarning, .quotaCritical, .throttling, .throttlingCritical, .exhaustionForecast, .dataStale,
            .deliveryLag, .pollFailing, .burndownMismatch, .batchQuotaReached:
            rules(for: identity).resolveAfterSeconds
        case .quotaChanged, .modelEndOfLife, .dailyQuotaExhausted, .testAlert: 0
        case .unmappedModel: AlertLimits.unmappedQuietSeconds
        }
    }
}

/// The rules; the raw value is the label `alertname`.
package enum AlertKind: String, CaseIterable, Sendable, Comparable {
    case quotaWarning = "BedrockQuotaWarning"
    case quotaCritical = "BedrockQuotaCritical"
    case throttling = "BedrockThrottling"
    case throttlingCritical = "BedrockThrottlingCritical"
    case exhaustionForecast = "BedrockQuotaExhaustionForecast"
    case quotaChanged = "BedrockQuotaChanged"
    case dataStale = "BedrockDataStale"
    case deliveryLag = "BedrockDeliveryLag"
    case pollFailing = "BedrockPollFailing"
    case unmappedModel = "BedrockUnmappedModel"
    case burndownMismatch = "BedrockBurndownMismatch"
    case batchQuotaReached = "BedrockBatchQuotaReached"
    case modelEndOfLife = "BedrockModelEndOfLife"
    case dailyQuotaExhausted = "BedrockDailyQuotaExhausted"
    /// No rule: what `check --send-test-alert` sends.
    case testAlert = "BedrockTestAlert"

    /// The rules.
    package static let allCases: [AlertKind] = [
        .quotaWarning, .quotaCritical, .throttling, .throttlingCritical, .exhaustionForecast, .quotaChanged,
        .dataStale, .deliveryLag, .pollFailing, .unmappedModel, .burndownMismatch, .batchQuotaReached,
        .modelEndOfLife, .dailyQuotaExhausted,
    ]

    /// The rule with a lower threshold for the same: who is told of this alert knows that one as well.
    package var included: AlertKind? {
        switch self {
        case .quotaCritical: .quotaWarning
        case .throttlingCritical: .throttling
        case .quotaWarning, .throttling, .exhaustionForecast, .quotaChanged, .dataStale, .deliveryLag,
            .pollFailing, .unmappedModel, .burndownMismatch, .batchQuotaReached, .modelEndOfLife,
            .dailyQuotaExhausted, .testAlert:
            nil
        }
    }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

extension AlertKind {
    package var severity: AlertSeverity {
        switch self {
        case .quotaCritical, .throttlingCritical, .dailyQuotaExhausted: .critical
        case .quotaWarning, .throttling, .exhaustionForecast, .dataStale, .deliveryLag, .pollFailing,
            .unmappedModel, .batchQuotaReached, .modelEndOfLife:
            .warning
        case .quotaChanged, .burndownMismatch, .testAlert: .info
        }
    }

    /// One sentence for the manual; its runbook says more.
    package var meaning: String {
        switch self {
        case .quotaWarning: "A pool used alerts.warning or more of a quota in enough of its last minutes."
        case .quotaCritical:
            "A pool used alerts.critical or more of a quota in enough of its last minutes; includes the warning."
        case .throttling:
            "AWS refused a share of a pool's requests, or far more requests than usual failed by their caller's fault; label cause."
        case .throttlingCritical:
            "AWS refused a large share of a pool's requests; includes BedrockThrottling."
        case .exhaustionForecast:
            "The daily peaks of a pool surely grow, and reach the critical share of a quota soon."
        case .quotaChanged: "Service Quotas shows another limit than before; it stays for an hour."
        case .dataStale: "Polls of a Region succeed, but its newest settled minute is old."
        case .deliveryLag: "CloudWatch's newest minute of a Region is far behind, though there was traffic."
        case .pollFailing: "Polls of a Region have failed for some time."
        case .unmappedModel:
            "A model ID has traffic, and it is not known which quota it draws on; label model_id."
        case .burndownMismatch:
            "AWS's own weighted counts show another burndown rate than the one in use."
        case .batchQuotaReached: "As many batch inference jobs of a model are in flight as a quota allows."
        case .modelEndOfLife: "A model with traffic is legacy, or its end of life is near."
        case .dailyQuotaExhausted:
            "All models that are called in a Region are throttled far from the quotas of their minutes: the daily quota that they share seems used up."
        case .testAlert: "No rule: what check --send-test-alert sends."
        }
    }
}

/// The label `severity`.
package enum AlertSeverity: String, Sendable {
    case critical, warning, info
}

/// What the two rules about throttling saw; the label `cause`. Client errors are never critical: they are the callers'.
package enum ThrottlingCause: String, Sendable, CaseIterable {
    /// `InvocationThrottles`, from a share of the requests on.
    case throttles
    /// `InvocationClientErrors` far above the pool's own level.
    case clientErrors = "client_errors"
}

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
    /// The age of the newest traffic on a model near its end that is still reported.
    static let endingTrafficSeconds = 86_400.0
    /// Stale data are looked at twice, so that a jump of the clock alone raises nothing.
    static let staleConfirmationSeconds = 60.0
    /// A forecast that fired holds until the day is this much further off than the limit.
    static let forecastHysteresis = 1.25
    /// Of the quota a day; less is no growth.
    static let leastGrowth = 0.0005
    /// Measured and used burndown rates may differ by this share.
    static let rateTolerance = 0.01
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

/// Why a body was not written.
package enum AlertingError: Error, Equatable, CustomStringConvertible {
    case unwritableBody(reason: String)

    package var description: String {
        switch self {
        case .unwritableBody(let reason): "a notification's body cannot be written: \(reason)"
        }
    }
}
