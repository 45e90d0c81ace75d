import Alerting

/// From which ratios figures stand out: those that alerts are raised from.
struct WatchThresholds: Equatable, Sendable {
    /// For an exporter that does not tell its own.
    static let usual = WatchThresholds(warning: PoolRules().warning, critical: PoolRules().critical)

    var warning: Double
    var critical: Double

    /// How a ratio looks; one that is not known does not stand out.
    func style(_ ratio: Double?) -> WatchStyle {
        guard let ratio else { return .dim }
        return ratio >= critical ? .critical : ratio >= warning ? .warning : .good
    }
}
