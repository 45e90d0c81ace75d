import Alerting
import Polling
import QuotaModel
import Reading
import System

/// `GET /api/v1/fleet`: what all accounts come to, each account by itself, the pools nearest to their limits, the Regions
/// that fail. Bounded however large the fleet is.
package struct FleetDocument: Encodable {
    package struct Totals: Encodable {
        /// Null for several accounts together.
        let account: Nullable<String>
        /// The organizational unit, by its ID and by its name; null where it is not known, and for all accounts together.
        let unit: Nullable<String>
        let unitName: Nullable<String>
        let accounts: Int
        /// Account and Region each once.
        let regions: Int
        let regionNames: [String]
        let regionsUp: Int
        /// With figures that are not too old, or polled and without traffic.
        let regionsCurrent: Int
        let pools: Int
        let poolsKnown: Int
        let poolsNear: Int
        let unmapped: Int
        let highest: Nullable<Nearest>
        let recentThrottles: Nullable<Double>
        let quotaTokensPerMinute: Nullable<Double>
        let oldestSettledMinute: Nullable<String>
        let newestSettledMinute: Nullable<String>
        let alertsFiring: Firing
    }

    package struct Firing: Encodable {
        let critical: Int
        let warning: Int
        let info: Int
    }

    /// A quota near its limit.
    package struct Nearest: Encodable {
        let account: String
        let region: String
        let scope: String
        let model: String
        let quota: String
        let limit: Double
        let usage: Nullable<Double>
        let utilizationRatio: Nullable<Double>
        let minute: Nullable<String>
        let warning: Double
        let critical: Double
    }

    /// A Region whose last poll failed.
    package struct Failing: Encodable {
        let account: String
        let region: String
        let failure: String
        let lastSuccessfulPoll: Nullable<String>
    }

    /// Pools that are named as the nearest, and Regions that are named as failing, at most.
    package static let nearestCount = 10
    package static let failingCount = 10
    /// Organizational units at most.
    package static let unitCount = 100
    /// Names of Regions in one line at most.
    private static let namedRegions = 40

    package let total: Totals
    /// All accounts, and those of them that the parameters fit.
    package let accountsTotal: Int
    package let accountsMatched: Int
    package let accounts: [Totals]
    /// Those that accounts are in directly, the nearest to a limit first; empty where accounts are not found by units.
    package let unitsTotal: Int
    package let units: [Totals]
    package let nearest: [Nearest]
    package let failingTotal: Int
    package let failing: [Failing]

    /// - Parameters:
    ///   - snapshot: What may be shown now.
    ///   - units: Of accounts, by label, as far as known.
    ///   - polls: Of each Region that is polled.
    ///   - now: Unix seconds.
    ///   - staleAfterSeconds: From which age of the newest settled minute on a Region is not current.
    package init(
        _ snapshot: Snapshot, _ query: FleetQuery, units: [String: FleetUnit] = [:],
        polls: [RegionKey: SelfMetrics.Poll],
        alerts: [TrackedAlert],
        rules: AlertRules, now: Double, staleAfterSeconds: Int
    ) {
        let published = Dictionary(snapshot.regions.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        var all = FleetTotals()
        var accounts: [String: FleetTotals] = [:]
        var inUnits: [FleetUnit: (accounts: Set<String>, totals: FleetTotals)] = [:]
        for key in Set(polls.keys).union(published.keys).sorted() {
            let region = published[key]
            let isUp = polls[key]?.isUp ?? false
            let isCurrent =
                region.map { Self.isCurrent($0, isUp: isUp, now: now, staleAfterSeconds) } ?? false
            all.add(key, isUp: isUp, isCurrent: isCurrent, region, rules)
            let unit = units[key.account]
            accounts[key.account, default: FleetTotals(account: key.account, unit: unit)]
                .add(key, isUp: isUp, isCurrent: isCurrent, region, rules)
            guard let unit else { continue }
            inUnits[unit, default: ([], FleetTotals(unit: unit))].accounts.insert(key.account)
            inUnits[unit]?.totals.add(key, isUp: isUp, isCurrent: isCurrent, region, rules)
        }
        for alert in Self.firing(alerts) {
            all.add(alert)
            accounts[alert.account]?.add(alert)
            if let unit = units[alert.account] { inUnits[unit]?.totals.add(alert) }
        }
        let found = query.select(from: Array(accounts.values))
        total = Totals(all, accounts: accounts.count, rules)
        unitsTotal = inUnits.count
        self.units = FleetQuery.ordered(inUnits.values.map(\.totals)).prefix(Self.unitCount).map { totals in
            Totals(totals, accounts: totals.unit.flatMap { inUnits[$0]?.accounts.count } ?? 0, rules)
        }
        accountsTotal = accounts.count
        accountsMatched = found.matched
        self.accounts = found.accounts.map { Totals($0, accounts: 1, rules) }
        nearest = Self.nearest(in: snapshot, rules)
        let failures = polls.sorted { $0.key < $1.key }.compactMap { key, poll in
            poll.isUp ? nil : poll.failure.map { (key, $0, poll.lastSuccess) }
        }
        failingTotal = failures.count
        failing = failures.prefix(Self.failingCount).map { key, failure, last in
            Failing(
                account: key.account, region: key.region, failure: failure,
                lastSuccessfulPoll: Nullable(last.map(JSONDocument.time)))
        }
    }

    /// A Region without traffic has nothing that could be too old.
    private static func isCurrent(
        _ region: RegionSnapshot, isUp: Bool, now: Double, _ staleAfterSeconds: Int
    ) -> Bool {
        guard let settled = region.settledMinute else {
            return isUp && region.pools.isEmpty && region.newestDatapoint == nil
        }
        return now - Double(settled.epochSeconds) <= Double(staleAfterSeconds)
    }

    /// What is counted: no warning beside the critical alert of the same.
    private static func firing(_ alerts: [TrackedAlert]) -> [AlertIdentity] {
        let firing = alerts.filter { $0.phase == .firing }.map(\.identity)
        let known = Set(firing)
        return firing.filter { alert in !(alert.including.map(known.contains) ?? false) }
    }

    private static func nearest(in snapshot: Snapshot, _ rules: AlertRules) -> [Nearest] {
        var query = PoolsQuery()
        query.sort = .ratio
        query.limit = nearestCount
        return query.select(from: snapshot).pools.compactMap { found in
            found.pool.mostUsed().map { Nearest(FleetTotals.Nearest(pool: found.pool, use: $0), rules) }
        }
    }

    fileprivate static func names(_ regions: Set<String>) -> [String] {
        Array(regions.sorted().prefix(namedRegions))
    }
}

extension FleetDocument.Totals {
    fileprivate init(_ totals: FleetTotals, accounts: Int, _ rules: AlertRules) {
        func time(_ minute: Minute?) -> Nullable<String> {
            Nullable(minute.map { JSONDocument.time(Double($0.epochSeconds)) })
        }
        account = Nullable(totals.account.isEmpty ? nil : totals.account)
        unit = Nullable(totals.unit?.id)
        unitName = Nullable(totals.unit?.name)
        self.accounts = accounts
        regions = totals.places
        regionNames = FleetDocument.names(totals.regions)
        regionsUp = totals.regionsUp
        regionsCurrent = totals.currentRegions
        pools = totals.pools
        poolsKnown = totals.knownPools
        poolsNear = totals.nearPools
        unmapped = totals.unmapped
        highest = Nullable(totals.highest.map { FleetDocument.Nearest($0, rules) })
        recentThrottles = Nullable(totals.recentThrottles)
        quotaTokensPerMinute = Nullable(totals.quotaTokens)
        oldestSettledMinute = time(totals.oldestSettled)
        newestSettledMinute = time(totals.newestSettled)
        alertsFiring = FleetDocument.Firing(
            critical: totals.firing[.critical] ?? 0, warning: totals.firing[.warning] ?? 0,
            info: totals.firing[.info] ?? 0)
    }
}

extension FleetDocument.Nearest {
    fileprivate init(_ nearest: FleetTotals.Nearest, _ rules: AlertRules) {
        let (pool, use) = (nearest.pool.pool, nearest.use)
        let thresholds = rules.rules(for: pool)
        account = pool.account
        region = pool.region
        scope = pool.scope.rawValue
        model = pool.model
        quota = use.quota.kind.rawValue
        limit = use.quota.limit
        usage = Nullable(use.usage)
        utilizationRatio = Nullable(use.ratio)
        minute = Nullable(nearest.pool.minute.map { JSONDocument.time(Double($0.epochSeconds)) })
        warning = thresholds.warning
        critical = thresholds.critical
    }
}
