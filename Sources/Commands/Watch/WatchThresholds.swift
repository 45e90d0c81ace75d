import Configuration

/// From which ratios figures stand out: those of the alerts' defaults.
enum WatchThresholds {
    static let warning = Configuration.defaults.alerts.warning
    static let critical = Configuration.defaults.alerts.critical
}
