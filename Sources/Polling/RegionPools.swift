import Alerting
import QuotaModel
import Reading
import SQLite
import UsageStore

/// A Region's quota pools with the use of their last day, out of what the store holds; and what else is shown of it.
///
/// Of one actor, on which all of it runs.
final class RegionPools {
    /// Minutes whose rows are in memory at one time: a whole day of many series would be tens of megabytes.
    private static let minutesPerSlice = 120
    /// Episodes that ended before say nothing of throttling that goes on.
    private static let episodeMinutes = 120
    /// How often burndown rates are measured.
    private static let measurementIntervalSeconds = 3600
    /// The minutes that they are measured in.
    private static let measuredMinutes = 24 * 60

    private let key: RegionKey
    private let store: UsageStore
    private(set) var usage: RegionUsage
    /// The last time that each quota's limit moved.
    private(set) var limitChanges = LimitChanges()
    /// Minutes of which the histories may say something else than the store.
    private var outdated = MinuteRanges()
    /// The end of the newest window that a poll read.
    private var windowEnd: Minute?
    /// The settled minute when rows were last read.
    private var lastSettled: Minute?
    /// The rows of the minutes that are shown as current.
    private var settledRows: [String: UsageMinute] = [:]
    private var totals: [String: UsageTotals] = [:]
    private var quotaTokens: [ScopedModel: Double] = [:]
    private var callerTokens: [CallerTotal] = []
    private var lastMeasurement: Double?
    /// Of pools that were throttled lately.
    private(set) var episodes: [QuotaPool: ThrottleEpisode] = [:]

    init(_ key: RegionKey, store: UsageStore) {
        self.key = key
        self.store = store
        usage = RegionUsage(key: key)
    }

    /// Takes up what an earlier run measured and saw.
    nonisolated(nonsending) func restore() async throws(StoreError) {
        let stored = try await store.burndownRates(account: key.account, region: key.region)
        _ = usage.measure(BackfillPools.measured(stored, key))
        try await readLimitChanges()
    }

    private nonisolated(nonsending) func readLimitChanges() async throws(StoreError) {
        limitChanges = LimitChanges(try await store.quotaChanges(account: key.account, region: key.region))
    }

    // MARK: Mapping

    /// Maps model IDs to pools anew, after discovery, a change of quotas, or at start.
    nonisolated(nonsending) func map(
        _ discovery: Discovery, _ quotas: QuotaSettings, _ plan: PollPlan, now: Double
    ) async throws(StoreError) {
        let catalog = QuotaCatalog(
            inventory: discovery.inventory, observed: discovery.names.keys, overrides: quotas.overrides,
            account: key.account, region: key.region)
        let changed = usage.map(
            modelIDs: Array(discovery.names.keys), active: discovery.active, catalog: catalog,
            rates: quotas.rates)
        if changed { outdated.insert(Self.window(plan, now: now)) }
        try await store.recordAssignments(
            account: key.account, region: key.region, usage.poolAssignments, names: usage.profileNames)
        try await recordRates(now: now)
        guard !discovery.inventory.quotas.isEmpty || !quotas.overrides.isEmpty else { return }
        let changes = try await store.recordQuotas(
            account: key.account, region: key.region, usage.poolQuotas, at: Int(now))
        if changes > 0 { try await readLimitChanges() }
    }

    // MARK: Histories

    /// The minutes that histories hold.
    private static func window(_ plan: PollPlan, now: Double) -> Range<Minute> {
        let newest = plan.liveWindow(now: now).upperBound
        return newest.advanced(by: -PoolHistory.capacityMinutes)..<newest
    }

    /// Histories hold a day: when the clock was set back, what they know of the time to come is in the way.
    func forgetHistories(_ plan: PollPlan, now: Double) {
        usage.forgetHistories()
        outdated.insert(Self.window(plan, now: now))
    }

    /// A poll reads this window: its minutes that no earlier one read are computed whatever comes, the others if something
    /// changes.
    func outdateNew(in window: Range<Minute>) {
        let known = windowEnd ?? window.lowerBound
        outdated.insert(min(max(known, window.lowerBound), window.upperBound)..<window.upperBound)
        windowEnd = window.upperBound
    }

