import AWSClient
import Daemon
import System

/// `serve`: runs until SIGTERM or SIGINT, reloads on SIGHUP.
struct ServeCommand {
    private let log: Log
    private let invocation: Invocation

    init(_ invocation: Invocation) throws {
        log = try invocation.log()
        self.invocation = invocation
    }

    func run() async throws -> Int32 {
        let signals = Signals()
        // Its sources end with it, and the compiler may end it after its last use.
        defer { withExtendedLifetime(signals) {} }
        log.info("Starting \(BuildInfo.name)", ["version": BuildInfo.version, "swift": BuildInfo.compiler])
        let daemon: Daemon
        do {
            let environment = AWSEnvironment.ofThisProcess()
            daemon = try Daemon(
                Daemon.Surroundings(
                    environment: environment, clock: .system, log: log,
                    serviceManager: ServiceManager(variables: environment.variables, log: log),
                    loadConfiguration: invocation.configurationLoader))
            let address = try await daemon.start()
            log.info("Listening on", ["address": address.description])
            log.info("TLS is disabled.", ["hint": "put nginx or stunnel in front"])
        } catch {
            log.error("Cannot start", ["error": String(describing: error)])
            throw error
        }
        for await event in signals.events {
            switch event {
            // Apart, so that a stop need not wait for it.
            case .reload: Task { await daemon.reload() }
            case .stop:
                log.info("Stopping")
                await daemon.stop()
                log.info("Stopped")
                return 0
            }
        }
        return 0
    }
}
