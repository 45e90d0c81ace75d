import QuotaModel

@testable import UsageStore

/// The store's history in plain dictionaries, minute by minute: what every figure of a query must be.
///
/// Written from the definitions at `UsageRow`, without a look at how the store carries them out.
struct HistoryOracle {
    /// One quota of a minute, over some minutes.
    struct Use: Equatable {
        var values: [Peak] = []
        var ratios: [Peak] = []

        mutating func add(_ other: Use) {
            values += other.values
            ratios += other.ratios
        }
    }

    /// An hour whose minutes were deleted.
    struct DeletedHour {
        var sums: [UsageMetric: Double] = [:]
        var minutes: [UsageMinute] = []
        /// Of the same minutes, as they were weighed last.
        var burned: [BurnedTokens] = []
        var covered = 0
        /// Single minutes.
        var known = 0
        var lastKnown = Minute(index: 0)
        var tokens = Use()
        var requests = Use()
    }

    var pools: [SeriesKey: ScopedModel] = [:] { didSet { findParts() } }
    var series: Set<SeriesKey> = [] { didSet { findParts() } }
    /// What other pools have of a pool's traffic, with the series that counts it as well.
    private var parts: [QuotaPool: [(part: SeriesKey, whole: SeriesKey)]] = [:]
    var names: [SeriesKey: String] = [:]
    var rows: [SeriesKey: [Minute: UsageMinute]] = [:]
    var covered: [SeriesKey: Set<Minute>] = [:]
    var periods: [Int: [SeriesKey: [Minute: UsageMinute]]] = [5: [:], 60: [:]]
    /// First minutes of the periods.
    var coveredPeriods: [Int: [SeriesKey: Set<Minute>]] = [5: [:], 60: [:]]
    var rates: [QuotaPool: Double] = [:]
    var limits: [QuotaPool: [QuotaKind: [(seenFrom: Int, limit: Double?)]]] = [:]
    var deleted: [SeriesKey: [Minute: DeletedHour]] = [:]
    var deletedPools: [QuotaPool: [Minute: DeletedHour]] = [:]
    var retainedFrom = Minute(index: 0)
    var firstCovered: [SeriesKey: Minute] = [:]
    var firstKnown: [SeriesKey: Minute] = [:]

    // MARK: Events

    mutating func record(_ poll: PollRecord) {
        for one in poll.series {
            let key = SeriesKey(account: poll.account, region: poll.region, modelID: one.modelID)
            series.insert(key)
            for item in one.minutes where item.minute >= retainedFrom && !item.usage.isEmpty {
                let old = rows[key]?[item.minute] ?? UsageMinute()
                rows[key, default: [:]][item.minute] = old.overwritten(by: item.usage)
                note(known: item.minute, key)
            }
            for minute in one.covered.flatMap({ Array($0) }) where minute >= retainedFrom {
                covered[key, default: []].insert(minute)
                note(covered: minute, key)
            }
            prune(key)
        }
    }

    mutating func record(_ record: PeriodRecord) {
        let length = record.resolution.minutes
        for one in record.series {
            let key = SeriesKey(account: record.account, region: record.region, modelID: one.modelID)
            series.insert(key)
            for item in one.periods where !item.usage.isEmpty && !isFiner(item.minute, length, key) {
                let old = periods[length]?[key]?[item.minute] ?? UsageMinute()
                periods[length]?[key, default: [:]][item.minute] = old.overwritten(by: item.usage)
                note(known: item.minute, key)
            }
            for range in one.covered {
                for minute in range
                where minute.index % length == 0 && minute.advanced(by: length) <= range.upperBound {
                    coveredPeriods[length]?[key, default: []].insert(minute)
                    note(covered: minute, key)
                }
            }
            prune(key)
        }
    }

    private mutating func note(known minute: Minute, _ key: SeriesKey) {
        firstKnown[key] = min(firstKnown[key] ?? minute, minute)
    }

    private mutating func note(covered minute: Minute, _ key: SeriesKey) {
        firstCovered[key] = min(firstCovered[key] ?? minute, minute)
        note(known: minute, key)
    }

    /// Whether any minute of a period is known at a finer resolution.
    private func isFiner(_ start: Minute, _ length: Int, _ key: SeriesKey) -> Bool {
        if deleted[key]?[hour(start)] != nil { return true }
        for minute in start..<start.advanced(by: length) {
            if isKnown(minute, key) { return true }
            guard length == 60, minute.index % 5 == 0 else { continue }
            if coveredPeriods[5]?[key]?.contains(minute) == true || periods[5]?[key]?[minute] != nil {
                return true
            }
        }
        return false
    }

