import Polling
import QuotaModel
import System

/// Which pools `GET /api/v1/pools` is asked for, in which order, and which of them to give.
package struct PoolsQuery: Equatable, Sendable {
    package enum Sort: String, CaseIterable, Sendable {
        case ratio
        case peak5m = "peak_5m"
        case peak1h = "peak_1h"
        case peak24h = "peak_24h"
        case usage, throttles, account, region, scope, model
    }

    package enum Order: String, CaseIterable, Sendable {
        case ascending = "asc"
        case descending = "desc"
    }

    /// Pools in one answer at most, where a limit is named.
    package static let maximumLimit = 1000
    static let repeated = ["account", "region", "scope", "model"]
    static let once = ["search", "quota", "sort", "order", "limit", "offset"]

    /// Of these any; empty for all.
    package var accounts: Set<String> = []
    package var regions: Set<String> = []
    package var scopes: Set<InferenceScope> = []
    package var models: Set<String> = []
    package var search: SearchWords?
    /// Pools with such a quota, whose figures order them; tokens per minute where input and output count apart as well.
    package var quota: QuotaKind?
    /// Nil for the order of account, Region and pool as it is stored.
    package var sort: Sort?
    package var order: Order?
    package var limit: Int?
    package var offset = 0

    package init() {}

    /// - Throws: The parameter that is not allowed, with what is.
    package static func read(_ query: [(name: String, value: String)]) throws(InvalidValue) -> PoolsQuery {
        let parameters = try QueryParameters(query, once: once, repeated: repeated)
        var read = PoolsQuery()
        read.accounts = parameters.values("account")
        read.regions = parameters.values("region")
        read.scopes = try parameters.choices("scope", of: InferenceScope.allCases)
        read.models = parameters.values("model")
        if let text = parameters["search"] { read.search = try SearchWords(text) }
        read.quota = try parameters.choice("quota", of: QuotaKind.ofPools)
        read.sort = try parameters.choice("sort", of: Sort.allCases)
        read.order = try parameters.choice("order", of: Order.allCases)
        if read.order != nil, read.sort == nil {
            throw InvalidValue("order goes with sort, which is missing")
        }
        read.limit = try parameters.integer("limit", in: 1...maximumLimit)
        read.offset = try parameters.integer("offset", in: 0...Int(Int32.max)) ?? 0
        return read
    }

    func fits(_ key: RegionKey) -> Bool {
        (accounts.isEmpty || accounts.contains(key.account))
            && (regions.isEmpty || regions.contains(key.region))
    }

    // MARK: Selection

    /// A pool with the Region that it is shown of.
    package struct Found {
        package let region: RegionSnapshot
        package let pool: PoolSnapshot
    }

    /// What a query finds.
    package struct Selection {
        /// Pools that fit, before limit and offset.
        package let matched: Int
        package let pools: [Found]
    }

    /// The pools that fit, ordered and cut; equal ones keep the snapshot's order. What has no figure comes last, in
    /// either order, and a limit of 0, which permits nothing, after it.
    package func select(from snapshot: Snapshot) -> Selection {
        var found: [Found] = []
        for region in snapshot.regions where fits(region.key) {
            for pool in region.pools where fits(pool, of: region) {
                found.append(Found(region: region, pool: pool))
            }
        }
        if let sort { found = Self.sorted(found, by: sort, isDescending: isDescending(sort), quota) }
        let rest = found.dropFirst(offset)
        return Selection(matched: found.count, pools: Array(limit.map { rest.prefix($0) } ?? rest))
    }

    private func isDescending(_ sort: Sort) -> Bool {
        switch sort {
        case .ratio, .peak5m, .peak1h, .peak24h, .usage, .throttles: order != .ascending
        case .account, .region, .scope, .model: order == .descending
        }
    }

    private func fits(_ pool: PoolSnapshot, of region: RegionSnapshot) -> Bool {
        (scopes.isEmpty || scopes.contains(pool.pool.scope))
            && (models.isEmpty || models.contains(pool.pool.model))
            && (quota == nil || !pool.uses(of: quota).isEmpty)
            && (search?.fit(pool.words(of: region)) ?? true)
    }

    private static func sorted(
        _ found: [Found], by sort: Sort, isDescending: Bool, _ quota: QuotaKind?
    ) -> [Found] {
        let pools = found.map(\.pool)
        let places: [Int]
        switch sort {
        case .ratio: places = order(pools.map { figures($0, quota, \.ratio) }, isDescending)
        case .peak5m: places = order(pools.map { figures($0, quota) { $0.peak(.fiveMinutes) } }, isDescending)
        case .peak1h: places = order(pools.map { figures($0, quota) { $0.peak(.hour) } }, isDescending)
        case .peak24h: places = order(pools.map { figures($0, quota) { $0.peak(.day) } }, isDescending)
        case .usage: places = order(pools.map { [$0.mostUsed(quota)?.usage] }, isDescending)
        case .throttles: places = order(pools.map { [$0.recentThrottles] }, isDescending)
        case .account: places = order(texts: pools.map(\.pool.account), isDescending)
        case .region: places = order(texts: pools.map(\.pool.region), isDescending)
        case .scope: places = order(texts: pools.map(\.pool.scope.rawValue), isDescending)
        case .model: places = order(texts: pools.map(\.pool.model), isDescending)
        }
        return places.map { found[$0] }
    }

    /// What orders a pool by a figure of its quotas, then by the peak of its day.
    private static func figures(
        _ pool: PoolSnapshot, _ quota: QuotaKind?, _ figure: (QuotaUse) -> Double?
    ) -> [Double?] {
        let uses = pool.uses(of: quota)
        let highest = uses.compactMap(figure).max()
        // Behind all that is unknown: nothing is permitted, so that nothing can be used up.
        let isOff = highest == nil && !uses.isEmpty && uses.allSatisfy { $0.quota.limit == 0 }
        return [highest, isOff ? nil : 0, uses.compactMap { $0.peak(.day) }.max()]
    }

    private static func order(_ keys: [[Double?]], _ isDescending: Bool) -> [Int] {
        keys.indices.sorted { a, b in
            for (left, right) in zip(keys[a], keys[b]) where left != right {
                guard let left else { return false }
                guard let right else { return true }
                return isDescending ? left > right : left < right
            }
            return a < b
        }
    }

    private static func order(texts: [String], _ isDescending: Bool) -> [Int] {
        texts.indices.sorted { a, b in
            guard texts[a] != texts[b] else { return a < b }
            return isDescending ? texts[a] > texts[b] : texts[a] < texts[b]
        }
    }
}

