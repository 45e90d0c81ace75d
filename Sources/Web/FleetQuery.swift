import System

/// Which accounts `GET /api/v1/fleet` lists, in which order, and which of them to give.
package struct FleetQuery: Equatable, Sendable {
    package enum Sort: String, CaseIterable, Sendable {
        case ratio, account, pools, near, alerts, throttles
        case quotaTokens = "quota_tokens"
        /// By Regions that are not up to date.
        case freshness
    }

    /// Accounts in one answer, where no limit is named and at most.
    package static let standardLimit = 50
    package static let maximumLimit = 1000
    static let parameters = ["search", "sort", "order", "limit", "offset"]

    package var search: SearchWords?
    package var sort = Sort.ratio
    package var order: PoolsQuery.Order?
    package var limit = standardLimit
    package var offset = 0

    package init() {}

    /// - Throws: The parameter that is not allowed, with what is.
    package static func read(_ query: [(name: String, value: String)]) throws(InvalidValue) -> FleetQuery {
        let parameters = try QueryParameters(query, once: Self.parameters)
        var read = FleetQuery()
        if let text = parameters["search"] { read.search = try SearchWords(text) }
        read.sort = try parameters.choice("sort", of: Sort.allCases) ?? .ratio
        read.order = try parameters.choice("order", of: PoolsQuery.Order.allCases)
        read.limit = try parameters.integer("limit", in: 0...maximumLimit) ?? standardLimit
        read.offset = try parameters.integer("offset", in: 0...Int(Int32.max)) ?? 0
        return read
    }

    /// The accounts that fit, ordered and cut; equal ones by name, and those without a figure last.
    func select(from accounts: [FleetTotals]) -> (matched: Int, accounts: ArraySlice<FleetTotals>) {
        let found = accounts.filter { search?.fit($0.words) ?? true }
            .sorted { $0.account < $1.account }
        let isDescending = order.map { $0 == .descending } ?? (sort != .account)
        let ordered: [FleetTotals]
        if sort == .account {
            ordered = isDescending ? found.reversed() : found
        } else {
            let figures = found.map { figure($0) }
            let places = figures.indices.sorted { a, b in
                guard figures[a] != figures[b] else { return a < b }
                guard let left = figures[a] else { return false }
                guard let right = figures[b] else { return true }
                return isDescending ? left > right : left < right
            }
            ordered = places.map { found[$0] }
        }
        return (found.count, ordered.dropFirst(offset).prefix(limit))
    }

    /// Units, the nearest to a limit first; equal ones by ID, and those without a figure last.
    static func ordered(_ units: some Collection<FleetTotals>) -> [FleetTotals] {
        units.sorted { a, b in
            let (left, right) = (a.highest?.use.ratio ?? -1, b.highest?.use.ratio ?? -1)
            return left == right ? (a.unit?.id ?? "") < (b.unit?.id ?? "") : left > right
        }
    }

    private func figure(_ totals: FleetTotals) -> Double? {
        switch sort {
        case .ratio: totals.highest?.use.ratio
        case .pools: Double(totals.pools)
        case .near: totals.knownPools == 0 ? nil : Double(totals.nearPools)
        case .alerts: Double(totals.firing.values.reduce(0, +))
        case .throttles: totals.recentThrottles
        case .quotaTokens: totals.quotaTokens
        case .freshness: Double(totals.regions.count - totals.currentRegions)
        case .account: nil
        }
    }
}

extension FleetTotals {
    /// What a search finds an account by.
    fileprivate var words: [String] {
        [account] + regions.sorted() + (unit.map { [$0.id] + ($0.name.map { [$0] } ?? []) } ?? [])
    }
}
