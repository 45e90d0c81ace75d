import AWSClient
import Alerting
import Configuration
import HTTPServer
import Notifications
import Polling
import Reading
import RemoteWrite
import System
import UsageStore
import Web

/// The running exporter: store, pollers, pages and web server, from start to drained stop.
package actor Daemon {
    /// What the daemon needs of the world.
    package struct Surroundings: Sendable {
        package let environment: AWSEnvironment
        package let clock: PollClock
        package let log: Log
        /// Nil where nobody started the daemon as a service.
        package let serviceManager: ServiceManager?
        /// Reads the configuration anew, flags applied; throws with a message for people.
        package let loadConfiguration: @Sendable () throws -> Configuration

        package init(
            environment: AWSEnvironment, clock: PollClock, log: Log, serviceManager: ServiceManager? = nil,
            loadConfiguration: @escaping @Sendable () throws -> Configuration
        ) {
            self.environment = environment
            self.clock = clock
            self.log = log
            self.serviceManager = serviceManager
            self.loadConfiguration = loadConfiguration
        }
    }

    /// How long a stop waits for requests that are being served.
    package static let drain = Duration.seconds(2)

    private let surroundings: Surroundings
    private let services: DaemonServices
    private let accounts: PolledAccounts
    /// As many as the system has descriptors for.
    private let connections: Int
    private var configuration: Configuration
    private var notifiers: NotifierFleet?
    private var remoteWrite: RemoteWriteFleet?
    private let access: WebAccess
    private var server: HTTPServer?
    private var housekeeping: Task<Void, Never>?
    private var beat: Task<Void, Never>?
    private let reloads = ReloadTurns()
    private var address: ListenAddress?
    private var isStopping = false

    private var state: RunningState { services.state }
    private var log: Log { services.log }

    /// Reads the configuration and opens the store; throws what either says, in words for people.
    package init(_ surroundings: Surroundings) throws {
        self.surroundings = surroundings
        let configuration = try surroundings.loadConfiguration()
        self.configuration = configuration
        connections = try Self.descriptors(for: configuration).connections
        access = try WebAccess(configuration.web)
        let state = RunningState(configuration: configuration, now: surroundings.clock.now)
        let store = try UsageStore.open(path: configuration.storage.path)
        services = DaemonServices(
            environment: surroundings.environment, clock: surroundings.clock, log: surroundings.log,
            store: store, state: state,
            alerts: AlertCenter(
                AlertCenter.Settings(configuration.alerts, configuration.receivers, isWatched: { _ in true }),
                services: AlertCenter.Services(
                    store: store, board: state.alerts, clock: surroundings.clock, log: surroundings.log,
                    storageFailed: { state.metrics.storageFailure() },
                    firingChanged: { state.render() })))
        accounts = PolledAccounts(services)
    }

    /// Listens and begins to poll.
    ///
    /// - Returns: The address that is listened on, with the real port.
    package func start() async throws -> ListenAddress {
        // A reload waits until all has begun.
        try await accounts.turn.run { try await self.startNow() }
    }

    private func startNow() async throws -> ListenAddress {
        let shared = try sharedConfig(for: configuration)
        let senders = try SenderFleets(configuration, shared, after: nil, nil, services)
        let change = try await accounts.change(to: configuration, shared)
        let server = HTTPServer(
            limits: limits,
            onEvent: { [log] event in
                log.debug("HTTP", ["event": String(describing: event)])
            },
            beginsAtOnce: true, admission: access.admission(of:),
            handler: endpoints.router().handler)
        let address = try server.start(configuration.web.listenAddress)
        self.server = server
        await services.alerts.restore()
        state.budget.meter.noteStored(try await services.store.spending())
        guard await accounts.take(change) else { return address }
        await start(senders.notifiers)
        start(senders.remoteWrite)
        await accounts.follow()
        beginHousekeeping()
        self.address = address
        beginBeat()
        return address
    }

    private func beginHousekeeping() {
        let house = Housekeeping(
            store: services.store, state: state, clock: services.clock, log: log)
        let backups = BackupSchedule(
            storePath: services.store.path, state: state, clock: services.clock, log: log)
        housekeeping = Task {
            async let backing: Void = backups.run()
            await house.run()
            await backing
        }
    }

    private func start(_ notifiers: NotifierFleet) async {
        self.notifiers = notifiers
        await notifiers.start()
        // The stop of the exporter may have come in between, and seen none of them at work.
        if isStopping { await notifiers.stop() }
    }

    private func start(_ remoteWrite: RemoteWriteFleet) {
        self.remoteWrite = remoteWrite
        // A sender begun during the stop would never end.
        if !isStopping { remoteWrite.start() }
    }

    /// Stops polling, lets running requests end, closes the store.
    package func stop() async {
        isStopping = true
        surroundings.serviceManager?.stopping()
        state.beginStop()
        housekeeping?.cancel()
        await accounts.stop()
        await notifiers?.stop()
        await remoteWrite?.stop()
        await server?.stop(drain: Self.drain)
        await housekeeping?.value
        beat?.cancel()
        do {
            try await services.store.close()
        } catch {
            log.error("Closing the store failed", ["error": String(describing: error)])
        }
    }

    // MARK: Configuration

    /// Takes a changed configuration; when it is bad, or needs a restart, everything stays as it was, and so does in any
    /// case what the change does not concern. Asked for several times meanwhile, it happens once more for all of them.
    ///
    /// - Returns: Why it was not taken, nil when it was.
    package func reload() async -> String? {
        await reloads.run {
            do {
                return try await self.accounts.turn.run { await self.reloadNow() }
            } catch {
                // Only cancellation ends a wait for a turn.
                return Self.stopping
            }
        }
    }

    private func reloadNow() async -> String? {
        guard !isStopping else { return Self.stopping }
        surroundings.serviceManager?.reloading()
        defer {
            // Its last word stays that it is stopping.
            if !isStopping { surroundings.serviceManager?.ready(status: pulse.status) }
        }
        var failure: String?
        do {
            try await take(try surroundings.loadConfiguration())
            log.info("Configuration reloaded")
        } catch {
            failure = String(describing: error)
            log.error("Configuration not reloaded", ["error": String(describing: error)])
        }
        state.metrics.reloadEnded(succeeded: failure == nil, at: services.clock.now())
        state.render()
        return failure
    }

    private func take(_ loaded: Configuration) async throws {
        if let reason = Self.needsRestart(from: configuration, to: loaded) {
            throw ReloadError(description: reason)
        }
        let users = try access.users(of: loaded.web)
        let shared = try sharedConfig(for: loaded)
        let senders = try SenderFleets(loaded, shared, after: notifiers, remoteWrite, services)
        let change = try await accounts.change(to: loaded, shared)
        configuration = loaded
        state.take(loaded)
        access.take(users)
        await remoteWrite?.stop(before: senders.remoteWrite)
        // The stop of the exporter may have begun meanwhile; a fleet begun then would never end.
        guard await accounts.take(change) else { throw ReloadError(description: Self.stopping) }
        start(senders.remoteWrite)
        await accounts.follow()
        // After the pollers, which wait for no receiver.
        await notifiers?.stop(before: senders.notifiers)
        await start(senders.notifiers)
    }

    private static let stopping = "the exporter is stopping"

    private struct ReloadError: Error, CustomStringConvertible {
        let description: String
    }

    /// The server and the store are opened once.
    private static func needsRestart(from old: Configuration, to new: Configuration) -> String? {
        if old.web.ofServer != new.web.ofServer {
            return "web: a change needs a restart; nothing was changed"
        }
        guard old.storage.path != new.storage.path else { return nil }
        return "storage.path: a change needs a restart; nothing was changed"
    }

    /// The AWS configuration files of now; throws where there are too few descriptors for the accounts as well.
    private func sharedConfig(for configuration: Configuration) throws -> SharedConfig {
        let shared = try SharedConfig.load(services.environment)
        _ = try Self.descriptors(for: configuration)
        return shared
    }

    private static func descriptors(for configuration: Configuration) throws -> DescriptorBudget {
        try DescriptorBudget.ofThisProcess(
            accounts: configuration.accounts.count, hasOrganization: configuration.organization != nil)
    }

    // MARK: Service manager

    private func beginBeat() {
        guard let manager = surroundings.serviceManager else { return }
        manager.ready(status: pulse.status)
        let look: @Sendable () async -> ServiceManager.Pulse? = { [weak self] in await self?.pulse }
        beat = Task { await manager.beat(look) }
    }

    /// Asked through the actor: one that no longer answers is not alive.
    private var pulse: ServiceManager.Pulse {
        let polls = state.metrics.current.polls.values
        let up = polls.filter(\.isUp).count
        let waiting = state.readiness.status.map { "; \($0)" } ?? ""
        let answered = "the last poll of \(up) of \(polls.count) Regions succeeded\(waiting)"
        let isAlive = accounts.watch.isAlive
        return ServiceManager.Pulse(
            isAlive: isAlive,
            status:
                "Listening on \(address?.description ?? "nothing"); \(isAlive ? answered : "a poller hangs")")
    }

    // MARK: Web

    private var limits: HTTPServerLimits {
        var limits = HTTPServerLimits()
        limits.connections = connections
        limits.requestsInFlight = configuration.web.maxRequests
        return limits
    }

    private var endpoints: WebEndpoints {
        WebEndpoints(configuration.web, services) { [weak self] in
            guard let self else { return Self.stopping }
            return await self.reload()
        }
    }
}
