import QuotaModel

/// What the store last heard of quotas and rates of one account's Region.
package struct RegionKnowledge: Sendable {
    package let quotas: [PoolQuota]
    package let rates: [ScopedModel: BurndownRate]
    /// Nil when AWS's lists were never read.
    package let inventory: Inventory?
}
