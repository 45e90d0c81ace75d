import Daemon

/// `export`: what another program can read.
enum ExportCommand {
    /// What can be exported; the raw value is the word after `export`.
    enum Topic: String, CaseIterable {
        case openmetrics
        case cloudWatchAlarms = "cloudwatch-alarms"
    }

    /// Throws `UsageError` for flags that make no question.
    static func run(_ invocation: Invocation) async throws -> Int32 {
        // The parser lets no other word pass.
        switch invocation.topic.flatMap(Topic.init(rawValue:)) ?? .openmetrics {
        case .openmetrics: try await OpenMetricsExport(invocation).run()
        case .cloudWatchAlarms: try await AlarmExport(invocation).run()
        }
    }
}

/// `export openmetrics`: single minutes for another database, under the names that remote write uses.
struct OpenMetricsExport {
    private let parameters: UsageParameters
    private let invocation: Invocation

    /// Throws `UsageError` for parameters that make no question.
    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        guard invocation[.directory] == nil else {
            throw Invocation.UsageError(description: "export openmetrics takes no --directory")
        }
        guard invocation.values[Flag.start.name] != nil else {
            throw Invocation.UsageError(
                description:
                    "export openmetrics needs --start, such as --start=-30d; without --end it goes up to now")
        }
        parameters = try QueryFlags.parameters(invocation, formats: [.openmetrics], fixed: [("step", "1m")])
    }

    func run() async throws -> Int32 {
        try await HistoryOutput(invocation).print(parameters)
    }
}
