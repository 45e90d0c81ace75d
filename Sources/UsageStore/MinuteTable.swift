import QuotaModel
import SQLite

/// Table `minutes`: one row per series and minute that has a datapoint.
struct MinuteTable {
    /// A row as it is stored.
    struct Stored {
        var usage: UsageMinute
        /// Part of the series' totals.
        var isCounted: Bool
    }

    private static let metrics = UsageMetric.allCases
    private static let columns = metrics.map(\.rawValue).joined(separator: ", ")
    private static let select = """
        SELECT minute, counted, \(columns) FROM minutes
        WHERE series_id = ?1 AND minute >= ?2 AND minute < ?3 ORDER BY minute
        """

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Calls `body` on each row of the range, ascending.
    func read(
        series id: Int, _ range: Range<Minute>, _ body: (Minute, Stored) throws(StoreError) -> Void
    ) throws(StoreError) {
        let range = range.clamped(to: StoreLimits.times)
        let values: [SQLValue] = [
            .integer(id), .integer(range.lowerBound.epochSeconds), .integer(range.upperBound.epochSeconds),
        ]
        var next = range.lowerBound
        try database.query(Self.select, values) { (row) throws(StoreError) in
            let minute = row.minute(0)
            // A damaged table answers with keys that were not asked for, or in a wrong order.
            guard minute >= next, minute < range.upperBound else { throw disorder }
            next = minute.advanced(by: 1)
            try body(minute, Stored(usage: Self.usage(row, from: 2), isCounted: row.integer(1) != 0))
        }
    }

    private var disorder: StoreError {
        StoreError(
            cause: .damaged, attempt: "read minutes", path: database.path,
            reason: "the table minutes answers with rows that were not asked for; the file is damaged")
    }

    /// All metrics from the columns that begin here, in the order of `UsageMetric.allCases`.
    static func usage(_ row: Statement, from first: Int32) -> UsageMinute {
        var usage = UsageMinute()
        var column = first
        for metric in metrics {
            if let value = row.optionalDouble(column) { usage[metric] = value }
            column += 1
        }
        return usage
    }

    /// Rows on their way into the table, in the order in which they came: SQLite takes several at once for less.
    struct Writer {
        private static let rowsAtOnce = 16
        private static let replaceOne = replace(1)
        private static let replaceSeveral = replace(rowsAtOnce)

        private let database: Database
        private var waiting: [(series: Int, minute: Minute, row: Stored)] = []

        init(_ database: Database) {
            self.database = database
            waiting.reserveCapacity(Self.rowsAtOnce)
        }

        private static func replace(_ rows: Int) -> String {
            let row = "(?, ?, ?\(String(repeating: ", ?", count: MinuteTable.metrics.count)))"
            return """
                REPLACE INTO minutes (series_id, minute, counted, \(MinuteTable.columns))
                VALUES \(Array(repeating: row, count: rows).joined(separator: ", "))
                """
        }

        mutating func write(series id: Int, _ minute: Minute, _ row: Stored) throws(StoreError) {
            waiting.append((id, minute, row))
            guard waiting.count == Self.rowsAtOnce else { return }
            try write(waiting[...], Self.replaceSeveral)
            waiting.removeAll(keepingCapacity: true)
        }

        /// Writes what waits if a row of the series is among it: before the table is read.
        mutating func finish(series id: Int) throws(StoreError) {
            if waiting.contains(where: { $0.series == id }) { try finish() }
        }

        /// Writes what waits.
        mutating func finish() throws(StoreError) {
            for index in waiting.indices { try write(waiting[index...index], Self.replaceOne) }
            waiting.removeAll(keepingCapacity: true)
        }

        private func write(
            _ rows: ArraySlice<(series: Int, minute: Minute, row: Stored)>, _ sql: String
        ) throws(StoreError) {
            try database.run(sql) { (statement) throws(StoreError) in
                var place: Int32 = 1
                for (id, minute, row) in rows {
                    try statement.bind(id, at: place)
                    try statement.bind(minute.epochSeconds, at: place + 1)
                    try statement.bind(row.isCounted ? 1 : 0, at: place + 2)
                    place += 3
                    for metric in MinuteTable.metrics {
                        try statement.bind(row.usage[metric], at: place)
                        place += 1
                    }
                }
            }
        }
    }

