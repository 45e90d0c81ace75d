import Alerting
import Configuration
import Exposition
import Notifications
import Polling
import QuotaModel
import Reading
import RemoteWrite
import Synchronization
import System
import UsageStore
import Web

/// What pollers write and web requests read, safe from any thread; no request waits for AWS or the store.
final class RunningState: Sendable {
    let metrics = SelfMetrics()
    let delivery = DeliveryMetrics()
    let remoteWrite = RemoteWriteMetrics()
    let board = SnapshotBoard()
    let alerts = AlertBoard()
    let budget: MonthlyBudget
    let page = RenderedPage()
    let headroom = HeadroomBoard()
    private let process: ProcessStatistics
    private let startedAt: Double
    private let now: @Sendable () -> Double
    private let isStopping = Atomic(false)
    /// Regions of which a good poll is on the page.
    private let shown = Mutex<Set<RegionKey>>([])
    private let configuration: Mutex<Configuration>
    private let followed = Mutex<OrganizationBoard?>(nil)
    /// One renders at a time, so that a page never gives way to one that was begun before it.
    private let rendering = Mutex(RenderedState())

    private struct RenderedState {
        var regions: [RegionKey: RenderedRegion] = [:]
        /// What the exporter says of its own work in each Region, by the number of the last change.
        var own: [RegionKey: (number: Int, families: RenderedFamilies)] = [:]
        /// How often a Region's part was rendered.
        var regionRenders = 0
    }

    private struct RenderedRegion {
        /// Of the publication that is rendered.
        let number: Int
        let isOutdated: Bool
        let families: RenderedFamilies
    }

    init(configuration: Configuration, now: @escaping @Sendable () -> Double) {
        self.configuration = Mutex(configuration)
        self.now = now
        startedAt = now()
        budget = MonthlyBudget(now: now)
        process = ProcessStatistics(startTime: startedAt)
        metrics.configurationLoaded(at: startedAt)
    }

    var snapshot: Snapshot { board.snapshot(at: now()) }

    /// How often a Region's part of the page was rendered.
    var regionRenders: Int { rendering.withLock { $0.regionRenders } }

    /// Renders the page anew as far as it changed: after each poll, and whenever something of the exporter itself did. Always as
    /// a whole, so that no Region is shown as polled before what the poll brought is.
    func render() {
        rendering.withLock { rendered in
            // Asked first: what has been polled by now is on the board already.
            let state = metrics.current
            renderUsage(&rendered, at: now())
            renderOwn(&rendered, state)
            shown.withLock { $0 = state.polledWithSuccess }
        }
    }

    /// Renders the Regions that published since, or whose figures have become too old; keeps the others' parts.
    private func renderUsage(_ rendered: inout RenderedState, at now: Double) {
        var parts: RenderedPage.Usage = []
        let metrics = configuration.withLock { $0.web.metrics }
        var regions: [RegionKey: RenderedRegion] = [:]
        for entry in board.entries {
            let key = entry.region.key
            let isOutdated = entry.region.isOutdated(at: now)
            var part = rendered.regions[key]
            if part?.number != entry.number || part?.isOutdated != isOutdated {
                let shown = Snapshot(regions: [entry.region.current(at: now)])
                let families = UsageFamilies.families(of: shown, metrics)
                part = RenderedRegion(
                    number: entry.number, isOutdated: isOutdated, families: RenderedFamilies(families))
                rendered.regionRenders += 1
                headroom.take(entry.region)
            }
            regions[key] = part
            if let part { parts.append((key, part.families)) }
        }
        rendered.regions = regions
        headroom.keep(Set(regions.keys))
        page.update(usage: parts)
    }

    /// Renders what the exporter says of itself, in the order of the catalog; of its work in a Region only what changed since.
    private func renderOwn(_ rendered: inout RenderedState, _ state: SelfMetrics.State) {
        rendered.own = rendered.own.filter { state.regions[$0.key] != nil }
        for (key, region) in state.regions where rendered.own[key]?.number != region.number {
            rendered.own[key] = (region.number, RenderedFamilies(region.families(of: key)))
        }
        page.update(own: [
            RenderedFamilies.byRegion([alerts.family, BuildInfo.family] + organizationFamilies),
            Dictionary(uniqueKeysWithValues: rendered.own.map { ($0.key, $0.value.families) }),
            RenderedFamilies.byRegion(
                budget.families() + state.families + delivery.families() + remoteWrite.families()
                    + process.families()),
        ])
    }

    /// Nil where no organization is followed.
    private var organization: OrganizationReport? { followed.withLock { $0 }?.report }

    private var organizationFamilies: [MetricFamily] { (organization ?? OrganizationReport()).families }