    /// Periods that have become known more finely are never needed again.
    private mutating func prune(_ key: SeriesKey) {
        for length in [5, 60] {
            for start in periods[length]?[key]?.keys.map({ $0 }) ?? [] {
                // Those beside deleted minutes were looked at when the minutes were still there.
                if deleted[key]?[hour(start)] == nil, isFiner(start, length, key) {
                    periods[length]?[key]?[start] = nil
                }
            }
        }
    }

    mutating func recordQuotas(account: String, region: String, _ quotas: [PoolQuota], at time: Int) {
        var wanted: [QuotaPool: [QuotaKind: Double]] = [:]
        for item in quotas {
            let pool = QuotaPool(account: account, region: region, scope: item.scope, model: item.model)
            wanted[pool, default: [:]][item.quota.kind] = item.quota.limit
        }
        for pool in Set(limits.keys).union(wanted.keys) where pool.account == account && pool.region == region
        {
            for kind in QuotaKind.allCases {
                var changes = limits[pool]?[kind] ?? []
                let new = wanted[pool]?[kind]
                guard (changes.last?.limit ?? nil) != new else { continue }
                let seenFrom = max(time, changes.last?.seenFrom ?? time)
                changes.removeAll { $0.seenFrom == seenFrom }
                limits[pool, default: [:]][kind] = changes + [(seenFrom, new)]
            }
        }
    }

    mutating func delete(before cut: Minute) {
        guard let newest = rows.values.flatMap(\.keys).max() else { return }
        let cut = hour(min(cut, newest))
        guard cut > retainedFrom else { return }
        for key in series {
            let old = (rows[key] ?? [:]).keys.filter { $0 < cut } + (covered[key] ?? []).filter { $0 < cut }
            for hour in Set(old.map(hour)) { deleted[key, default: [:]][hour] = summary([key], hour) }
        }
        for pool in Set(series.compactMap(pool)) {
            let members = series.filter { self.pool($0) == pool }.sorted()
            for hour in Set(members.flatMap { deleted[$0].map { Array($0.keys) } ?? [] })
            where hour >= retainedFrom && hour < cut {
                deletedPools[pool, default: [:]][hour] = summary(members, hour)
            }
        }
        for key in series {
            rows[key] = rows[key]?.filter { $0.key >= cut }
            covered[key] = covered[key]?.filter { $0 >= cut }
        }
        retainedFrom = cut
    }

    private func summary(_ keys: [SeriesKey], _ hour: Minute) -> DeletedHour {
        var summary = DeletedHour()
        let range = hour..<hour.advanced(by: 60)
        let pool = keys.first.flatMap(pool)
        let sources = UseSources(self, keys, pool)
        for minute in range {
            for key in keys where isKnown(minute, key) {
                if let usage = rows[key]?[minute] {
                    summary.minutes.append(usage)
                    summary.burned.append(burned(usage, in: self.pool(key)))
                }
                if covered[key]?.contains(minute) == true { summary.covered += 1 }
                summary.known += 1
                summary.lastKnown = minute
            }
            sources.add(minute, to: &summary.tokens, &summary.requests)
        }
        for key in keys {
            for period in knownPeriods(key, in: range) {
                summary.covered += period.covered
                summary.lastKnown = max(summary.lastKnown, period.range.upperBound.advanced(by: -1))
            }
        }
        return summary
    }

    // MARK: Facts

    func hour(_ minute: Minute) -> Minute { Minute(index: minute.index / 60 * 60) }

    func isKnown(_ minute: Minute, _ key: SeriesKey) -> Bool {
        covered[key]?.contains(minute) == true || rows[key]?[minute] != nil
    }

    func pool(_ key: SeriesKey) -> QuotaPool? {
        pools[key].map {
            QuotaPool(account: key.account, region: key.region, scope: $0.scope, model: $0.model)
        }
    }

    func rate(_ pool: QuotaPool?) -> Double {
        guard let pool else { return 1 }
        return rates[pool] ?? BurndownTable().rate(ofModel: pool.model, scope: pool.scope).value
    }

    func limit(_ pool: QuotaPool, _ kind: QuotaKind, _ minute: Minute) -> Double? {
        Self.limit(limits[pool]?[kind] ?? [], minute)
    }

    static func limit(_ changes: [(seenFrom: Int, limit: Double?)], _ minute: Minute) -> Double? {
        if let last = changes.last(where: { $0.seenFrom <= minute.epochSeconds }) { return last.limit }
        return changes.first { $0.limit != nil }?.limit
    }

    struct KnownPeriod {
        var range: Range<Minute>
        var usage: UsageMinute?
        var covered: Int
    }

