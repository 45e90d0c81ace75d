import History
import QuotaModel
import System

extension Flag {
    static let callersStep = Flag(
        name: "step", valueName: "DURATION", defaultValue: CallersParameters.wholeRange,
        help: "Whole minutes from 1m to 1d, or total for one row a caller.")
    static let callerKind = Flag(
        name: "kind", valueName: "KIND", defaultValue: "role",
        help:
            "Of \(CallerKind.loggedForms), which need the logs; \(CallerKind.listedForms), which need none."
    )
    static let callersTop = Flag(
        name: "top", valueName: "N", defaultValue: "\(CallersParameters.defaultTop)",
        help: "Callers of each pool that are shown one by one; the others are added up as (other).")
    static let callersFormat = format(of: CallersCommand.formats)
}

/// `callers`: who used each pool, the largest first, out of the store's file.
struct CallersCommand {
    static let formats: [UsageParameters.Format] = [.table, .csv, .json]

    private let parameters: UsageParameters
    private let invocation: Invocation

    /// Throws `UsageError` for parameters that make no question.
    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        let flags: [Flag] = [
            .start, .end, .callersStep, .account, .region, .scope, .model, .modelID, .callerKind, .callersTop,
            .callersFormat,
        ]
        let items = flags.compactMap { flag in invocation[flag].map { (name: flag.name, value: $0) } }
        do {
            parameters = try CallersParameters.read(
                items, surface: .commandLine, formats: Self.formats, now: Int(PollClock.system.now())
            )
        } catch {
            throw Invocation.UsageError(description: error.description)
        }
    }

    func run() async throws -> Int32 {
        try await HistoryOutput(invocation).print(parameters)
    }
}
