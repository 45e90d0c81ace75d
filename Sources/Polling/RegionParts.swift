import AWSClient
import QuotaModel
import Reading
import System
import UsageStore

/// What polls of a Region know and work with, from when the account's identity is known and the store was read.
///
/// Of one actor, on which all of it runs.
struct RegionParts {
    let reader: RegionReader
    let catchUp = CatchUp()
    let unlisted = UnlistedSearch()
    let adaptive = AdaptiveReading()
    let pools: RegionPools
    let backfill = RegionBackfill()
    let tags: ProfileTagReading

    /// Takes up what an earlier run left in the store.
    nonisolated(nonsending) static func restored(
        _ account: AccountSession, _ key: RegionKey, _ plan: PollPlan, _ services: PollServices, now: Double
    ) async throws -> RegionParts {
        let store = services.store
        let stored = try await store.inventory(account: key.account, region: key.region)
        let known = Discovery(
            names: try await store.knownSeries(account: key.account, region: key.region),
            inventory: stored?.inventory)
        let reading = ReadServices(
            store: store, log: services.log, clock: services.clock, metrics: services.metrics,
            meter: services.budget.meter, quotaListings: services.quotaListings)
        let reader = RegionReader(
            account, key, plan: plan,
            discovery: RegionDiscovery(
                account, key, known: known, quotasListed: stored?.quotasListedAt, services: reading),
            newestDatapoint: try await store.newestDatapoint(account: key.account, region: key.region),
            services: reading)
        let parts = RegionParts(
            reader: reader, pools: RegionPools(key, store: store),
            tags: ProfileTagReading(account, key, discovery: reader.discovery, services: reading))
        try await reader.readCoverage()
        try await parts.pools.restore()
        try await parts.map(services, now: now)
        try await parts.pools.refresh(reader, now: now)
        try await reader.restore(minutes: AdaptiveReading.longestRecentMinutes, now: now)
        try await parts.pools.readTotals()
        return parts
    }

    /// Maps model IDs to pools anew, after discovery, a change of quotas, or at start.
    nonisolated(nonsending) func map(_ services: PollServices, now: Double) async throws {
        let quotas = QuotaSettings(overrides: services.overrides, rates: services.rates)
        try await pools.map(reader.discovery.known, quotas, reader.plan, now: now)
        reader.discovery.known.isUnmapped = false
    }

    // MARK: A poll

    /// Reads the live window, then what is missing of the past.
    ///
    /// - Returns: Why the poll counts as failed although parts of it may have succeeded; nil when it does not.
    nonisolated(nonsending) func read(_ services: PollServices, _ pace: Pace) async -> (any Error)? {
        // What the last reads of this run left, the next ones take up.
        let deferred = Set(reader.reads.lastRead.keys)
        let live = reader.plan.liveRead(
            now: reader.now, coverage: reader.activeCoverage, tried: catchUp.tried)
        var outcome = ReadOutcome()
        if let live {
            guard pace != .spent else { return BudgetSpent() }
            outcome = await readLive(live.modelIDs, services, pace)
            services.budget.note(reader.key, billed: outcome.billedMetrics)
            guard outcome.isFruitful else { return outcome.reason }
        }
        let past = await catchUp.read(reader, deferred: deferred, hasLive: live != nil)
        guard !past.isOver, live != nil || past.isFruitful else { return past.reason }
        reader.end()
        return outcome.failure ?? (live == nil ? past.failure : nil)
    }

    /// What can be late and what may be new is asked for before the model IDs are read, so that what CloudWatch adds in
    /// between can only make their figures the larger ones.
    private nonisolated(nonsending) func readLive(
        _ modelIDs: [String], _ services: PollServices, _ pace: Pace
    ) async -> ReadOutcome {
        var outcome = await reader.askForOtherDelivery()
        guard outcome.mayGoOn else { return outcome }
        var asked: UnlistedAnswer?
        // What is new of the other series is not looked for: it comes with CloudWatch's list.
        let runtime = modelIDs.filter(SeriesName.isRuntime)
        if pace.looksForUnlisted {
            asked = await unlisted.ask(
                runtime, reader, isSparing: adaptive.isPossible(reader), &outcome)
            guard outcome.mayGoOn else { return outcome }
        }
        outcome.add(
            await adaptive.read(modelIDs, reader, pools.usage, services.alertRules))
        if let asked, outcome.mayGoOn { outcome.add(await unlisted.read(asked, runtime, reader)) }
        return outcome
    }
}

/// How a Region's polls go, as alerts and the log tell it.
struct PollState {
    /// Polls since the start of this process, failed ones included.
    private(set) var count = 0
    private(set) var failuresInARow = 0
    /// Since when polls succeed; nil while the last one failed or there was none.
    private(set) var upSince: Double?
    /// Why the last poll failed.
    private(set) var lastFailure: String?
    /// The last poll found that the open store is not the one at its path, or no longer what it was.
    var isStoreLost = false

    /// A poll has ended: remembers how, and says what is news.
    mutating func end(
        _ failure: (any Error)?, of key: RegionKey, _ account: AccountSession, _ log: Log, at now: Double
    ) {
        count += 1
        lastFailure = failure.map { String(describing: $0) }
        upSince = failure == nil ? upSince ?? now : nil
        if let failure {
            failuresInARow += 1
            let missingCredentials = (failure as? AWSError)?.missingCredentials
            if let missingCredentials {
                guard account.isNews(missingCredentials: missingCredentials, now: now) else { return }
            }
            let regions = missingCredentials == nil ? [key.region] : account.regions
            log.warn(
                "Poll failed",
                [
                    "account": key.account, "region": regions.joined(separator: ","),
                    "failures_in_a_row": "\(failuresInARow)", "error": String(describing: failure),
                ])
        } else if failuresInARow > 0 {
            account.credentialsWork()
            log.info(
                "Poll succeeded again",
                [
                    "account": key.account, "region": key.region,
                    "failures_before": "\(failuresInARow)",
                ])
            failuresInARow = 0
        }
    }
}
