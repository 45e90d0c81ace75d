import QuotaModel
import SQLite

/// Table `quota_token_totals`: per series and pool the quota tokens of its counted minutes, and the highest that sum ever was,
/// which is what Prometheus sees.
///
/// A minute is weighed by the rate of the time at which it is recorded, so that another rate changes nothing that was
/// counted. A revision, or AWS's estimate that comes later, may lower the sum; what is exposed then stands still until the
/// sum has caught up. A series that moves to another pool leaves behind what it counted for the first.
struct QuotaTokenTable {
    /// The pool of a series and the rate of its output tokens.
    struct Weight {
        let pool: ScopedModel
        let rate: Double
    }

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// The weights of now by series; a series without a pool or a rate, or whose pool weighs nothing, has none.
    func weights(account: String, region: String) throws(StoreError) -> [Int: Weight] {
        let rates = try RateHistory(database, account: account, region: region).rates()
        var weights: [Int: Weight] = [:]
        try database.query(
            "SELECT id, scope, model FROM series WHERE account = ?1 AND region = ?2 AND scope IS NOT NULL",
            [.text(account), .text(region)]
        ) { row in
            guard let scope = InferenceScope(rawValue: row.text(1)), scope.isWeighed else { return }
            let pool = ScopedModel(scope: scope, model: row.text(2))
            if let rate = rates[pool] { weights[row.integer(0)] = Weight(pool: pool, rate: rate.value) }
        }
        return weights
    }

    /// The weights of now of these series, by their IDs.
    func weights(
        of known: some Collection<SeriesTable.Known>, account: String, region: String
    ) throws(StoreError) -> [Int: Weight] {
        let rates = try RateHistory(database, account: account, region: region).rates()
        var weights: [Int: Weight] = [:]
        for series in known {
            guard let pool = series.pool, pool.scope.isWeighed, let rate = rates[pool] else { continue }
            weights[series.entry.id] = Weight(pool: pool, rate: rate.value)
        }
        return weights
    }

    /// The mapped series that count a part of another one's traffic, each with that other one: what they count is taken
    /// out of its counter.
    static func wholes(of known: [String: SeriesTable.Known]) -> [Int: Int] {
        var wholes: [Int: Int] = [:]
        for (text, series) in known where series.isMapped && !SeriesName.isRuntime(text) {
            let name = SeriesName(text)
            guard name.isPart, let whole = known[name.whole], whole.isMapped else { continue }
            wholes[series.entry.id] = whole.entry.id
        }
        return wholes
    }

    /// Adds a poll's changes, which may be negative, to the sum.
    func add(series id: Int, _ pool: ScopedModel, _ change: Double) throws(StoreError) {
        guard change != 0 else { return }
        try database.run(
            """
            INSERT INTO quota_token_totals VALUES (?1, ?2, ?3, ?4, max(?4, 0))
            ON CONFLICT DO UPDATE SET sum = sum + excluded.sum, exposed = max(exposed, sum + excluded.sum)
            """, key(id, pool) + [.real(change)])
    }

    /// Lowers the sum, never what is exposed: these tokens will be counted again.
    func lower(series id: Int, _ pool: ScopedModel, by tokens: Double) throws(StoreError) {
        guard tokens > 0 else { return }
        try database.run(
            "UPDATE quota_token_totals SET sum = sum - ?4 WHERE series_id = ?1 AND scope = ?2 AND model = ?3",
            key(id, pool) + [.real(tokens)])
    }

    /// Lowers the sum to this where it is higher.
    func lower(series id: Int, _ pool: ScopedModel, to tokens: Double) throws(StoreError) {
        try database.run(
            """
            UPDATE quota_token_totals SET sum = min(sum, ?4) WHERE series_id = ?1 AND scope = ?2 AND model = ?3
            """, key(id, pool) + [.real(tokens)])
    }

