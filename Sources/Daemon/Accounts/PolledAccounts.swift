import AWSClient
import Alerting
import Configuration
import Notifications
import Polling
import QuotaModel
import Reading
import System
import UsageStore

/// The accounts that are polled, those that the configuration names and those that its organization lists. When either
/// changes, Regions begin and end; all others go on undisturbed.
actor PolledAccounts {
    /// What a configuration means for them, made and not begun.
    struct Change: Sendable {
        fileprivate let configuration: Configuration
        fileprivate let organization: FollowedOrganization?
        fileprivate let plan: FleetPlan
    }

    /// Changes are made and taken one after the other: held from the one to the other.
    nonisolated let turn = PollSlots(1)
    nonisolated let watch = PollWatch()
    private let services: DaemonServices
    private let factory: AccountFactory
    private let pace: RenderPace
    private let slots = PollSlots(Fleet.concurrentPolls)
    private let historySlots = PollSlots(BackfillPace.concurrentRegions)
    private let forecastSlots = PollSlots(1)
    private let callerSlots = PollSlots(CallerReader.concurrentWindows)
    private let quotaListings = QuotaListings()
    /// The one that was taken last.
    private var configuration: Configuration?
    private var fleet: Fleet?
    private var organization: FollowedOrganization?
    /// The AWS configuration files as the last change found them.
    private var shared: SharedConfig?
    private var isStopping = false

    init(_ services: DaemonServices) {
        self.services = services
        factory = AccountFactory(
            environment: services.environment, metrics: services.state.metrics,
            meter: services.state.budget.meter, monitoring: MonitoringSessions())
        pace = RenderPace { [state = services.state] in state.render() }
    }

    // MARK: The configuration

    /// Throws what is wrong with it in words for people; nothing has begun or ended then.
    func change(to configuration: Configuration, _ shared: SharedConfig) async throws -> Change {
        self.shared = shared
        let organization = try accounts.organization(
            of: configuration, after: organization, shared,
            services: OrganizationWatch.Services(
                store: services.store, board: OrganizationBoard(), clock: services.clock, log: services.log,
                changed: { [weak self] in await self?.takeFound() },
                published: { [state = services.state] in state.render() },
                storageFailed: { [state = services.state] in state.metrics.storageFailure() }))
        await organization?.restore()
        return Change(
            configuration: configuration, organization: organization,
            plan: try accounts.fleetPlan(of: configuration, organization, shared, after: fleet))
    }

    /// - Returns: False when the stop has begun meanwhile; then nothing new polls.
    func take(_ change: Change) async -> Bool {
        let old = configuration
        configuration = change.configuration
        if change.organization !== organization {
            await organization?.stop()
            organization = change.organization
            services.state.follow(organization?.board)
        }
        return await begin(change.plan, change.configuration, after: old)
    }

    /// Follows the organization from now on, unless it does already.
    func follow() {
        if !isStopping { organization?.start() }
    }

    /// Ends all polls, and begins none any more.
    func stop() async {
        isStopping = true
        await organization?.stop()
        await fleet?.stop(watch)
    }

    // MARK: The organization

    /// Lets accounts of the organization begin and end as it says now.
    private func takeFound() async {
        do {
            try await turn.run { await self.takeFoundNow() }
        } catch {
            // Only cancellation ends a wait for a turn.
            services.log.debug("Taking found accounts stopped")
        }
    }

    private func takeFoundNow() async {
        guard !isStopping, let configuration else { return }
        do {
            let shared = try self.shared ?? SharedConfig.load(services.environment)
            let plan = try accounts.fleetPlan(of: configuration, organization, shared, after: fleet)
            guard await begin(plan, configuration, after: configuration) else { return }
            services.state.render()
        } catch {
            services.log.error(
                "Taking the organization's accounts failed", ["error": String(describing: error)])
        }
    }

    private var accounts: FleetAccounts { FleetAccounts(factory: factory) }

    // MARK: The fleet

    /// Ends what the plan ends, lets the pollers that go on take the configuration, and begins the others.
    ///
    /// - Parameter old: The configuration of before; nil at the start.
    /// - Returns: False when the stop has begun meanwhile; then nothing new polls.
    private func begin(
        _ plan: FleetPlan, _ configuration: Configuration, after old: Configuration?
    ) async -> Bool {
        await Fleet.stop(plan.ended, watch)
        let roster = FleetRoster(plan.places)
        let polling = pollServices(configuration, roster)
        for member in plan.kept {
            await member.poller.take(polling, hasNewQuotas: old?.quotas != configuration.quotas)
        }
        await services.alerts.configure(
            AlertCenter.Settings(
                configuration.alerts, configuration.receivers, isWatched: roster.mayHold))
        guard !isStopping else { return false }
        let state = services.state
        state.board.keep(roster.mayHold)
        state.metrics.keepPolls(roster.mayHold)
        state.budget.configure(
            budget: configuration.polling.monthlyBudget.map { CloudWatchPrice.metrics(forDollars: $0) },
            plan: polling.plan, regionCount: plan.places.count, log: services.log,
            isPolled: roster.mayHold)
        announce(plan.begun, roster)
        state.render()
        fleet = Fleet(plan, services: polling)
        guard
            old?.quotas != configuration.quotas || old?.alerts != configuration.alerts
                || old?.receivers != configuration.receivers
        else { return true }
        for member in plan.kept { member.poller.reconsider() }
        return true
    }

    private func announce(_ places: [FleetPlan.Place], _ roster: FleetRoster) {
        let metrics = services.state.metrics
        for place in places {
            let name = place.session.configuredName
            // After a reload the ID of a nameless account is known from before.
            guard name != nil || !metrics.hasPoll(ofRegion: place.region, where: roster.isNameless) else {
                continue
            }
            metrics.register(RegionKey(account: name ?? AccountSession.unknownName, region: place.region))
        }
        for places in Dictionary(grouping: places, by: { ObjectIdentifier($0.session) }).values {
            let session = places[0].session
            let account = session.configuredName ?? AccountSession.unknownName
            let regions = places.map(\.region).joined(separator: ",")
            services.log.info("Polling", ["account": account, "regions": regions])
            if !session.namesRegions {
                services.log.warn(
                    "No Region is named: these are the source Regions of Global cross-Region inference in South East"
                        + " Asia and Taiwan",
                    ["account": account, "regions": regions, "hint": AccountFactory.regionHint])
            }
        }
    }

    private func pollServices(_ configuration: Configuration, _ roster: FleetRoster) -> PollServices {
        let state = services.state
        return PollServices(
            store: services.store, board: state.board, metrics: state.metrics, log: services.log,
            clock: services.clock, plan: PollPlan(settings: configuration.polling), slots: slots,
            roster: roster, historySlots: historySlots, forecastSlots: forecastSlots,
            callerSlots: callerSlots, quotaListings: quotaListings, overrides: configuration.quotas.limits,
            rates: configuration.quotas.rates, alertRules: configuration.alerts, watch: watch,
            budget: state.budget, alerts: services.alerts,
            published: { [pace] in pace.request() })
    }
}
