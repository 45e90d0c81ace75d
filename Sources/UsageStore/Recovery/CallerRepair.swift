import QuotaModel
import SQLite

/// Keeps it honest who used what: a time of which rows may be lost is unknown, and no time is asked for a second time.
struct CallerRepair {
    private static let lost = "lost with a damaged store"
    /// The log's pages are written over well within a day.
    private static let doubtfulMinutes = 1_440

    private let database: Database
    private let now: Minute

    /// - Parameter now: Unix seconds.
    init(_ database: Database, now: Int) {
        self.database = database
        self.now = Minute(containingEpochSeconds: now)
    }

    // MARK: Salvage

    /// Call inside a transaction.
    func run(_ salvage: StoreSalvage, isLogDamaged: Bool) throws(StoreError) {
        try database.run("DELETE FROM caller_windows WHERE NOT json_valid(kinds)")
        func gaps(_ table: String) -> [TableSalvage.Gap] { salvage.tables[table]?.gaps ?? [] }
        let places = try places()
        for series in try StoreCatalog(database).series {
            for minutes in Self.lost(of: series.id, gaps("caller_minutes"), until: now) {
                try forget(minutes, account: series.key.account, region: series.key.region)
            }
        }
        if isLogDamaged {
            let doubtful = now.advanced(by: -Self.doubtfulMinutes)..<now.advanced(by: 1)
            for place in places { try forget(doubtful, account: place.account, region: place.region) }
        }
        // Windows that are lost were asked for: what follows the last one that is left is not asked for again.
        if isLogDamaged || !gaps("caller_windows").isEmpty {
            for place in places { try close(until: now, account: place.account, region: place.region) }
        }
        if !gaps("caller_totals").isEmpty { try makeTotalsAnew() }
    }

    /// The minutes of a series in which rows may be missing, both minutes beside a gap included.
    private static func lost(
        of id: Int, _ gaps: [TableSalvage.Gap], until end: Minute
    ) -> [Range<Minute>] {
        gaps.compactMap { gap in
            let (after, before) = (place(gap.after), place(gap.before))
            guard id >= after?.id ?? id, id <= before?.id ?? id else { return nil }
            let first = after?.id == id ? after?.minute : nil
            let last = before?.id == id ? before?.minute : nil
            let range =
                (first ?? StoreLimits.times.lowerBound)..<(last?.advanced(by: 1) ?? end.advanced(by: 1))
            return range.isEmpty ? nil : range
        }
    }

    private static func place(_ key: [SQLValue]?) -> (id: Int, minute: Minute)? {
        guard let key, key.count > 1, case .integer(let id) = key[0], case .integer(let second) = key[1]
        else { return nil }
        return (id, Minute(containingEpochSeconds: second))
    }

    private func places() throws(StoreError) -> [(account: String, region: String)] {
        var places: [(account: String, region: String)] = []
        try database.query(
            """
            SELECT account, region FROM caller_windows UNION SELECT account, region FROM callers
            """
        ) { places.append(($0.text(0), $0.text(1))) }
        return places
    }

    private func forget(_ range: Range<Minute>, account: String, region: String) throws(StoreError) {
        try database.run(
            """
            UPDATE caller_windows SET state = 'unknown', reason = ?5
            WHERE account = ?1 AND region = ?2 AND state = 'read' AND start < ?4 AND "end" > ?3
            """,
            [
                .text(account), .text(region), .integer(range.lowerBound.epochSeconds),
                .integer(range.upperBound.epochSeconds), .text(Self.lost),
            ])
    }

    /// Notes what lies between the newest window and the minute as unknown.
    private func close(until end: Minute, account: String, region: String) throws(StoreError) {
        let windows = CallerWindowTable(database)
        let last = try windows.newestEnd(account: account, region: region) ?? end.advanced(by: -1)
        guard last < end else { return }
        try windows.insert(
            CallerWindow(
                account: account, region: region, range: last..<end, kinds: [], askedAt: end.epochSeconds),
            state: .unknown, reason: Self.lost)
    }

    /// Lost counters out of the minutes that are left, by the rates of now.
    private func makeTotalsAnew() throws(StoreError) {
        for place in try places() {
            let weights = try QuotaTokenTable(database).weights(account: place.account, region: place.region)
            for (series, weight) in weights {
                try database.run(
                    """
                    INSERT OR IGNORE INTO caller_totals
                    SELECT p.id, m.caller_id, sum(m.input_tokens + m.cache_write_input_tokens + m.output_tokens * ?6)
                    FROM caller_minutes AS m JOIN pools AS p
                        ON p.account = ?1 AND p.region = ?2 AND p.scope = ?3 AND p.model = ?4
                    WHERE m.series_id = ?5 AND m.counted = 1 GROUP BY p.id, m.caller_id
                    """,
                    [
                        .text(place.account), .text(place.region), .text(weight.pool.scope.rawValue),
                        .text(weight.pool.model), .integer(series), .real(weight.rate),
                    ])
            }
        }
    }

    // MARK: Restoring

    /// A backup takes the place of a newer store, attached as `newest`: counters go on from what that one showed, and what it
    /// had asked for since is not asked for again. Call inside a transaction.
    func carryOver() throws(StoreError) {
        try database.run(
            """
            INSERT OR IGNORE INTO callers (account, region, kind, caller)
            SELECT account, region, kind, caller FROM newest.callers
            """)
        try database.run(
            """
            INSERT OR IGNORE INTO pools (account, region, scope, model)
            SELECT account, region, scope, model FROM newest.pools
            """)
        try database.run(
            """
            INSERT INTO caller_totals
            SELECT p.id, c.id, t.quota_tokens FROM newest.caller_totals AS t
            JOIN newest.pools AS n ON n.id = t.pool_id JOIN newest.callers AS k ON k.id = t.caller_id
            JOIN pools AS p ON (p.account, p.region, p.scope, p.model) = (n.account, n.region, n.scope, n.model)
            JOIN callers AS c ON (c.account, c.region, c.kind, c.caller) = (k.account, k.region, k.kind, k.caller)
            WHERE true ON CONFLICT DO UPDATE SET quota_tokens = max(quota_tokens, excluded.quota_tokens)
            """)
        // The newer store may have counted these, and read those.
        try database.run("UPDATE caller_minutes SET counted = 1")
        try database.run(
            "UPDATE caller_windows SET state = 'unknown', reason = ?1 WHERE state = 'asked'",
            [.text(Self.lost)])
        try database.run(
            """
            INSERT INTO log_spending SELECT month, account, region, bytes_scanned FROM newest.log_spending
            WHERE true ON CONFLICT DO UPDATE SET bytes_scanned = max(bytes_scanned, excluded.bytes_scanned)
            """)
        var ends: [(account: String, region: String, end: Minute)] = []
        try database.query(
            "SELECT account, region, max(\"end\") FROM newest.caller_windows GROUP BY account, region"
        ) { ends.append(($0.text(0), $0.text(1), $0.minute(2))) }
        for place in ends { try close(until: place.end, account: place.account, region: place.region) }
    }
}
