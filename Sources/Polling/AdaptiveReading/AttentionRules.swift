import Alerting

/// From what use on a pool is looked at every poll: always below what could raise an alert or keep one.
struct AttentionRules: Equatable, Sendable {
    /// A bound this close to a threshold counts as reaching it, for account-wide series that lag a little.
    static let margin = 0.8

    /// The evaluator divides use by limit; here a limit is multiplied by a ratio.
    private static let rounding = 1e-9

    /// The thresholds of ratios, ascending.
    var thresholds: [Double]
    /// A pool with a minute at or above this ratio, which is not calm, stays under watch: it may have an alert to resolve.
    var hotRatio: Double
    var clientErrorFloor: Double
    /// For how long after a noteworthy minute a pool stays under watch.
    var watchMinutes: Int

    /// Rules that are switched off count all the same: Prometheus may have rules of its own on the figures.
    init(_ rules: PoolRules, settleMinutes: Int) {
        thresholds = [rules.warning, rules.critical].sorted()
        hotRatio = rules.calmBelow(min(rules.warning, rules.critical)) * (1 - Self.rounding)
        clientErrorFloor = rules.clientErrorFloor
        let minutes = (rules.resolveAfterSeconds + rules.forSeconds) / 60
        watchMinutes = Int(minutes.rounded(.up)) + rules.minutes.of + settleMinutes + Self.spareMinutes
    }

    /// For polls that fail or come late while an alert is about to resolve.
    private static let spareMinutes = 5

    /// The largest use that cannot matter, as a share of a limit.
    var quietRatio: Double { (thresholds.first ?? 1) * Self.margin }
    var quietClientErrors: Double { clientErrorFloor * Self.margin }
}