extension QuotaUse {
    /// Of single minutes in the window; what it is now, where no peak is kept.
    fileprivate func peak(_ window: PeakWindow) -> Double? { peaks[window] ?? ratio }
}

extension PoolSnapshot {
    /// The quotas of a kind, all without one. Where input and output count apart, both are tokens per minute.
    fileprivate func uses(of kind: QuotaKind?) -> [QuotaUse] {
        guard let kind else { return quotas }
        return quotas.filter { use in
            switch (use.quota.kind, kind) {
            case (.inputTokensPerMinute, .tokensPerMinute), (.outputTokensPerMinute, .tokensPerMinute): true
            case (let own, _): own == kind
            }
        }
    }

    /// The quota that is nearest to its limit, of a kind or of all; nil where none has a figure.
    package func mostUsed(_ kind: QuotaKind? = nil) -> QuotaUse? {
        uses(of: kind).reduce(nil) { best, use in
            guard let ratio = use.ratio else { return best }
            return ratio > (best?.ratio ?? -1) ? use : best
        }
    }

    /// What it is found by: its labels as they are and as people say them, its model IDs, the names of their profiles.
    fileprivate func words(of region: RegionSnapshot) -> [String] {
        let scope = pool.scope.rawValue
        return [
            pool.account, pool.region, scope, scope.replacing("_", with: "-"),
            scope.replacing("_", with: " "),
            pool.model,
        ] + modelIDs + modelIDs.compactMap { region.identities[$0]?.profile?.shownName }
    }
}
