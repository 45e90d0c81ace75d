import Daemon

/// `export openmetrics`: single minutes for another database, under the names that remote write uses.
struct ExportCommand {
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
