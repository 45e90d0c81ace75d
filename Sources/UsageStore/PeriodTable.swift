import QuotaModel
import SQLite

/// Tables `five_minute_periods` and `hour_periods`: one row per series and period that has a datapoint.
///
/// A period is kept only as long as none of its minutes is known more finely: what is in the table counts.
struct PeriodTable {
    private static let columns = UsageMetric.allCases.map(\.rawValue).joined(separator: ", ")

    private let database: Database
    private let resolution: PeriodRecord.Resolution
    private let table: String

    init(_ database: Database, _ resolution: PeriodRecord.Resolution) {
        self.database = database
        self.resolution = resolution
        switch resolution {
        case .fiveMinutes: table = "five_minute_periods"
        case .hour: table = "hour_periods"
        }
    }

    /// The coverage of the resolution.
    var coverage: CoverageTable {
        switch resolution {
        case .fiveMinutes: CoverageTable(database, table: .fiveMinutes)
        case .hour: CoverageTable(database, table: .hours)
        }
    }

    /// Calls `body` on each period that starts in the range, ascending.
    func read(
        series id: Int, _ range: Range<Minute>, _ body: (Minute, UsageMinute) throws(StoreError) -> Void
    ) throws(StoreError) {
        let range = range.clamped(to: StoreLimits.times)
        try database.query(
            """
            SELECT start, \(Self.columns) FROM \(table)
            WHERE series_id = ?1 AND start >= ?2 AND start < ?3 ORDER BY start
            """,
            [.integer(id), .integer(range.lowerBound.epochSeconds), .integer(range.upperBound.epochSeconds)]
        ) { (row) throws(StoreError) in
            try body(row.minute(0), MinuteTable.usage(row, from: 1))
        }
    }

    func write(series id: Int, _ start: Minute, _ usage: UsageMinute) throws(StoreError) {
        var values: [SQLValue] = [.integer(id), .integer(start.epochSeconds)]
        for metric in UsageMetric.allCases { values.append(SQLValue(number: usage[metric])) }
        try database.run(
            """
            REPLACE INTO \(table) (series_id, start, \(Self.columns))
            VALUES (?, ?\(String(repeating: ", ?", count: UsageMetric.allCases.count)))
            """, values)
    }

    /// Deletes the periods that share a minute with the range, which is known more finely; returns how many.
    @discardableResult
    func drop(series id: Int, overlapping range: Range<Minute>) throws(StoreError) -> Int {
        guard !range.isEmpty else { return 0 }
        let first = range.lowerBound.advanced(by: 1 - resolution.minutes)
        return try database.run(
            "DELETE FROM \(table) WHERE series_id = ?1 AND start >= ?2 AND start < ?3",
            [.integer(id), .integer(first.epochSeconds), .integer(range.upperBound.epochSeconds)])
    }

    /// Deletes up to `limit` of the periods of all series that start before `end`; returns how many.
    func deleteOldest(before end: Minute, atMost limit: Int) throws(StoreError) -> Int {
        try database.run(
            """
            DELETE FROM \(table) WHERE (series_id, start) IN (
                SELECT series_id, start FROM \(table) WHERE start < ?1 LIMIT ?2)
            """, [.integer(end.epochSeconds), .integer(limit)])
    }
}
