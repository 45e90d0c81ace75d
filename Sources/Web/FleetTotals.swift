import Alerting
import Polling
import QuotaModel
import Reading

/// The organizational unit that accounts are in.
package struct FleetUnit: Hashable, Sendable {
    /// `r-…` or `ou-…`.
    package let id: String
    /// Nil where only the ID is known.
    package let name: String?

    package init(id: String, name: String? = nil) {
        (self.id, self.name) = (id, name)
    }
}

/// What an account's Regions, those of a unit's accounts, or those of all accounts, come to.
package struct FleetTotals: Sendable {
    /// The quota of a pool that is nearest to its limit.
    package struct Nearest: Sendable {
        let pool: PoolSnapshot
        let use: QuotaUse
    }

    /// Empty for several accounts together.
    package let account: String
    /// Nil where it is not known, and for all accounts together.
    package let unit: FleetUnit?
    /// By name; those of which nothing was published yet are among them.
    package private(set) var regions: Set<String> = []
    /// Account and Region each once.
    package private(set) var places = 0
    /// Of which the last poll succeeded.
    package private(set) var regionsUp = 0
    /// Of which the newest settled minute is young enough to be called current.
    package private(set) var currentRegions = 0
    package private(set) var pools = 0
    /// With a utilization of now.
    package private(set) var knownPools = 0
    /// Of the known, those from their warning threshold on.
    package private(set) var nearPools = 0
    package private(set) var unmapped = 0
    package private(set) var highest: Nearest?
    /// Requests that were throttled in the last minutes, as far as known; nil where nothing is.
    package private(set) var recentThrottles: Double?
    /// Quota tokens of the newest settled minutes, as far as known; nil where nothing is.
    package private(set) var quotaTokens: Double?
    /// The newest settled minute of the Region that is furthest behind, among those that have one.
    package private(set) var oldestSettled: Minute?
    package private(set) var newestSettled: Minute?
    /// Firing alerts by severity, without warnings that a critical alert includes.
    package private(set) var firing: [AlertSeverity: Int] = [:]

    package init(account: String = "", unit: FleetUnit? = nil) {
        (self.account, self.unit) = (account, unit)
    }

    /// Adds a Region that is polled, with what it published last.
    mutating func add(
        _ key: RegionKey, isUp: Bool, isCurrent: Bool, _ region: RegionSnapshot?, _ rules: AlertRules
    ) {
        regions.insert(key.region)
        places += 1
        if isUp { regionsUp += 1 }
        if isCurrent { currentRegions += 1 }
        guard let region else { return }
        if let settled = region.settledMinute {
            oldestSettled = oldestSettled.map { min($0, settled) } ?? settled
            newestSettled = newestSettled.map { max($0, settled) } ?? settled
        }
        unmapped += region.unmapped.count
        pools += region.pools.count
        for pool in region.pools { add(pool, rules) }
    }

    private mutating func add(_ pool: PoolSnapshot, _ rules: AlertRules) {
        if let throttles = pool.recentThrottles { recentThrottles = (recentThrottles ?? 0) + throttles }
        if let tokens = pool.quotas.first(where: { $0.quota.kind == .tokensPerMinute })?.usage {
            quotaTokens = (quotaTokens ?? 0) + tokens
        }
        guard let use = pool.mostUsed(), let ratio = use.ratio else { return }
        knownPools += 1
        if ratio >= rules.rules(for: pool.pool).warning { nearPools += 1 }
        if ratio > highest?.use.ratio ?? -1 { highest = Nearest(pool: pool, use: use) }
    }

    mutating func add(_ alert: AlertIdentity) { firing[alert.severity, default: 0] += 1 }
}
