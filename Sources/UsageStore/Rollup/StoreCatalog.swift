import QuotaModel
import SQLite

/// The series and pools of the store with everything that figures need beside minutes: rates, limits, first minutes.
struct StoreCatalog {
    struct Series {
        let id: Int
        let key: SeriesKey
        /// The name of the inference profile, as it was last listed; nil for none.
        let profileName: String?
        let firstCovered: Minute?
        /// First minute with coverage or a datapoint, at whatever resolution.
        let firstKnown: Minute?
        /// CloudWatch's newest list of the Region holds it.
        let isListed: Bool
        /// CloudWatch listed a metric of cache reads, so that they are asked for: only then none is zero.
        let isAskedForCacheReads: Bool
        /// Nil: not mapped.
        let pool: Pool.ID?

        let source: UsageSource

        /// Whether another series counts this one's traffic, too.
        var isPart: Bool { source.part != .whole }
    }

    struct Pool {
        typealias ID = Int

        let id: ID
        let pool: QuotaPool
        var rate: Double
        var limits: [QuotaKind: LimitHistory] = [:]
        var members: [Series] = []
        /// What other pools have of the members' traffic: it is taken out of this one.
        var parts: [Series] = []

        /// The limit that a figure of single minutes is set against.
        func limits(_ figure: QuotaKind.Figure) -> LimitHistory? {
            pool.scope.quotaKinds.first { $0.figure == figure }.flatMap { limits[$0] }
        }
    }

    /// By account, Region and model ID.
    private(set) var series: [Series] = []
    private(set) var pools: [Pool.ID: Pool] = [:]
    private var poolIDs: [QuotaPool: Pool.ID] = [:]
    private var wholePools: [Int: Pool.ID] = [:]
    /// Minutes before are gone for ever, and the rollups of their hours are not made anew.
    private(set) var frozenBefore = Minute(index: 0)

    /// Reads all of it, or of one Region: a few dozen rows for each of many Regions. Call inside a transaction.
    init(_ database: Database, of place: RegionKey? = nil) throws(StoreError) {
        try readPools(database, place)
        try readRates(database, place)
        try readLimits(database, place)
        try readSeries(database, place)
        findParts()
        // A cut by an earlier version may lie inside an hour: what is left of that hour still counts.
        let cut = try database.first("SELECT max(retained_from) FROM series") { $0.minute(0) }
        frozenBefore = (cut ?? Minute(index: 0)).startOfHour
    }

    func id(of pool: QuotaPool) -> Pool.ID? { poolIDs[pool] }

    /// The mapped parts of a series.
    func parts(of series: Series) -> [Series] {
        (series.pool.flatMap { pools[$0] }?.parts ?? []).filter { Self.whole(of: $0) == series.key }
    }

    /// The series that counts a part's traffic as well.
    private static func whole(of part: Series) -> SeriesKey {
        SeriesKey(
            account: part.key.account, region: part.key.region, modelID: SeriesName(part.key.modelID).whole)
    }

    /// The pool that a part is taken out of.
    func poolOfWhole(of part: Series) -> Pool.ID? { wholePools[part.id] }

    private mutating func findParts() {
        let parts = series.filter { $0.pool != nil && $0.isPart }
        guard !parts.isEmpty else { return }
        let owners = Dictionary(uniqueKeysWithValues: series.map { ($0.key, $0.pool) })
        for part in parts {
            guard let pool = owners[Self.whole(of: part)] ?? nil, pool != part.pool else { continue }
            pools[pool]?.parts.append(part)
            wholePools[part.id] = pool
        }
    }

    /// Whether a minute of the pool is more than one model ID's: then what one of them brings may change what the others
    /// have brought means.
    func addsUp(_ pool: Pool.ID) -> Bool {
        guard let pool = pools[pool] else { return false }
        return pool.members.count > 1 || !pool.parts.isEmpty
    }

    /// All that rollups may belong to.
    var owners: Set<RollupOwner> {
        Set(pools.keys.map(RollupOwner.pool)).union(series.map { .series($0.id) })
    }

    /// The series of a rollup's owner.
    func members(of owner: RollupOwner) -> [Series] {
        switch owner {
        case .pool(let id): pools[id]?.members ?? []
        case .series(let id): series.filter { $0.id == id && $0.pool == nil }
        }
    }

    /// A condition on a table's columns, with the parameters ?8 and ?9.
    private static func condition(_ place: RegionKey?, _ table: String) -> String {
        place == nil ? "" : "WHERE \(table).account = ?8 AND \(table).region = ?9"
    }

    /// Parameters up to ?9, the last two those of the condition.
    private static func values(_ place: RegionKey?, _ first: [SQLValue] = []) -> [SQLValue] {
        guard let place else { return first }
        let unused = [SQLValue](repeating: .null, count: 7 - first.count)
        return first + unused + [.text(place.account), .text(place.region)]
    }

    private mutating func readPools(_ database: Database, _ place: RegionKey?) throws(StoreError) {
        let condition = Self.condition(place, "p")
        try database.query(
            "SELECT p.id, p.account, p.region, p.scope, p.model FROM pools AS p \(condition)",
            Self.values(place)
        ) { row in
            // A scope of a newer version would come with a newer schema; such a pool has no figures here.
            guard let scope = InferenceScope(rawValue: row.text(3)) else { return }
            let pool = QuotaPool(
                account: row.text(1), region: row.text(2), scope: scope, model: row.text(4))
            pools[row.integer(0)] = Pool(id: row.integer(0), pool: pool, rate: .nan)
            poolIDs[pool] = row.integer(0)
        }
    }

