import History

extension Flag {
    static let exportStart = Flag(
        name: "start", valueName: "TIME", defaultValue: nil, help: "As for query; must be given.")
}

/// `export`: what another program can read.
enum ExportCommand {
    /// What can be exported; the raw value is the word after `export`.
    enum Topic: String, CaseIterable, Sendable {
        case openmetrics
        case cloudWatchAlarms = "cloudwatch-alarms"

        var summary: String {
            switch self {
            case .openmetrics: "Write single minutes of the store as OpenMetrics, for other databases."
            case .cloudWatchAlarms:
                "Write CloudFormation templates of native alarms for the store's pools and quotas of today."
            }
        }

        var flags: [Flag] {
            switch self {
            case .openmetrics:
                [
                    .exportStart, .end, .account, .region, .scope, .model, .modelID, .configFile,
                    .storagePath,
                    .help,
                ]
            case .cloudWatchAlarms:
                [.directory, .account, .region, .scope, .model, .configFile, .storagePath, .help]
            }
        }
    }

    /// Throws `UsageError` for flags that make no question.
    static func run(_ invocation: Invocation) async throws -> Int32 {
        // The parser lets no other word pass.
        switch invocation.topic ?? .openmetrics {
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