    /// What is known of an organization is shown from now on; nil ends it.
    func follow(_ board: OrganizationBoard?) { followed.withLock { $0 = board } }

    func take(_ configuration: Configuration) {
        self.configuration.withLock { $0 = configuration }
    }

    func beginStop() { isStopping.store(true, ordering: .releasing) }

    /// Ready once a good poll of every Region is on the page, those included that a reload added, until the stop.
    var readiness: Readiness {
        let polls = metrics.current.polls
        let shown = shown.withLock { $0 }
        return Readiness(
            isStopping: isStopping.load(ordering: .acquiring), regionCount: polls.count,
            waiting: polls.filter { $0.value.lastSuccess == nil || !shown.contains($0.key) }
                .map { ($0.key, $0.value.failure) },
            organization: organization.map { $0.isSettled ? .settled : .unsettled(failure: $0.failure) })
    }

    /// How long minutes are kept, by the configuration of now.
    var minuteRetention: TimeSpan { configuration.withLock { $0.storage.minuteRetention } }

    /// How long rollups are kept, by the configuration of now.
    var rollupRetention: TimeSpan { configuration.withLock { $0.storage.rollupRetention } }

    /// The backups to make, by the configuration of now.
    var backup: BackupSettings? { configuration.withLock { $0.storage.backup } }

    /// The quotas that are typed in, by the configuration of now.
    var overrides: [QuotaOverride] { configuration.withLock { $0.quotas.overrides } }

    /// Between polls, by the configuration of now.
    var pollSeconds: Int { configuration.withLock { $0.polling.interval.seconds } }

    var configurationText: String { configuration.withLock { $0.page } }

    func pools(_ query: PoolsQuery) -> PoolsDocument {
        PoolsDocument(snapshot, query, rules: configuration.withLock { $0.alerts }, now: now())
    }

    func fleet(_ query: FleetQuery) -> FleetDocument {
        let configuration = configuration.withLock { $0 }
        return FleetDocument(
            snapshot, query, units: organization?.units ?? [:], polls: metrics.current.polls,
            alerts: alerts.alerts, rules: configuration.alerts,
            now: now(), staleAfterSeconds: settings(configuration).staleAfterSeconds)
    }

    private func settings(_ configuration: Configuration) -> StatusDocument.Settings {
        StatusDocument.Settings(
            configuration.web, configuration.polling, configuration.alerts, budget.report())
    }

    func status(_ query: RegionsQuery = RegionsQuery()) -> StatusDocument {
        let snapshots = Dictionary(snapshot.regions.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        let state = metrics.current
        let billed = metrics.billedMetrics
        let configuration = configuration.withLock { $0 }
        let listed = state.polls.sorted { $0.key < $1.key }
            .filter { query.fits(account: $0.key.account, region: $0.key.region) }
            .prefix(query.limit ?? .max)
        return StatusDocument(
            version: BuildInfo.version,
            settings: settings(configuration),
            ready: readiness.isReady,
            started: JSONDocument.time(startedAt),
            now: JSONDocument.time(now()), storagePath: configuration.storage.path,
            storageSizeBytes: Nullable(state.storageSizeBytes), billedMetrics: billed,
            estimatedCostDollars: CloudWatchPrice.dollars(billed),
            budget: StatusDocument.Budget(budget.report()), regionsTotal: state.polls.count,
            organization: organization?.document(now: now()),
            regions: listed.map { key, poll in
                StatusDocument.Region(
                    key: key, poll: poll, snapshot: snapshots[key], callers: state.regions[key]?.callers)
            })
    }
}

extension RunningState: WebState {
    var currentAlerts: [TrackedAlert] { alerts.alerts }
}

/// Reloads one after the other: whoever asks while one is under way shares the next with all others that do, because the
/// one under way may have read the configuration before it was changed.
actor ReloadTurns {
    private var current: Task<String?, Never>?
    /// Has not begun.
    private var next: Task<String?, Never>?

    /// - Returns: What a reload that began after this call returned.
    func run(_ reload: @escaping @Sendable () async -> String?) async -> String? {
        if let next { return await next.value }
        let before = current
        let task = Task {
            _ = await before?.value
            beginNext()
            return await reload()
        }
        next = task
        return await task.value
    }

    private func beginNext() {
        current = next
        next = nil
    }
}

extension AlertCenter: AlertDecisions {}

extension RemoteWriteReach {
    init(_ plan: PollPlan) {
        self.init(
            // A minute that has left the window of re-reading is never revised.
            revisableMinutes: max(plan.settleMinutes, plan.settings.rereadWindow.wholeMinutes),
            retentionMinutes: PollPlan.retentionMinutes, backfillMinutes: plan.settings.backfill.wholeMinutes,
            firstReadMinutes: PollPlan.firstReadMinutes)
    }
}
