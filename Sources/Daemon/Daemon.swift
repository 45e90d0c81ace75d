import AWSClient
import Alerting
import Configuration
import HTTPServer
import Notifications
import Polling
import QuotaModel
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
    private let state: RunningState
    /// As many as the system has descriptors for.
    private let connections: Int
    private let store: UsageStore
    private let alerts: AlertCenter
    private var configuration: Configuration
    private var fleet: Fleet?
    private var organization: FollowedOrganization?
    /// The AWS configuration files as the last reload found them.
    private var shared: SharedConfig?
    private var notifiers: NotifierFleet?
    private var remoteWrite: RemoteWriteFleet?
    private var server: HTTPServer?
    private var housekeeping: Task<Void, Never>?
    private var beat: Task<Void, Never>?
    private let watch = PollWatch()
    private let slots = PollSlots(Fleet.concurrentPolls)
    private let historySlots = PollSlots(BackfillPace.concurrentRegions)
    private let forecastSlots = PollSlots(1)
    private let callerSlots = PollSlots(CallerReader.concurrentWindows)
    private let quotaListings = QuotaListings()
    private let monitoringSessions = MonitoringSessions()
    private let reloads = ReloadTurns()
    private let pace: RenderPace
    /// Reloads and accounts that come and go change the fleet one after the other.
    private let fleetTurn = PollSlots(1)
    private var address: ListenAddress?
    private var isStopping = false

    /// Reads the configuration and opens the store; throws what either says, in words for people.
    package init(_ surroundings: Surroundings) throws {
        self.surroundings = surroundings
        configuration = try surroundings.loadConfiguration()
        connections = try Self.descriptors(for: configuration).connections
        state = RunningState(configuration: configuration, now: surroundings.clock.now)
        pace = RenderPace { [state] in state.render() }
        store = try UsageStore.open(path: configuration.storage.path)
        alerts = AlertCenter(
            AlertCenter.Settings(configuration.alerts, configuration.receivers, isWatched: { _ in true }),
            services: AlertCenter.Services(
                store: store, board: state.alerts, clock: surroundings.clock, log: surroundings.log,
                storageFailed: { [state] in state.metrics.storageFailure() },
                firingChanged: { [state] in state.render() }))
    }

    /// Listens and begins to poll.
    ///
    /// - Returns: The address that is listened on, with the real port.
    package func start() async throws -> ListenAddress {
        let next = try parts(of: configuration)
        let server = HTTPServer(
            limits: limits,
            onEvent: { [log = surroundings.log] event in
                log.debug("HTTP", ["event": String(describing: event)])
            },
            beginsAtOnce: true, admission: try WebAccess(configuration.web).admission(of:),
            handler: handler())
        let address = try server.start(configuration.web.listenAddress)
        self.server = server
        await alerts.restore()
        state.budget.meter.noteStored(try await store.spending())
        await next.organization?.restore()
        let plan = try fleetPlan(of: configuration, next.organization)
        await take(next.organization)
        guard await startFleet(plan, after: nil) else { return address }
        await start(next.notifiers)
        start(next.remoteWrite)
        organization?.start()
        let house = Housekeeping(store: store, state: state, clock: surroundings.clock, log: surroundings.log)
        let backups = BackupSchedule(
            storePath: store.path, state: state, clock: surroundings.clock, log: surroundings.log)
        housekeeping = Task {
            async let backing: Void = backups.run()
            await house.run()
            await backing
        }
        self.address = address
        beginBeat()
        return address
    }

    /// Stops polling, lets running requests end, closes the store.
    package func stop() async {
        isStopping = true
        surroundings.serviceManager?.stopping()
        state.beginStop()
        housekeeping?.cancel()
        await organization?.stop()
        await fleet?.stop(watch)
        await notifiers?.stop()
        await remoteWrite?.stop()
        await server?.stop(drain: Self.drain)
        await housekeeping?.value
        beat?.cancel()
        do {
            try await store.close()
        } catch {
            surroundings.log.error("Closing the store failed", ["error": String(describing: error)])
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
                return try await self.fleetTurn.run { await self.reloadNow() }
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
            let loaded = try surroundings.loadConfiguration()
            if let reason = Self.needsRestart(from: configuration, to: loaded) {
                throw ReloadError(description: reason)
            }
            let next = try parts(of: loaded)
            await next.organization?.restore()
            let plan = try fleetPlan(of: loaded, next.organization)
            let old = configuration
            configuration = loaded
            state.take(loaded)
            await remoteWrite?.stop(before: next.remoteWrite)
            await take(next.organization)
            // The stop of the exporter may have begun meanwhile; a fleet begun then would never end.
            guard await startFleet(plan, after: old) else {
                throw ReloadError(description: Self.stopping)
            }
            start(next.remoteWrite)
            organization?.start()
            // After the pollers, which wait for no receiver.
            await notifiers?.stop(before: next.notifiers)
            await start(next.notifiers)
            surroundings.log.info("Configuration reloaded")
        } catch {
            failure = String(describing: error)
            surroundings.log.error("Configuration not reloaded", ["error": String(describing: error)])
        }
        state.metrics.reloadEnded(succeeded: failure == nil, at: surroundings.clock.now())
        state.render()
        return failure
    }

    private static let stopping = "the exporter is stopping"

    private struct ReloadError: Error, CustomStringConvertible {
        let description: String
    }

    /// The server and the store are opened once.
    private static func needsRestart(from old: Configuration, to new: Configuration) -> String? {
        if old.web != new.web { return "web: a change needs a restart; nothing was changed" }
        guard old.storage.path != new.storage.path else { return nil }
        return "storage.path: a change needs a restart; nothing was changed"
    }

    /// What a configuration asks for, made and not begun.
    private struct Parts {
        let organization: FollowedOrganization?
        let notifiers: NotifierFleet
        let remoteWrite: RemoteWriteFleet
    }

    /// Takes over from what runs whatever would be the same.
    private func parts(of configuration: Configuration) throws -> Parts {
        let shared = try SharedConfig.load(surroundings.environment)
        self.shared = shared
        _ = try Self.descriptors(for: configuration)
        return Parts(
            organization: try organization(of: configuration, shared),
            notifiers: try notifierFleet(for: configuration, shared),
            remoteWrite: try remoteWriteFleet(for: configuration, shared))
    }

    private static func descriptors(for configuration: Configuration) throws -> DescriptorBudget {
        try DescriptorBudget.ofThisProcess(
            accounts: configuration.accounts.count, hasOrganization: configuration.organization != nil)
    }

    // MARK: Accounts

    private func organization(of configuration: Configuration, _ shared: SharedConfig) throws
        -> FollowedOrganization?
    {
        try accounts.organization(
            of: configuration, after: organization, shared,
            services: OrganizationWatch.Services(
                store: store, board: OrganizationBoard(), clock: surroundings.clock, log: surroundings.log,
                changed: { [weak self] in await self?.takeFoundAccounts() },
                published: { [state] in state.render() },
                storageFailed: { [state] in state.metrics.storageFailure() }))
    }

    private func take(_ next: FollowedOrganization?) async {
        guard next !== organization else { return }
        await organization?.stop()
        organization = next
        state.follow(next?.board)
    }

    private func fleetPlan(of configuration: Configuration, _ organization: FollowedOrganization?) throws
        -> FleetPlan
    {
        let shared = try self.shared ?? SharedConfig.load(surroundings.environment)
        return try accounts.fleetPlan(of: configuration, organization, shared, after: fleet)
    }

    private var accounts: FleetAccounts {
        FleetAccounts(
            factory: AccountFactory(
                environment: surroundings.environment, metrics: state.metrics, meter: state.budget.meter,
                monitoring: monitoringSessions))
    }

    /// Lets accounts of the organization begin and end as it says now; all others go on undisturbed.
    private func takeFoundAccounts() async {
        do {
            try await fleetTurn.run { await self.takeFoundAccountsNow() }
        } catch {
            // Only cancellation ends a wait for a turn.
            surroundings.log.debug("Taking found accounts stopped")
        }
    }

    private func takeFoundAccountsNow() async {
        guard !isStopping else { return }
        do {
            let plan = try fleetPlan(of: configuration, organization)
            guard await startFleet(plan, after: configuration) else { return }
            state.render()
        } catch {
            surroundings.log.error(
                "Taking the organization's accounts failed", ["error": String(describing: error)])
        }
    }

    private func notifierFleet(for configuration: Configuration, _ shared: SharedConfig) throws
        -> NotifierFleet
    {
        let throttle = PublishThrottle(clock: surroundings.clock) { [state] in state.render() }
        let services = DeliveryServices(
            source: alerts, clock: surroundings.clock, log: surroundings.log, metrics: state.delivery,
            published: { throttle.request() })
        return try NotifierFleet(
            configuration.receivers,
            SenderFactory.Settings(
                pollInterval: configuration.polling.interval, pageURL: configuration.alerts.pageURL),
            after: notifiers, shared: shared,
            services: services
        ) { settings in
            try SenderFactory(settings, environment: surroundings.environment, now: surroundings.clock.now)
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

    private func remoteWriteFleet(for configuration: Configuration, _ shared: SharedConfig) throws
        -> RemoteWriteFleet
    {
        try RemoteWriteFleet(
            configuration.remoteWrite, after: remoteWrite,
            shared: shared, environment: surroundings.environment,
            services: RemoteWriteServices(
                store: store, clock: surroundings.clock, log: surroundings.log, metrics: state.remoteWrite,
                storageFailed: { [state] in state.metrics.storageFailure() },
                reach: RemoteWriteReach(PollPlan(settings: configuration.polling))))
    }

    // MARK: Polling

    /// Ends what the plan ends, lets the pollers that go on take the configuration, and begins the others.
    ///
    /// - Parameter old: The configuration of before; nil at the start.
    /// - Returns: False when the stop has begun meanwhile; then nothing new polls.
    private func startFleet(_ plan: FleetPlan, after old: Configuration?) async -> Bool {
        await Fleet.stop(plan.ended, watch)
        let roster = FleetRoster(plan.places)
        let services = pollServices(roster)
        for member in plan.kept {
            await member.poller.take(services, hasNewQuotas: old?.quotas != configuration.quotas)
        }
        await alerts.configure(
            AlertCenter.Settings(
                configuration.alerts, configuration.receivers, isWatched: roster.mayHold))
        guard !isStopping else { return false }
        state.board.keep(roster.mayHold)
        state.metrics.keepPolls(roster.mayHold)
        state.budget.configure(
            budget: configuration.polling.monthlyBudget.map { CloudWatchPrice.metrics(forDollars: $0) },
            plan: services.plan, regionCount: plan.places.count, log: surroundings.log,
            isPolled: roster.mayHold)
        announce(plan.begun, roster)
        state.render()
        fleet = Fleet(plan, services: services)
        guard
            old?.quotas != configuration.quotas || old?.alerts != configuration.alerts
                || old?.receivers != configuration.receivers
        else { return true }
        for member in plan.kept { member.poller.reconsider() }
        return true
    }

    private func announce(_ places: [FleetPlan.Place], _ roster: FleetRoster) {
        for place in places {
            let name = place.session.configuredName
            // After a reload the ID of a nameless account is known from before.
            guard
                name != nil || !state.metrics.hasPoll(ofRegion: place.region, where: roster.isNameless)
            else { continue }
            state.metrics.register(
                RegionKey(account: name ?? AccountSession.unknownName, region: place.region))
        }
        for places in Dictionary(grouping: places, by: { ObjectIdentifier($0.session) }).values {
            let session = places[0].session
            let account = session.configuredName ?? AccountSession.unknownName
            let regions = places.map(\.region).joined(separator: ",")
            surroundings.log.info("Polling", ["account": account, "regions": regions])
            if !session.namesRegions {
                surroundings.log.warn(
                    "No Region is named: these are the source Regions of Global cross-Region inference in South East"
                        + " Asia and Taiwan",
                    ["account": account, "regions": regions, "hint": AccountFactory.regionHint])
            }
        }
    }

    private func pollServices(_ roster: FleetRoster) -> PollServices {
        let quotas = configuration.quotas
        return PollServices(
            store: store, board: state.board, metrics: state.metrics, log: surroundings.log,
            clock: surroundings.clock,
            plan: PollPlan(settings: configuration.polling), slots: slots, roster: roster,
            historySlots: historySlots, forecastSlots: forecastSlots,
            callerSlots: callerSlots, quotaListings: quotaListings, overrides: quotas.limits,
            rates: quotas.rates, alertRules: configuration.alerts, watch: watch,
            budget: state.budget, alerts: alerts,
            published: { [pace] in pace.request() })
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
        let isAlive = watch.isAlive
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

    private func handler() -> HTTPHandler {
        let now = surroundings.clock.now
        let open: @Sendable () throws -> UsageReader = { [path = store.path] in
            try UsageReader.open(path: path)
        }
        let endpoints = WebEndpoints(
            state: state, telemetryPath: configuration.web.telemetryPath,
            usage: UsageEndpoint(open: open, now: now),
            callers: UsageEndpoint(open: open, now: now, isOfCallers: true),
            latency: LatencyEndpoint(open: open, now: now),
            trends: TrendsEndpoint(open: open, now: now),
            report: ReportEndpoint(open: open, now: now) { [state] in (state.snapshot, state.overrides) },
            headroom: HeadroomEndpoint(board: state.headroom, now: now) { [state] in state.pollSeconds },
            throttles: ThrottlesEndpoint(open: open, now: now),
            reload: { [weak self] in
                guard let self else { return Self.stopping }
                return await self.reload()
            })
        return endpoints.router().handler
    }
}
