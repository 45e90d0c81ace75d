import AWSClient
import Configuration
import Notifications
import Reading
import Synchronization
import System

extension Flag {
    static let sendTestAlert = Flag(
        name: "send-test-alert", valueName: nil, defaultValue: nil,
        help: "Also send each of alerts.receivers an alert that says it is a test.")
    static let checkFormat = choice(
        "format", "FORMAT", of: OutputFormat.allCases.map(\.rawValue), default: OutputFormat.text.rawValue,
        tail: "; json is one document at the end")
}

/// `check`: tries everything that `serve` needs and tells each result; exit code 1 when something is missing.
struct CheckCommand {
    private let invocation: Invocation
    private let environment: AWSEnvironment
    private let format: OutputFormat
    private let print: @Sendable (String) -> Void

    /// Throws `UsageError` for flags that `serve` would not take either.
    init(
        _ invocation: Invocation, environment: AWSEnvironment = .ofThisProcess(),
        print: @escaping @Sendable (String) -> Void = Output.print
    ) throws {
        _ = try invocation.log()
        format = try invocation.outputFormat(.checkFormat)
        self.invocation = invocation
        self.environment = environment
        self.print = print
    }

    func run() async throws -> Int32 {
        let lines = Mutex<[CheckLine]>([])
        await check { [print, format] line in
            lines.withLock { $0.append(line) }
            if format == .text { print(line.description) }
        }
        let document = CheckDocument(lines.withLock { $0 })
        if format == .json { print(String(decoding: try JSONDocument.bytes(document), as: UTF8.self)) }
        return document.passed ? 0 : 1
    }

    private func check(_ report: @escaping @Sendable (CheckLine) -> Void) async {
        let source = invocation[.configFile] ?? "defaults"
        let configuration: Configuration
        do {
            configuration = try invocation.configurationLoader()
            report(CheckLine(.ok, "configuration", source))
        } catch {
            return report(CheckLine(.fail, "configuration", String(describing: error)))
        }
        let factory = AccountFactory(environment: environment, metrics: SelfMetrics())
        let quotas = configuration.quotas
        do {
            let listed = configuration.accounts.filter { configuration.shard.holds($0.shardKey) }
            var sessions = try factory.sessions(for: listed, among: configuration.accounts)
            if let organization = configuration.organization {
                let example = await OrganizationCheck(
                    organization, shard: configuration.shard, accounts: configuration.accounts,
                    factory: factory, report: report
                ).run(try SharedConfig.load(environment))
                sessions += [example].compactMap { $0 }
            }
            for session in sessions {
                let settings = FigureCheck.Settings(
                    overrides: quotas.limits, rates: quotas.rates,
                    plan: PollPlan(settings: configuration.polling),
                    endOfLifeDays: configuration.alerts.standard.endOfLifeDays)
                await AccountCheck(
                    session: session, settings: settings, now: PollClock.system.now,
                    report: CheckReport(tell: report)
                ).run()
            }
        } catch {
            report(CheckLine(.fail, "credentials", String(describing: error)))
        }
        if invocation[.sendTestAlert] != nil { await sendTestAlert(configuration, report) }
    }

    private func sendTestAlert(
        _ configuration: Configuration, _ report: @escaping @Sendable (CheckLine) -> Void
    ) async {
        let now = PollClock.system.now
        do {
            let senders = try SenderFactory(
                SenderFactory.Settings(
                    pollInterval: configuration.polling.interval, pageURL: configuration.alerts.pageURL),
                environment: environment, now: now)
            await ReceiverCheck(configuration.receivers, senders: senders, now: now, report: report)
                .run()
        } catch {
            report(CheckLine(.fail, "receivers", String(describing: error)))
        }
    }
}

/// `check --format=json`.
struct CheckDocument: Encodable {
    struct Check: Encodable {
        /// `ok`, `warn` or `fail`.
        let verdict: String
        let subject: String
        let detail: String
    }

    /// Whether none failed, which the exit code tells as well.
    let passed: Bool
    let checks: [Check]

    init(_ lines: [CheckLine]) {
        passed = lines.allSatisfy { $0.verdict != .fail }
        checks = lines.map { Check(verdict: $0.verdict.rawValue, subject: $0.subject, detail: $0.detail) }
    }
}

/// One line of `check`.
package struct CheckLine: Equatable, Sendable, CustomStringConvertible {
    package enum Verdict: String, Sendable {
        case ok
        /// Worth knowing; the exporter runs all the same.
        case warn
        /// Missing; `check` exits with 1.
        case fail
    }

    package let verdict: Verdict
    package let subject: String
    package let detail: String

    package init(_ verdict: Verdict, _ subject: String, _ detail: String) {
        self.verdict = verdict
        self.subject = subject
        self.detail = detail
    }

    package var description: String {
        let label = verdict.rawValue + String(repeating: " ", count: 4 - verdict.rawValue.count)
        return "\(label)  \(subject): \(detail)"
    }
}
