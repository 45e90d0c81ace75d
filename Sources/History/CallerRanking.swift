import QuotaModel
import UsageStore

/// The callers of each pool by their use, of which the largest are shown one by one and the others added up.
struct CallerRanking {
    private let top: Int
    /// Where the caller stands in a group's values.
    private let index: Int
    private var used: [[String]: [String: Double]] = [:]

    init(_ query: UsageQuery, top: Int) {
        self.top = top
        index = query.groupBy.firstIndex(of: .caller) ?? 0
    }

    /// Counts a row's use.
    mutating func take(_ row: UsageRow) {
        let (pool, caller) = place(row)
        guard !CallerRow.last.contains(caller), caller != CallerRow.other else { return }
        used[pool, default: [:]][caller, default: 0] += row.usedTokens ?? 0
    }

    /// One step's rows: of each pool the largest callers of all time that was counted, the largest first, then the others as
    /// one, then what is no caller's.
    func rows(_ step: [UsageRow]) -> [UsageRow] {
        var pools: [[String]: [String: UsageRow]] = [:]
        for row in step {
            let (pool, caller) = place(row)
            pools[pool, default: [:]][caller] = row
        }
        var ranked: [UsageRow] = []
        for (pool, rows) in pools.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let largest = order(pool).prefix(top)
            ranked += largest.compactMap { rows[$0] }
            let rest = rows.filter { !largest.contains($0.key) && !CallerRow.last.contains($0.key) }
            // In one order, so that the same question has the same answer to the last digit.
            if let other = sum(rest.sorted { $0.key < $1.key }.map(\.value)) { ranked.append(other) }
            ranked += CallerRow.last.compactMap { rows[$0] }
        }
        return ranked
    }

    private func place(_ row: UsageRow) -> (pool: [String], caller: String) {
        var pool = row.group
        let caller = pool.remove(at: index)
        return (pool, caller)
    }

    private func order(_ pool: [String]) -> [String] {
        (used[pool] ?? [:]).sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map(\.key)
    }

    /// One row of several; nil of none. Peaks and ratios of different callers do not add up.
    private func sum(_ rows: [UsageRow]) -> UsageRow? {
        guard var sum = rows.first else { return nil }
        for row in rows.dropFirst() {
            for (metric, value) in row.sums { sum.sums[metric, default: 0] += value }
            if let tokens = row.quotaTokens { sum.quotaTokens = (sum.quotaTokens ?? 0) + tokens }
        }
        let shares = rows.compactMap { $0.caller?.share }
        if !shares.isEmpty { sum.caller?.share = shares.reduce(0, +) }
        guard rows.count > 1 || sum.group[index] != CallerRow.other else { return sum }
        sum.group[index] = CallerRow.other
        sum.quotas = [:]
        sum.cacheReadShare = nil
        sum.cacheSavedQuotaTokens = nil
        return sum
    }

    /// Calls `body` with each row of a query, those beyond the largest callers put together. Holds one step in memory.
    static func rows(
        of query: UsageQuery, top: Int, _ source: any HistorySource, _ body: (UsageRow) async throws -> Void
    ) async throws {
        var ranking = CallerRanking(query, top: top)
        if query.stepMinutes != nil {
            var whole = query
            whole.stepMinutes = nil
            try await source.rows(whole) { ranking.take($0) }
        }
        var step: [UsageRow] = []
        try await source.rows(query) { row in
            if let first = step.first, first.step != row.step {
                for row in ranking.rows(step) { try await body(row) }
                step = []
            }
            step.append(row)
            if query.stepMinutes == nil { ranking.take(row) }
        }
        for row in ranking.rows(step) { try await body(row) }
    }
}
