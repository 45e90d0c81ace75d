import QuotaModel
import SQLite

/// Table `caller_totals`: the quota tokens of each pool by caller, which never go down.
///
/// A minute is counted once, as soon as its model ID has a pool and a rate, and weighed by the rate of then: another rate or
/// another pool changes nothing that was counted.
struct CallerTotals {
    private struct Uncounted {
        let minute: Int
        let caller: Int
        let kind: String
        let use: CallerUse
    }

    private let database: Database
    private let account: String
    private let region: String

    init(_ database: Database, account: String, region: String) {
        self.database = database
        self.account = account
        self.region = region
    }

    /// Counts the minutes that can be and are not yet, a bounded number of them. Call inside a transaction.
    func count() throws(StoreError) {
        var left = StoreLimits.callerMinutesCounted
        let weights = try QuotaTokenTable(database).weights(account: account, region: region)
        for (series, weight) in weights.sorted(by: { $0.key < $1.key }) where left > 0 {
            let rows = try uncounted(series, atMost: left)
            guard !rows.isEmpty, let pool = try poolID(weight.pool) else { continue }
            var tokens: [Int: Double] = [:]
            var kinds: [Int: String] = [:]
            for row in rows {
                tokens[row.caller, default: 0] += row.use.quotaTokens(rate: weight.rate)
                kinds[row.caller] = row.kind
                try database.run(
                    """
                    UPDATE caller_minutes SET counted = 1 WHERE series_id = ?1 AND minute = ?2 AND caller_id = ?3
                    """, [.integer(series), .integer(row.minute), .integer(row.caller)])
            }
            for (caller, tokens) in tokens.sorted(by: { $0.key < $1.key }) {
                try add(tokens, pool: pool, caller: caller, kind: kinds[caller] ?? "")
            }
            left -= rows.count
        }
    }

    private func uncounted(_ series: Int, atMost limit: Int) throws(StoreError) -> [Uncounted] {
        var rows: [Uncounted] = []
        try database.query(
            """
            SELECT m.minute, m.caller_id, c.kind, m.invocations, m.input_tokens, m.output_tokens,
                m.cache_read_input_tokens, m.cache_write_input_tokens
            FROM caller_minutes AS m INDEXED BY caller_minutes_uncounted JOIN callers AS c ON c.id = m.caller_id
            WHERE m.series_id = ?1 AND m.counted = 0 ORDER BY m.minute LIMIT ?2
            """, [.integer(series), .integer(limit)]
        ) { row in
            let use = CallerUse(
                invocations: row.integer(3), inputTokens: row.integer(4), outputTokens: row.integer(5),
                cacheReadInputTokens: row.integer(6), cacheWriteInputTokens: row.integer(7))
            rows.append(
                Uncounted(minute: row.integer(0), caller: row.integer(1), kind: row.text(2), use: use))
        }
        return rows
    }

    private func poolID(_ pool: ScopedModel) throws(StoreError) -> Int? {
        try database.first(
            "SELECT id FROM pools WHERE account = ?1 AND region = ?2 AND scope = ?3 AND model = ?4",
            [.text(account), .text(region), .text(pool.scope.rawValue), .text(pool.model)]
        ) { $0.integer(0) }
    }

    private func add(_ tokens: Double, pool: Int, caller: Int, kind: String) throws(StoreError) {
        let key: [SQLValue] = [.integer(pool), .integer(caller)]
        let isKnown =
            try database.first(
                "SELECT 1 FROM caller_totals WHERE pool_id = ?1 AND caller_id = ?2", key
            ) { _ in true } ?? false
        var owner = caller
        if !isKnown, try names(pool: pool, kind) >= StoreLimits.callerTotals {
            owner = try CallerNames(database, account: account, region: region).id(kind, CallerMinute.others)
        }
        try database.run(
            """
            INSERT INTO caller_totals VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET quota_tokens = quota_tokens + excluded.quota_tokens
            """, [.integer(pool), .integer(owner), .real(tokens)])
    }

    private func names(pool: Int, _ kind: String) throws(StoreError) -> Int {
        try database.first(
            """
            SELECT count(*) FROM caller_totals AS t JOIN callers AS c ON c.id = t.caller_id
            WHERE t.pool_id = ?1 AND c.kind = ?2
            """, [.integer(pool), .text(kind)]
        ) { $0.integer(0) } ?? 0
    }
}

/// Deletes what callers used long ago, and the names that are needed no more.
struct CallerRetention {
    /// Names that go in one step.
    private static let namesPerStep = 100

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Deletes the oldest rows of a series before the minute; returns how many.
    func deleteOldest(series id: Int, before cut: Minute, atMost rows: Int) throws(StoreError) -> Int {
        guard rows > 0 else { return 0 }
        return try database.run(
            """
            DELETE FROM caller_minutes WHERE (series_id, minute, caller_id) IN (
                SELECT series_id, minute, caller_id FROM caller_minutes
                WHERE series_id = ?1 AND minute < ?2 ORDER BY minute LIMIT ?3)
            """, [.integer(id), .integer(cut.epochSeconds), .integer(rows)])
    }

    /// Deletes names without minutes and counters; returns how many.
    func deleteUnused() throws(StoreError) -> Int {
        try database.run(
            """
            DELETE FROM callers WHERE id IN (
                SELECT id FROM callers AS c WHERE NOT EXISTS (SELECT 1 FROM caller_minutes WHERE caller_id = c.id)
                AND id NOT IN (SELECT caller_id FROM caller_totals) LIMIT \(Self.namesPerStep))
            """)
    }
}