    /// The oldest minute of the series that is part of its totals.
    func firstCounted(series id: Int) throws(StoreError) -> Minute? {
        try database.first(
            "SELECT minute FROM minutes WHERE series_id = ?1 AND counted <> 0 ORDER BY minute LIMIT 1",
            [.integer(id)]
        ) { $0.minute(0) }
    }

    /// Whether the series has a datapoint in the range.
    func hasAny(series id: Int, _ range: Range<Minute>) throws(StoreError) -> Bool {
        try database.first(
            "SELECT 1 FROM minutes WHERE series_id = ?1 AND minute >= ?2 AND minute < ?3 LIMIT 1",
            [.integer(id), .integer(range.lowerBound.epochSeconds), .integer(range.upperBound.epochSeconds)]
        ) { _ in true } ?? false
    }

    /// The oldest minute of all series that is covered or has a datapoint.
    func oldestKnown() throws(StoreError) -> Minute? {
        let sql = """
            SELECT min(min(coalesce((SELECT min(minute) FROM minutes WHERE series_id = s.id), 1e18),
                coalesce((SELECT min(start) FROM coverage WHERE series_id = s.id), 1e18))) FROM series AS s
            """
        let oldest = try database.first(sql) { $0.optionalDouble(0) }
        guard let seconds = oldest ?? nil, seconds < 1e17 else { return nil }
        return Minute(containingEpochSeconds: Int(seconds))
    }

    /// The newest minute of all series that is covered or has a datapoint.
    func newestKnown() throws(StoreError) -> Minute? {
        let covered = try database.first(
            """
            SELECT max((SELECT max("end") FROM coverage WHERE series_id = s.id)) FROM series AS s
            """
        ) { $0.isNull(0) ? nil : $0.minute(0).advanced(by: -1) }
        return [covered ?? nil, try newest()].compactMap { $0 }.max()
    }

    /// The newest minute with a datapoint in the account and Region.
    func newest(account: String, region: String) throws(StoreError) -> Minute? {
        try newest("WHERE account = ?1 AND region = ?2", [.text(account), .text(region)])
    }

    /// The newest minute with a datapoint of all accounts.
    func newest() throws(StoreError) -> Minute? {
        try newest("", [])
    }

    /// One look at the end of each series instead of a scan.
    private func newest(_ condition: String, _ values: [SQLValue]) throws(StoreError) -> Minute? {
        let sql = """
            SELECT max((SELECT max(minute) FROM minutes WHERE series_id = s.id)) FROM series AS s \(condition)
            """
        return try database.first(sql, values) { $0.isNull(0) ? nil : $0.minute(0) } ?? nil
    }

    /// Deletes up to `limit` of the series' oldest minutes that lie before `end`; returns how many.
    func deleteOldest(series id: Int, before end: Minute, atMost limit: Int) throws(StoreError) -> Int {
        let last = try database.first(
            """
            SELECT max(minute) FROM (
                SELECT minute FROM minutes WHERE series_id = ?1 AND minute < ?2 ORDER BY minute LIMIT ?3)
            """, [.integer(id), .integer(end.epochSeconds), .integer(limit)]
        ) { $0.optionalInteger(0) }
        guard let last = last ?? nil else { return 0 }
        return try database.run(
            "DELETE FROM minutes WHERE series_id = ?1 AND minute <= ?2", [.integer(id), .integer(last)])
    }
}

extension Statement {
    /// A time column as a minute, kept inside the times that the store accepts whatever the file holds.
    func minute(_ column: Int32) -> Minute {
        let times = StoreLimits.times
        let seconds = max(integer(column), times.lowerBound.epochSeconds)
        return Minute(containingEpochSeconds: min(seconds, times.upperBound.epochSeconds))
    }
}