    private mutating func readRates(_ database: Database, _ place: RegionKey?) throws(StoreError) {
        try database.query(
            """
            SELECT p.id, r.rate, max(r.seen_from) FROM burndown_rates AS r JOIN pools AS p
            ON (p.account, p.region, p.scope, p.model) = (r.account, r.region, r.scope, r.model) \(Self.condition(place, "p"))
            GROUP BY p.id
            """, Self.values(place)
        ) { row in pools[row.integer(0)]?.rate = row.double(1) }
        for index in pools.values.indices where pools.values[index].rate.isNaN {
            let pool = pools.values[index].pool
            pools.values[index].rate = BurndownTable().rate(ofModel: pool.model, scope: pool.scope).value
        }
    }

    private mutating func readLimits(_ database: Database, _ place: RegionKey?) throws(StoreError) {
        try database.query(
            """
            SELECT p.id, q.quota, q.seen_from, q.value FROM quota_values AS q JOIN pools AS p
            ON (p.account, p.region, p.scope, p.model) = (q.account, q.region, q.scope, q.model)
            \(Self.condition(place, "p")) ORDER BY p.id, q.quota, q.seen_from
            """, Self.values(place)
        ) { row in
            guard let kind = QuotaKind(rawValue: row.text(1)) else { return }
            pools[row.integer(0)]?.limits[kind, default: LimitHistory()]
                .append(seenFrom: row.integer(2), limit: row.optionalDouble(3))
        }
    }

    private mutating func readSeries(_ database: Database, _ place: RegionKey?) throws(StoreError) {
        try database.query(
            """
            SELECT s.id, s.account, s.region, s.model_id, s.first_covered, s.first_known, p.id,
                s.last_seen = max(s.last_seen) OVER (PARTITION BY s.account, s.region),
                EXISTS (SELECT 1 FROM discovered_metrics AS m
                    WHERE m.series_id = s.id AND m.cloudwatch_name IN (?1, ?2)),
                s.profile_name
            FROM series AS s LEFT JOIN pools AS p
            ON (p.account, p.region, p.scope, p.model) = (s.account, s.region, s.scope, s.model)
            \(Self.condition(place, "s")) ORDER BY s.account, s.region, s.model_id
            """, Self.values(place, UsageMetric.cacheReadInputTokens.cloudWatchNames.map { .text($0) })
        ) { row in
            let poolID = row.optionalInteger(6).flatMap { pools[$0]?.id }
            let one = Series(
                id: row.integer(0),
                key: SeriesKey(account: row.text(1), region: row.text(2), modelID: row.text(3)),
                profileName: row.isNull(9) ? nil : row.text(9),
                firstCovered: row.isNull(4) ? nil : row.minute(4),
                firstKnown: row.isNull(5) ? nil : row.minute(5), isListed: row.integer(7) == 1,
                isAskedForCacheReads: row.integer(8) == 1, pool: poolID,
                source: SeriesName(row.text(3)).source)
            series.append(one)
            if let poolID { pools[poolID]?.members.append(one) }
        }
    }
}

/// Whose minutes are rolled up together: a pool's, or those of a series without a pool.
enum RollupOwner: Hashable {
    case pool(Int)
    case series(Int)

    /// As the column `owner` holds it.
    var number: Int {
        switch self {
        case .pool(let id): id
        case .series(let id): -id
        }
    }

    /// Where it is; nil when the store does not hold it any more.
    func place(in database: Database) throws(StoreError) -> RegionKey? {
        let (table, id) =
            switch self {
            case .pool(let id): ("pools", id)
            case .series(let id): ("series", id)
            }
        return try database.first("SELECT account, region FROM \(table) WHERE id = ?1", [.integer(id)]) {
            RegionKey(account: $0.text(0), region: $0.text(1))
        }
    }

    init(number: Int) {
        self = number >= 0 ? .pool(number) : .series(-number)
    }

    init(of series: StoreCatalog.Series) {
        self = series.pool.map(RollupOwner.pool) ?? .series(series.id)
    }
}

extension Minute {
    var startOfHour: Minute { Minute(index: index - ((index % 60) + 60) % 60) }
    /// The first full hour from here on.
    var endOfHour: Minute { advanced(by: 59).startOfHour }
}

/// What one limit of one pool was at any minute.
struct LimitHistory: Equatable {
    /// From each minute on; nil: no such quota.
    private var changes: [(from: Minute, limit: Double?)] = []
    /// What is taken for the time before the first sighting.
    private var earliest: Double?

    init() {}

    /// A change that was seen at this second holds from the first minute that begins then or later. Call in order.
    mutating func append(seenFrom: Int, limit: Double?) {
        changes.append((Minute(containingEpochSeconds: seenFrom.advanced(by: 59)), limit))
        earliest = earliest ?? limit
    }

    /// The first minute at which the two differ, or nil when they never do. Before the first change of both, a
    /// difference there means all of the time before.
    func firstDifference(from other: LimitHistory) -> Minute? {
        let starts = [StoreLimits.times.lowerBound] + (changes + other.changes).map(\.from).sorted()
        return starts.first { limit(at: $0) != other.limit(at: $0) }
    }

    func limit(at minute: Minute) -> Double? {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].from <= minute { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? earliest : changes[low - 1].limit
    }

    /// True when one limit holds for all of the range, so that it need be looked up only once.
    func isConstant(in range: Range<Minute>) -> Bool {
        !changes.contains { range.lowerBound < $0.from && $0.from < range.upperBound }
    }

    static func == (a: Self, b: Self) -> Bool {
        a.earliest == b.earliest
            && a.changes.elementsEqual(b.changes) { $0.from == $1.from && $0.limit == $1.limit }
    }
}
