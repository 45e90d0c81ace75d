import QuotaModel
import Reading
import Synchronization
import UsageStore

/// Everything that is known at one moment, immutable: what `/metrics`, the JSON interface and the pages show.
package struct Snapshot: Sendable {
    /// In the order of their labels.
    package let regions: [RegionSnapshot]

    package init(regions: [RegionSnapshot] = []) {
        self.regions = regions.sorted { $0.key < $1.key }
    }
}

/// One account's Region in a snapshot.
package struct RegionSnapshot: Sendable {
    package let key: RegionKey
    /// The newest minute for which CloudWatch delivered anything.
    package var newestDatapoint: Minute?
    /// How far the newest delivered minute was behind the clock at the last poll; nil while nothing can be late.
    package var deliveryLagSeconds: Double?
    /// The newest minute that is old enough to be final and was read since; nil when that is too long ago.
    package var settledMinute: Minute?
    /// Unix time from which figures of use are too old to be called current; nil without such figures.
    package var currentUntil: Double?
    /// Ascending by model ID.
    package var models: [ModelUsage] = []
    package var pools: [PoolSnapshot] = []
    /// What is known of every model ID among the others of this snapshot.
    package var identities: [String: ModelIdentity] = [:]
    /// The tags of application profiles that are shown as labels.
    package var profileTags: [ProfileTag] = []
    /// Cumulative weighted tokens of each pool, those without model IDs of today included; they never go down.
    package var quotaTokens: [ScopedModel: Double] = [:]
    /// Cumulative weighted tokens of callers, as far as the logs told of them; they never go down.
    package var callerTokens: [CallerTotal] = []
    package var unmapped: [UnmappedModel] = []
    /// The daily quota that all models share, where there is one.
    package var dailyQuota: DailyQuotaUse?
    package var batch = BatchSnapshot()
    /// Nothing of Bedrock is listed by CloudWatch, and nothing else is asked for.
    package var isIdle = false
    package var basis = AccountBasis()

    package init(key: RegionKey) {
        self.key = key
    }

    /// Whether the figures of use are too old to be shown.
    package func isOutdated(at now: Double) -> Bool { currentUntil.map { now > $0 } ?? false }

    /// The same without figures of use when they are too old: absent instead of stale. Counters and limits stay.
    package func current(at now: Double) -> RegionSnapshot {
        guard isOutdated(at: now) else { return self }
        var current = self
        current.settledMinute = nil
        current.dailyQuota = dailyQuota.map { DailyQuotaUse(quota: $0.quota, leastUse: nil) }
        current.currentUntil = nil
        current.models = models.map {
            ModelUsage(
                modelID: $0.modelID, totals: $0.totals, latencyMilliseconds: nil,
                timeToFirstTokenMilliseconds: nil)
        }
        let nothing = PoolHistory()
        current.pools = pools.map { pool in
            PoolSnapshot(
                pool: pool.pool, modelIDs: pool.modelIDs, rate: pool.rate, mismatch: pool.mismatch,
                quotas: pool.quotas.map { QuotaUse(of: $0.quota, history: nothing, settled: nil) },
                minute: nil, hidesLongContext: pool.hidesLongContext, lifecycle: pool.lifecycle)
        }
        return current
    }
}

/// Where a model ID leads, and what it is called.
package struct ModelIdentity: Sendable {
    /// Also where no quota of it is known; nil where its form and AWS's lists do not tell.
    package let pool: ScopedModel?
    /// Nil for one that is no profile, or is not listed.
    package let profile: InferenceProfile?

    package init(pool: ScopedModel?, profile: InferenceProfile?) {
        self.pool = pool
        self.profile = profile
    }
}

/// The daily quota that all models of a Region share. AWS documents no way to count its use, so there is no ratio.
package struct DailyQuotaUse: Sendable {
    package let quota: Quota
    /// Input and output tokens since 00:00 UTC, unweighted: a lower bound. Nil while nothing is known.
    package let leastUse: Double?
}

/// Counters and latencies of one model ID.
package struct ModelUsage: Sendable {
    package let modelID: String
    /// Cumulative since the store began; never goes down.
    package let totals: UsageTotals
    /// Of the newest settled minute, milliseconds.
    package let latencyMilliseconds: Double?
    package let timeToFirstTokenMilliseconds: Double?
}

/// A quota pool with its model IDs and quotas.
package struct PoolSnapshot: Sendable {
    package let pool: QuotaPool
    package let modelIDs: [String]
    package let rate: BurndownRate
    /// What the account's own minutes say against the rate in use.
    package var mismatch: BurndownMismatch?
    package let quotas: [QuotaUse]
    /// The minute that the figures of use belong to.
    package let minute: Minute?
    /// Requests that AWS throttled in the last five minutes and in those that are not settled yet; nil where nothing is
    /// known, and where CloudWatch has no such metric.
    package var recentThrottles: Double?
    /// Calls with a long context have a quota of their own here, but CloudWatch does not tell them apart: they are counted in
    /// this pool.
    package var hidesLongContext = false
    /// How long AWS goes on with the model; nil where it does not say.
    package var lifecycle: ModelLifecycle?
}

/// What is known of a Region's batch jobs, which draw on no pool.
package struct BatchSnapshot: Sendable {
    /// When they were listed, Unix seconds; nil when that is too long ago, or has not succeeded yet.
    package var listedAt: Double?
    /// Why they cannot be listed; nil while they can, and before the first try.
    package var problem: String?
    /// Ascending by model.
    package var uses: [BatchUse] = []

    package init() {}

    package init(_ listing: BatchListing?, problem: String?, _ catalog: QuotaCatalog) {
        listedAt = listing?.listedAt
        self.problem = problem
        uses = listing.map { catalog.batchUses(of: $0) } ?? []
    }
}

/// A model ID with traffic that no quota can be found for.
package struct UnmappedModel: Sendable {
    package let modelID: String
    package let reason: UnmappedReason
}

/// The Regions' newest snapshots; a Region that fails keeps its last one and disturbs no other.
package final class SnapshotBoard: Sendable {
    /// What one Region published.
    package struct Entry {
        package let region: RegionSnapshot
        /// Another number with each publication.
        package let number: Int
    }

    private struct State {
        var entries: [RegionKey: Entry] = [:]
        var publications = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func publish(_ region: RegionSnapshot) {
        state.withLock { state in
            state.publications += 1
            state.entries[region.key] = Entry(region: region, number: state.publications)
        }
    }

    /// Whether the Region is known to have no traffic.
    func isIdle(_ key: RegionKey) -> Bool { state.withLock { $0.entries[key]?.region.isIdle ?? false } }

    package func holds(_ key: RegionKey) -> Bool { state.withLock { $0.entries[key] != nil } }

    /// The newest publication of each Region, in the order of their labels.
    package var entries: [Entry] {
        state.withLock { Array($0.entries.values) }.sorted { $0.region.key < $1.region.key }
    }

    /// Forgets the Regions that a reload took away.
    package func keep(_ isKept: (RegionKey) -> Bool) {
        state.withLock { state in state.entries = state.entries.filter { isKept($0.key) } }
    }

    /// What may be shown at this time.
    package func snapshot(at now: Double) -> Snapshot {
        Snapshot(regions: entries.map { $0.region.current(at: now) })
    }
}
