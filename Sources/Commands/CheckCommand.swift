import AWSClient
import Configuration
import Daemon
import QuotaModel
import Synchronization

/// `check`: tries everything that `serve` needs, one line each; exit code 1 when something is missing.
struct CheckCommand {
    private let invocation: Invocation
    private let environment: AWSEnvironment
    private let print: @Sendable (String) -> Void

    /// Throws `UsageError` for flags that `serve` would not take either.
    init(
        _ invocation: Invocation, environment: AWSEnvironment = .ofThisProcess(),
        print: @escaping @Sendable (String) -> Void = Output.print
    ) throws {
        _ = try invocation.log()
        self.invocation = invocation
        self.environment = environment
        self.print = print
    }

    func run() async throws -> Int32 {
        let failed = Atomic(false)
        let report: @Sendable (CheckLine) -> Void = { [print] line in
            if line.verdict == .fail { failed.store(true, ordering: .relaxed) }
            print(line.description)
        }
        let source = invocation[.configFile] ?? "defaults"
        let configuration: Configuration
        do {
            configuration = try invocation.configurationLoader()
            report(CheckLine(.ok, "configuration", source))
        } catch {
            report(CheckLine(.fail, "configuration", String(describing: error)))
            return 1
        }
        let factory = AccountFactory(environment: environment, metrics: SelfMetrics())
        let services = Daemon.quotaKnowledge(of: configuration)
        do {
            for session in try factory.sessions(for: configuration) {
                await AccountCheck(
                    session: session, overrides: services.overrides, rates: services.rates,
                    now: PollClock.system.now,
                    report: report
                ).run()
            }
        } catch {
            report(CheckLine(.fail, "credentials", String(describing: error)))
        }
        return failed.load(ordering: .relaxed) ? 1 : 0
    }
}
