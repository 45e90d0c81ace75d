import QuotaModel
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
    /// The newest minute that is old enough to be final and was read since; nil when that is too long ago.
    package var settledMinute: Minute?
    /// Ascending by model ID.
    package var models: [ModelUsage] = []
    package var pools: [PoolSnapshot] = []
    package var unmapped: [UnmappedModel] = []

    package init(key: RegionKey) {
        self.key = key
    }
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
    package let quotas: [QuotaUse]
    /// The minute that the figures of use belong to.
    package let minute: Minute?
}

/// A model ID with traffic that no quota can be found for.
package struct UnmappedModel: Sendable {
    package let modelID: String
    package let reason: UnmappedReason
}

/// The Regions' newest snapshots; a Region that fails keeps its last one and disturbs no other.
package final class SnapshotBoard: Sendable {
    private let regions = Mutex<[RegionKey: RegionSnapshot]>([:])

    package init() {}

    package func publish(_ region: RegionSnapshot) {
        regions.withLock { $0[region.key] = region }
    }

    /// Forgets the Regions that a reload took away.
    package func keep(where isWatched: (RegionKey) -> Bool) {
        regions.withLock { regions in regions = regions.filter { isWatched($0.key) } }
    }

    package var snapshot: Snapshot { Snapshot(regions: regions.withLock { Array($0.values) }) }
}
