import QuotaModel

/// At least so many of so many minutes in a row.
package struct MinuteCount: Hashable, Sendable {
    package var atLeast: Int
    package var of: Int

    /// Both from 1 up; `atLeast` no larger than `of`, else it is cut down to it.
    package init(atLeast: Int, of: Int) {
        self.of = max(of, 1)
        self.atLeast = min(max(atLeast, 1), self.of)
    }
}

/// What the rules ask of one pool.
package struct PoolRules: Equatable, Sendable {
    /// Ratios from which an alert is raised, 1 being the whole quota.
    package var warning = 0.70
    package var critical = 0.80
    package var minutes = MinuteCount(atLeast: 2, of: 5)
    /// How long utilization is up, in minutes of data, before an alert fires.
    package var forSeconds = 120.0
    /// How long it is down, in settled minutes, before the alert resolves.
    package var resolveAfterSeconds = 300.0
    /// A minute counts as down only this far below the threshold (a difference of ratios).
    package var hysteresis = 0.02
    /// Throttles a minute below which the minute counts as free of them: what retries take care of.
    package var throttleFloor = 10.0
    /// Shares of a minute's requests, served and throttled, from which throttling is a warning and critical.
    package var throttleWarning = 0.01
    package var throttleCritical = 0.10
    /// Client errors a minute below which nothing is a spike.
    package var clientErrorFloor = 10.0
    /// Robust standard deviations above the median that make a spike.
    package var clientErrorDeviations = 6.0
    /// Days within which the critical threshold must not be reached.
    package var forecastDays = 14
    /// Days before a model's end of life from which its use is reported.
    package var endOfLifeDays = 90
    package var disabled: Set<AlertKind> = []

    package init() {}

    /// A minute below this ratio is calm, with regard to a threshold.
    package func calmBelow(_ threshold: Double) -> Double { max(threshold - hysteresis, threshold / 2) }

    /// The threshold of the two quota rules.
    package func threshold(of kind: AlertKind) -> Double { kind == .quotaWarning ? warning : critical }

    /// The share of throttled requests from which one of the two rules about throttling raises an alert.
    func throttleShare(of kind: AlertKind) -> Double {
        kind == .throttlingCritical ? throttleCritical : throttleWarning
    }
}

/// Other figures for the pools that match; a part that is nil matches all or changes nothing.
package struct AlertOverride: Equatable, Sendable {
    package var account: String?
    package var region: String?
    package var scope: InferenceScope?
    package var model: ModelPattern?
    package var warning: Double?
    package var critical: Double?
    package var minutes: MinuteCount?
    package var forSeconds: Double?
    package var resolveAfterSeconds: Double?
    package var forecastDays: Int?
    package var throttleFloor: Double?
    package var throttleWarning: Double?
    package var throttleCritical: Double?
    package var clientErrorFloor: Double?
    /// False raises no alerts of these pools.
    package var isEnabled = true

    package init() {}

    func matches(_ pool: QuotaPool) -> Bool {
        (account ?? pool.account) == pool.account && (region ?? pool.region) == pool.region
            && (scope ?? pool.scope) == pool.scope && model?.matches(pool.model) ?? true
    }

    func apply(to rules: inout PoolRules) {
        rules.warning = warning ?? rules.warning
        rules.critical = critical ?? rules.critical
        rules.minutes = minutes ?? rules.minutes
        rules.forSeconds = forSeconds ?? rules.forSeconds
        rules.resolveAfterSeconds = resolveAfterSeconds ?? rules.resolveAfterSeconds
        rules.forecastDays = forecastDays ?? rules.forecastDays
        rules.throttleFloor = throttleFloor ?? rules.throttleFloor
        rules.throttleWarning = throttleWarning ?? rules.throttleWarning
        rules.throttleCritical = throttleCritical ?? rules.throttleCritical
        rules.clientErrorFloor = clientErrorFloor ?? rules.clientErrorFloor
        if !isEnabled { rules.disabled = Set(AlertKind.allCases) }
    }
}
