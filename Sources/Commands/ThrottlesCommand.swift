import History
import QuotaModel
import Reading
import System
import UsageStore

extension Flag {
    static let throttlesStart = Flag(
        name: "start", valueName: "TIME", defaultValue: "7d before the end", help: "As for query.")
    static let cause = choice(
        ThrottleQuestion.causeName, "CAUSE", of: ThrottleCause.allCases.map(\.rawValue), lead: "Only one of")
    static let throttlesFormat = format(of: ThrottlesCommand.formats)
}

/// `throttles`: when AWS throttled, why, and what to do, out of the store's file, with or without a daemon at work.
struct ThrottlesCommand {
    static let formats: [UsageParameters.Format] = [.table, .csv, .json]

    private let invocation: Invocation
    private let question: ThrottleQuestion

    /// Throws `UsageError` for parameters that make no question.
    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        let flags: [Flag] = [
            .throttlesStart, .end, .account, .region, .scope, .model, .cause, .throttlesFormat,
        ]
        let items = flags.compactMap { flag in invocation[flag].map { (name: flag.name, value: $0) } }
        do {
            question = try ThrottleQuestion.read(
                items, surface: .commandLine, formats: Self.formats,
                now: Int(PollClock.system.now()))
        } catch let error {
            throw Invocation.UsageError(description: error.description)
        }
    }

    func run() async throws -> Int32 {
        let reader = try UsageReader.open(path: invocation.configurationLoader().storage.path)
        let answer: ThrottleAnswer
        do {
            answer = try await question.answer(from: reader)
        } catch let error as UsageRequestError {
            throw Invocation.UsageError(description: error.description)
        }
        switch question.parameters.format {
        case .csv: _ = try StandardOutput.write(ThrottlesCSV.bytes(answer))
        case .json: _ = try StandardOutput.write(try JSONDocument.bytes(ThrottlesDocument(answer)))
        case .table, .openmetrics:
            Output.print(ThrottlesTable.text(answer, width: TerminalWidth.ofTable(isWide: false)))
        }
        return 0
    }
}
