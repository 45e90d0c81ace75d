import QuotaModel
import SQLite

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
