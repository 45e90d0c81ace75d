import QuotaModel
import SQLite

/// Table `totals`: per series and counter the exact sum, and the highest it ever was, which is what Prometheus sees.
///
/// CloudWatch may revise a minute downwards; the exposed counter then stands still until the sum has caught up.
struct TotalsTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Adds a poll's changes, which may be negative, to the sums.
    func add(series id: Int, _ change: UsageTotals) throws(StoreError) {
        for metric in UsageTotals.metrics {
            guard let count = change[metric], count != 0 else { continue }
            // Column names in an upsert's SET are the row before it (https://www.sqlite.org/lang_upsert.html).
            try database.run(
                """
                INSERT INTO totals VALUES (?1, ?2, ?3, max(?3, 0))
                ON CONFLICT DO UPDATE SET sum = sum + excluded.sum, exposed = max(exposed, sum + excluded.sum)
                """, [.integer(id), .text(metric.rawValue), .integer(count)])
        }
    }

    /// The exposed counters of every series of the account and Region; 0 where nothing was counted yet.
    func exposed(account: String, region: String) throws(StoreError) -> [String: UsageTotals] {
        var totals: [String: UsageTotals] = [:]
        try database.query(
            """
            SELECT s.model_id, t.metric, t.exposed FROM series AS s LEFT JOIN totals AS t ON t.series_id = s.id
            WHERE s.account = ?1 AND s.region = ?2
            """, [.text(account), .text(region)]
        ) { row in
            var counters = totals[row.text(0)] ?? UsageTotals()
            // NULL, and so no metric, for a series without totals.
            if let metric = UsageMetric(rawValue: row.text(1)) { counters.add(row.integer(2), to: metric) }
            totals[row.text(0)] = counters
        }
        return totals
    }
}