    /// The longer periods that lie whole in the range and are known.
    func knownPeriods(_ key: SeriesKey, in range: Range<Minute>) -> [KnownPeriod] {
        var found: [KnownPeriod] = []
        for length in [5, 60] {
            var start = Minute(index: (range.lowerBound.index + length - 1) / length * length)
            while start.advanced(by: length) <= range.upperBound {
                let usage = periods[length]?[key]?[start]
                let isCovered =
                    coveredPeriods[length]?[key]?.contains(start) == true && !isFiner(start, length, key)
                if usage != nil || isCovered {
                    found.append(
                        KnownPeriod(
                            range: start..<start.advanced(by: length), usage: usage,
                            covered: isCovered ? length : 0))
                }
                start = start.advanced(by: length)
            }
        }
        return found
    }

    /// What other pools have of the traffic of these series of a pool.
    func parts(of keys: [SeriesKey], _ pool: QuotaPool?) -> [SeriesKey] {
        (pool.flatMap { parts[$0] } ?? []).filter { keys.contains($0.whole) }.map(\.part)
    }

    private mutating func findParts() {
        parts = [:]
        for part in series.sorted() {
            let whole = SeriesKey(
                account: part.account, region: part.region, modelID: SeriesName(part.modelID).whole)
            guard whole != part, series.contains(whole), let own = pool(part), let pool = pool(whole),
                own != pool
            else { continue }
            parts[pool, default: []].append((part, whole))
        }
    }

    func hasParts(_ pool: QuotaPool?) -> Bool { !(pool.flatMap { parts[$0] } ?? []).isEmpty }

    /// AWS's estimate counts only in pools that no part is taken out of.
    func burned(_ usage: UsageMinute, in pool: QuotaPool?) -> BurnedTokens {
        hasParts(pool) ? BurnedTokens(ofPeriod: usage) : BurnedTokens(ofMinute: usage)
    }

    static func periodTokens(_ usage: UsageMinute, rate: Double) -> Double {
        var usage = usage
        usage.estimatedQuotaTokens = nil
        return QuotaTokens(of: usage, rate: rate)?.value ?? 0
    }
}

/// What the use of a cell is made of, looked up once for many minutes.
struct UseSources {
    private let pool: QuotaPool?
    private let rate: Double
    /// Of each series of the cell.
    private let rows: [[Minute: UsageMinute]]
    private let covered: [Set<Minute>]
    /// Of the series that other pools have of their traffic.
    private let parts: [[Minute: UsageMinute]]
    private let hasParts: Bool
    private let limits: [QuotaKind: [(seenFrom: Int, limit: Double?)]]

    init(_ oracle: HistoryOracle, _ keys: [SeriesKey], _ pool: QuotaPool?) {
        self.pool = pool
        rate = oracle.rate(pool)
        rows = keys.map { oracle.rows[$0] ?? [:] }
        covered = keys.map { oracle.covered[$0] ?? [] }
        parts = oracle.parts(of: keys, pool).map { oracle.rows[$0] ?? [:] }
        hasParts = oracle.hasParts(pool)
        limits = pool.flatMap { oracle.limits[$0] } ?? [:]
    }

    private func asked(_ usage: UsageMinute) -> Double {
        (pool?.scope.isWeighed ?? true ? usage.invocations : usage.outputTokens) ?? 0
    }

    /// One minute of the cell against the limits of a minute.
    func add(_ minute: Minute, to tokens: inout HistoryOracle.Use, _ requests: inout HistoryOracle.Use) {
        let found = rows.compactMap { $0[minute] }
        guard !found.isEmpty || covered.contains(where: { $0.contains(minute) }) else { return }
        let parts = parts.compactMap { $0[minute] }
        let used = max(
            0,
            found.reduce(0) {
                $0
                    + (hasParts ? BurnedTokens(ofPeriod: $1) : BurnedTokens(ofMinute: $1)).quotaTokens(
                        rate: rate)
            } - parts.reduce(0) { $0 + HistoryOracle.periodTokens($1, rate: rate) })
        let counted = max(0, found.reduce(0) { $0 + asked($1) } - parts.reduce(0) { $0 + asked($1) })
        requests.values.append(Peak(value: counted, minute: minute))
        guard let pool else { return }
        tokens.values.append(Peak(value: used, minute: minute))
        let kinds: (QuotaKind, QuotaKind) =
            pool.scope.isWeighed
            ? (.tokensPerMinute, .requestsPerMinute) : (.inputTokensPerMinute, .outputTokensPerMinute)
        if let limit = HistoryOracle.limit(limits[kinds.0] ?? [], minute), limit > 0 {
            tokens.ratios.append(Peak(value: used / limit, minute: minute))
        }
        if let limit = HistoryOracle.limit(limits[kinds.1] ?? [], minute), limit > 0 {
            requests.ratios.append(Peak(value: counted / limit, minute: minute))
        }
    }
}