    /// Sets a lost sum.
    func restore(series id: Int, _ pool: ScopedModel, _ tokens: Double) throws(StoreError) {
        guard tokens > 0 else { return }
        try database.run(
            "INSERT OR IGNORE INTO quota_token_totals VALUES (?1, ?2, ?3, ?4, ?4)",
            key(id, pool) + [.real(tokens)])
    }

    /// The exposed counters of the account's and Region's pools that ever had use.
    func exposed(account: String, region: String) throws(StoreError) -> [ScopedModel: Double] {
        var totals: [ScopedModel: Double] = [:]
        try database.query(
            """
            SELECT t.scope, t.model, sum(t.exposed) FROM series AS s JOIN quota_token_totals AS t ON t.series_id = s.id
            WHERE s.account = ?1 AND s.region = ?2 GROUP BY t.scope, t.model
            """, [.text(account), .text(region)]
        ) { row in
            guard let scope = InferenceScope(rawValue: row.text(0)) else { return }
            totals[ScopedModel(scope: scope, model: row.text(1))] = row.double(2)
        }
        return totals
    }

    private func key(_ id: Int, _ pool: ScopedModel) -> [SQLValue] {
        [.integer(id), .text(pool.scope.rawValue), .text(pool.model)]
    }
}

/// Table `burndown_rates`: a row when a pool's rate or its source changed.
///
/// Unlike a quota, a rate that is corrected was wrong before as well: quota tokens of all times use the newest.
struct RateHistory {
    private let database: Database
    private let account: String
    private let region: String

    init(_ database: Database, account: String, region: String) {
        self.database = database
        self.account = account
        self.region = region
    }

    /// The newest rate of each pool.
    func rates() throws(StoreError) -> [ScopedModel: BurndownRate] {
        var rates: [ScopedModel: BurndownRate] = [:]
        try database.query(
            """
            SELECT scope, model, rate, source, max(seen_from) FROM burndown_rates
            WHERE account = ?1 AND region = ?2 GROUP BY scope, model
            """, [.text(account), .text(region)]
        ) { (row) throws(StoreError) in
            guard let scope = InferenceScope(rawValue: row.text(0)) else {
                throw unusable("scope", row.text(0))
            }
            guard let source = BurndownSource(rawValue: row.text(3)) else {
                throw unusable("source", row.text(3))
            }
            rates[ScopedModel(scope: scope, model: row.text(1))] = BurndownRate(
                value: row.double(2), source: source)
        }
        return rates
    }

    /// Notes what differs from the newest rows; a pool that is missing keeps its rate. Returns the number of changes.
    func record(_ rates: [(ScopedModel, BurndownRate)], at time: Int) throws(StoreError) -> Int {
        let newest = try self.rates()
        var wanted: [ScopedModel: BurndownRate] = [:]
        for (pool, rate) in rates where rate.value.isFinite && rate.value >= 0 { wanted[pool] = rate }
        let changed = wanted.filter { newest[$0.key] != $0.value }
        for (pool, rate) in changed.sorted(by: { $0.key < $1.key }) { try insert(pool, rate, at: time) }
        return changed.count
    }

    private func insert(_ pool: ScopedModel, _ rate: BurndownRate, at time: Int) throws(StoreError) {
        // A clock that went back must not hide the change behind the newest row.
        try database.run(
            """
            REPLACE INTO burndown_rates SELECT ?1, ?2, ?3, ?4, max(?5, coalesce(max(seen_from), ?5)), ?6, ?7
            FROM burndown_rates WHERE account = ?1 AND region = ?2 AND scope = ?3 AND model = ?4
            """,
            [
                .text(account), .text(region), .text(pool.scope.rawValue), .text(pool.model), .integer(time),
                .real(rate.value), .text(rate.source.rawValue),
            ])
    }

    private func unusable(_ column: String, _ text: String) -> StoreError {
        StoreError(
            cause: .unusableValue, attempt: "read burndown rates", path: database.path,
            reason: "table burndown_rates holds \(column) \"\(text)\", which this program does not know")
    }
}
