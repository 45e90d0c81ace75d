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

    /// The weights of now by series; a series without a pool or a rate has none.
    func weights(account: String, region: String) throws(StoreError) -> [Int: Weight] {
        let rates = try RateHistory(database, account: account, region: region).rates()
        var weights: [Int: Weight] = [:]
        try database.query(
            "SELECT id, scope, model FROM series WHERE account = ?1 AND region = ?2 AND scope IS NOT NULL",
            [.text(account), .text(region)]
        ) { row in
            guard let scope = InferenceScope(rawValue: row.text(1)) else { return }
            let pool = ScopedModel(scope: scope, model: row.text(2))
            if let rate = rates[pool] { weights[row.integer(0)] = Weight(pool: pool, rate: rate.value) }
        }
        return weights
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
