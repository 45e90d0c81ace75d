import History
import System
import UsageStore

/// `query`: history out of the store's file, with or without a daemon at work.
struct QueryCommand {
    private let parameters: UsageParameters
    private let invocation: Invocation

    /// Throws `UsageError` for parameters that make no question.
    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        parameters = try QueryFlags.parameters(invocation, formats: UsageParameters.Format.allCases)
    }

    func run() async throws -> Int32 {
        try await HistoryOutput(invocation).print(parameters)
    }
}

/// The flags of `query` and `export`, handed to the reader that URLs have as well.
enum QueryFlags {
    static func parameters(
        _ invocation: Invocation, formats: [UsageParameters.Format],
        fixed: [(name: String, value: String)] = []
    ) throws -> UsageParameters {
        let items = UsageParameters.Parameter.allCases.compactMap { parameter in
            invocation.values[parameter.flag].map { (name: parameter.flag, value: $0) }
        }
        do {
            return try UsageParameters.read(
                items + fixed, surface: .commandLine, formats: formats, now: Int(PollClock.system.now()))
        } catch let error {
            throw Invocation.UsageError(description: error.description)
        }
    }
}

/// Prints an answer as it comes.
struct HistoryOutput {
    private let invocation: Invocation

    init(_ invocation: Invocation) {
        self.invocation = invocation
    }

    func print(_ parameters: UsageParameters) async throws -> Int32 {
        let source = try UsageReader.open(path: invocation.configurationLoader().storage.path)
        let series: [StoredSeries]
        do {
            series = try parameters.matching(try await source.series())
        } catch let error as UsageRequestError {
            throw Invocation.UsageError(description: error.description)
        }
        let callers = parameters.query.isByCaller ? try await source.callerSources(parameters.query) : nil
        let stream = UsageAnswer.stream(
            parameters, series: series, source: source,
            tableWidth: TerminalWidth.ofTable(isWide: invocation[.wide] != nil), callers: callers
        ) { outcome in
            // In a table it is the last line; a file for programs has no room for it.
            if parameters.format != .table, let note = outcome.note(parameters.query.range, series) {
                Output.error(note)
            }
        }
        while let bytes = try await stream.next() {
            guard try StandardOutput.write(bytes) else { return 0 }
        }
        return 0
    }
}
