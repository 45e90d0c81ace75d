/// What a simulated day of 5 Regions with 10 model IDs each has shown of adaptive reading. The test that replays the day
/// holds these figures, config/README.md quotes them.
package enum ReplayedDay {
    package static let modelIDs = 50
    /// Changes of alerts, the same at the same minutes both ways.
    package static let transitions = 178
    /// Metrics billed for reading everything every minute.
    package static let everything = 678_240
    /// Metrics billed with `polling.adaptive` and its defaults.
    package static let adaptive = 237_951

    package static var share: Double { Double(adaptive) / Double(everything) }
}