    /// Computes the pools' outdated minutes anew from the store, as far as the histories reach.
    ///
    /// What could not be read stays outdated for the next poll.
    nonisolated(nonsending) func refresh(_ reader: RegionReader, now: Double) async throws(StoreError) {
        outdated.insert(reader.takeChanges())
        if let settled = reader.settledMinute, settled != lastSettled {
            // It is shown as current from now on, with rows that may have come before.
            outdated.insert(settled..<settled.advanced(by: 1))
        }
        let due = outdated.intersection(Self.window(reader.plan, now: now))
        for range in due.ranges {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.minutesPerSlice) {
                let slice = start..<min(start.advanced(by: Self.minutesPerSlice), range.upperBound)
                try await refresh(slice, reader)
            }
        }
        outdated = MinuteRanges()
        lastSettled = reader.settledMinute
        let recent = Self.window(reader.plan, now: now).upperBound.advanced(by: -Self.episodeMinutes)
        episodes = try await store.newestEpisodes(
            account: key.account, region: key.region, endingAfter: recent)
    }

    private nonisolated(nonsending) func refresh(
        _ slice: Range<Minute>, _ reader: RegionReader
    ) async throws(StoreError) {
        let rows = try await store.window(account: key.account, region: key.region, slice)
        usage.update(RegionUsage.Window(range: slice, rows: rows, coverage: reader.coverage))
        guard let settledMinute = reader.settledMinute else { return }
        for modelID in reader.discovery.known.names.keys {
            let shown = reader.reads.shownMinute(of: [modelID], settled: settledMinute)
            guard slice.contains(shown) else { continue }
            settledRows[modelID] = rows[modelID]?.first { $0.minute == shown }?.usage
        }
    }

    // MARK: Burndown rates

    /// Measures burndown rates in the settled minutes of the last day, once an hour.
    nonisolated(nonsending) func measureRates(_ reader: RegionReader) async throws(StoreError) {
        guard reader.settledMinute != nil,
            PollPlan.isDue(
                last: lastMeasurement, intervalSeconds: Self.measurementIntervalSeconds, now: reader.now)
        else { return }
        let edge = reader.settledEdge
        let fits = try await store.reduceMinutes(
            account: key.account, region: key.region, edge.advanced(by: -Self.measuredMinutes)..<edge,
            into: [QuotaPool: BurndownFit]()
        ) { [pools = usage.poolsByModelID] fits, modelID, minute in
            guard let pool = pools[modelID] else { return }
            fits[pool, default: BurndownFit()].add(minute.usage)
        }
        lastMeasurement = reader.now
        guard usage.measure(fits.compactMapValues(\.rate)) else { return }
        outdated.insert(Self.window(reader.plan, now: reader.now))
        try await recordRates(now: reader.now)
    }

    /// Keeps the rates in use for later queries of history.
    private nonisolated(nonsending) func recordRates(now: Double) async throws(StoreError) {
        let rates = usage.poolRates
        guard !rates.isEmpty else { return }
        try await store.recordRates(account: key.account, region: key.region, rates, at: Int(now))
    }

    // MARK: What is shown

    /// Counters that fall are not shown: the store is then not what it was.
    nonisolated(nonsending) func readTotals() async throws(StoreError) {
        let read = try await store.totals(account: key.account, region: key.region)
        guard totals.allSatisfy({ read[$0.key]?.isAtLeast($0.value) ?? false }) else {
            throw StoreError(
                cause: .lost, attempt: "read the counters of \(key.account) in \(key.region)",
                path: store.path,
                reason:
                    "they are lower than before: somebody else has changed the file. Put a backup in its place "
                    + "and restart the exporter")
        }
        totals = read
        quotaTokens = try await store.quotaTokens(account: key.account, region: key.region)
        callerTokens = try await store.callerTotals(account: key.account, region: key.region)
    }

    /// Use of a minute this old says nothing about now; beyond it current figures are absent instead of stale.
    private static let leastMaximumAgeSeconds = 15 * 60.0

    /// Everything that is known now.
    func snapshot(_ reader: RegionReader) -> RegionSnapshot {
        var snapshot = usage.snapshot(
            settled: reader.settledMinute, reads: reader.reads, newestDatapoint: reader.newestDatapoint,
            totals: totals, settledRows: settledRows)
        for (pool, tokens) in quotaTokens { snapshot.quotaTokens[pool] = tokens }
        snapshot.callerTokens = callerTokens
        snapshot.isIdle = reader.discovery.known.isIdle
        snapshot.basis = reader.discovery.basis
        snapshot.profileTags = reader.account.profileTags
        snapshot.deliveryLagSeconds = reader.delivery.lagSeconds
        snapshot.batch = batch(reader)
        snapshot.currentUntil = reader.settledMinute.map {
            Double($0.epochSeconds - reader.clockSkewSeconds)
                + max(Self.leastMaximumAgeSeconds, reader.plan.toleratedSeconds)
        }
        return snapshot
    }
}

extension RegionPools {
    /// The batch jobs with their quotas, as far as they were listed lately.
    func batch(_ reader: RegionReader) -> BatchSnapshot {
        let jobs = reader.discovery.batchJobs
        return BatchSnapshot(
            jobs.listing(reader.plan, now: reader.services.clock.now()), problem: jobs.problem, usage.catalog)
    }
}

/// The last time that each quota's limit moved.
struct LimitChanges {
    struct Key: Hashable {
        let pool: ScopedModel
        let kind: QuotaKind
    }

    private var changes: [Key: LimitChange] = [:]

    init() {}

    /// Out of every change of every quota, each quota's ascending by time. A quota that comes for the first time, is
    /// gone, or only changes its source has not moved.
    init(_ history: [QuotaChange]) {
        var last: [Key: Double] = [:]
        for entry in history {
            guard let limit = entry.quota?.limit else { continue }
            let key = Key(pool: ScopedModel(scope: entry.scope, model: entry.model), kind: entry.kind)
            if let previous = last[key], previous != limit {
                changes[key] = LimitChange(previousLimit: previous, seenAt: Double(entry.seenFrom))
            }
            last[key] = limit
        }
    }

    subscript(pool: QuotaPool, kind: QuotaKind) -> LimitChange? {
        changes[Key(pool: pool.scopedModel, kind: kind)]
    }
}
