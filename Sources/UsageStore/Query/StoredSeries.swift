import QuotaModel

/// A model ID that the store knows.
package struct StoredSeries: Equatable, Sendable {
    package let key: SeriesKey
    /// Nil: not mapped.
    package let pool: ScopedModel?
    /// First minute with coverage or a datapoint at any resolution; nil for one that was only listed.
    package let firstKnown: Minute?
    package let firstCovered: Minute?
    /// The name of the inference profile, as it was last listed; nil for none.
    package let profileName: String?

    package init(
        key: SeriesKey, pool: ScopedModel?, firstKnown: Minute?, firstCovered: Minute?,
        profileName: String? = nil
    ) {
        self.key = key
        self.pool = pool
        self.firstKnown = firstKnown
        self.firstCovered = firstCovered
        self.profileName = profileName
    }

    /// The pool in full.
    package var quotaPool: QuotaPool? {
        pool.map { QuotaPool(account: key.account, region: key.region, scope: $0.scope, model: $0.model) }
    }
}

/// What is there of a query's selection in its range.
package struct UsagePresence: Equatable, Sendable {
    /// Model IDs that the filters select, whatever the range.
    package var series = 0
    /// Some minute or longer period is known.
    package var isCovered = false
    /// Some metric is above 0.
    package var hasTraffic = false

    package init() {}
}

/// What the store last heard of quotas and rates of one account's Region.
package struct RegionKnowledge: Sendable {
    package let quotas: [PoolQuota]
    package let rates: [ScopedModel: BurndownRate]
    /// Nil when AWS's lists were never read.
    package let inventory: Inventory?
}
