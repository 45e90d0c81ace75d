import QuotaModel
import SQLite

/// Tables `series_hours`, `series_days`, `pool_hours` and `pool_days`.
struct RollupTable {
    enum Unit: String, CaseIterable {
        case hour
        case day

        var minutes: Int {
            switch self {
            case .hour: 60
            case .day: 1440
            }
        }
    }

    static let sumColumns =
        UsageTotals.metrics.map(\.rawValue) + [
            "fixed_quota_tokens", "burned_output_tokens", "covered_minutes", "known_minutes",
            "coarse_minutes",
            "last_known_minute",
        ]
    static let useColumns = ["tpm", "rpm"].flatMap { quota in
        [
            "peak", "peak_minute", "peak_ratio", "peak_ratio_minute", "ratio_sum", "ratio_minutes",
            "above_70",
            "above_80", "above_100",
        ].map { "\(quota)_\($0)" }
    }

    /// The SQL of a unit, put together once.
    private struct Texts: Sendable {
        static let hour = Texts(.hour)
        static let day = Texts(.day)

        let readSums, readSeries, readPool: String
        let writeSeries, writePool: String
        let deleteSeries, deletePool: String

        private init(_ unit: Unit) {
            let (series, pool) = ("series_\(unit.rawValue)s", "pool_\(unit.rawValue)s")
            let sums = sumColumns.joined(separator: ", ")
            let uses = useColumns.joined(separator: ", ")
            let inRange = "start >= ?2 AND start < ?3 ORDER BY start"
            readSums = "SELECT start, \(sums) FROM \(series) WHERE series_id = ?1 AND \(inRange)"
            readSeries = "SELECT start, \(sums), \(uses) FROM \(series) WHERE series_id = ?1 AND \(inRange)"
            readPool = "SELECT start, \(uses) FROM \(pool) WHERE pool_id = ?1 AND \(inRange)"
            writeSeries = """
                REPLACE INTO \(series) (series_id, start, \(sums), \(uses))
                VALUES (\(Self.places(2 + sumColumns.count + useColumns.count)))
                """
            writePool = """
                REPLACE INTO \(pool) (pool_id, start, \(uses)) VALUES (\(Self.places(2 + useColumns.count)))
                """
            deleteSeries = "DELETE FROM \(series) WHERE series_id = ?1 AND start = ?2"
            deletePool = "DELETE FROM \(pool) WHERE pool_id = ?1 AND start = ?2"
        }

        private static func places(_ count: Int) -> String {
            Array(repeating: "?", count: count).joined(separator: ", ")
        }
    }

    private let database: Database
    private let texts: Texts

    init(_ database: Database, _ unit: Unit) {
        self.database = database
        texts =
            switch unit {
            case .hour: .hour
            case .day: .day
            }
    }

    // MARK: Reading

    /// The units of a series that start in the range, ascending, with their sums.
    func readSums(
        series id: Int, _ range: Range<Minute>, _ body: (Minute, SeriesSums) throws(StoreError) -> Void
    ) throws(StoreError) {
        try read(texts.readSums, id, range) {
            (row) throws(StoreError) in
            try body(row.minute(0), Self.sums(row, from: 1))
        }
    }

    /// The same with the use of the series' own minutes.
    func readSeries(
        _ id: Int, _ range: Range<Minute>,
        _ body: (Minute, SeriesSums, MinuteUse) throws(StoreError) -> Void
    ) throws(StoreError) {
        try read(texts.readSeries, id, range) {
            (row) throws(StoreError) in
            try body(
                row.minute(0), Self.sums(row, from: 1), Self.use(row, from: Int32(1 + Self.sumColumns.count)))
        }
    }

    /// The units of a pool that start in the range, ascending.
    func readPool(
        _ id: Int, _ range: Range<Minute>, _ body: (Minute, MinuteUse) throws(StoreError) -> Void
    ) throws(StoreError) {
        try read(texts.readPool, id, range) {
            (row) throws(StoreError) in
            try body(row.minute(0), Self.use(row, from: 1))
        }
    }

    private func read(
        _ sql: String, _ id: Int, _ range: Range<Minute>, _ body: (Statement) throws(StoreError) -> Void
    ) throws(StoreError) {
        var next = range.lowerBound
        try database.query(
            sql,
            [.integer(id), .integer(range.lowerBound.epochSeconds), .integer(range.upperBound.epochSeconds)]
        ) { (row) throws(StoreError) in
            let start = row.minute(0)
            // A damaged table answers with keys that were not asked for, or in a wrong order.
            guard start >= next, start < range.upperBound else {
                throw StoreError(
                    cause: .damaged, attempt: "read rollups", path: database.path,
                    reason:
                        "a table of rollups answers with rows that were not asked for; the file is damaged")
            }
            next = start.advanced(by: 1)
            try body(row)
        }
    }

    private static func sums(_ row: Statement, from first: Int32) -> SeriesSums {
        let tail = first + Int32(SeriesSums.metricCount)
        return SeriesSums(
            metrics: (first..<tail).map { row.double($0) },
            tokens: BurnedTokens(fixed: row.double(tail), burned: row.double(tail + 1)),
            covered: row.integer(tail + 2), known: row.integer(tail + 3),
            coarse: row.integer(tail + 4), lastKnown: row.isNull(tail + 5) ? nil : row.minute(tail + 5))
    }

    private static func use(_ row: Statement, from first: Int32) -> MinuteUse {
        var use = MinuteUse()
        use.tokens = perMinute(row, from: first)
        use.requests = perMinute(row, from: first + 9)
        return use
    }

    private static func perMinute(_ row: Statement, from first: Int32) -> MinuteUse.PerMinute {
        var use = MinuteUse.PerMinute()
        use.peak = peak(row, first)
        use.peakRatio = peak(row, first + 2)
        guard use.peakRatio != nil else { return use }
        use.ratioSum = row.double(first + 4)
        use.ratioMinutes = row.integer(first + 5)
        use.above70 = row.integer(first + 6)
        use.above80 = row.integer(first + 7)
        use.above100 = row.integer(first + 8)
        return use
    }

    private static func peak(_ row: Statement, _ column: Int32) -> Peak? {
        row.optionalDouble(column).map { Peak(value: $0, minute: row.minute(column + 1)) }
    }

    // MARK: Writing

    /// Writes the unit of a series, or deletes it when there is nothing to tell.
    func write(series id: Int, _ start: Minute, _ sums: SeriesSums, _ use: MinuteUse) throws(StoreError) {
        guard !sums.isEmpty else { return try delete(texts.deleteSeries, id, start) }
        var values: [SQLValue] = [.integer(id), .integer(start.epochSeconds)]
        for value in sums.metrics + [sums.tokens.fixed, sums.tokens.burned] {
            values.append(SQLValue(compact: value))
        }
        values += [.integer(sums.covered), .integer(sums.known), .integer(sums.coarse)]
        values.append(sums.lastKnown.map { .integer($0.epochSeconds) } ?? .null)
        try database.run(texts.writeSeries, values + Self.values(use))
    }

    /// Writes the unit of a pool, or deletes it when there is nothing to tell.
    func write(pool id: Int, _ start: Minute, _ use: MinuteUse) throws(StoreError) {
        guard !use.isEmpty else { return try delete(texts.deletePool, id, start) }
        try database.run(
            texts.writePool, [.integer(id), .integer(start.epochSeconds)] + Self.values(use))
    }

    private func delete(_ sql: String, _ id: Int, _ start: Minute) throws(StoreError) {
        try database.run(sql, [.integer(id), .integer(start.epochSeconds)])
    }

    /// Deletes up to so many rollups and longer periods that start before the cut; returns how many.
    static func deleteAll(before cut: Minute, atMost rows: Int, in database: Database) throws(StoreError)
        -> Int
    {
        var deleted = 0
        for resolution in PeriodRecord.Resolution.allCases where deleted < rows {
            deleted += try PeriodTable(database, resolution).deleteOldest(before: cut, atMost: rows - deleted)
        }
        for (table, key) in ["series", "pool"].flatMap({ owner in
            // Days first: hours without their day are still right, a day without its hours is not.
            [Unit.day, .hour].map { ("\(owner)_\($0.rawValue)s", "\(owner)_id") }
        }) where deleted < rows {
            deleted += try database.run(
                """
                DELETE FROM \(table) WHERE (\(key), start) IN (
                    SELECT \(key), start FROM \(table) WHERE start < ?1 LIMIT ?2)
                """, [.integer(cut.epochSeconds), .integer(rows - deleted)])
        }
        return deleted
    }

    private static func values(_ use: MinuteUse) -> [SQLValue] {
        [use.tokens, use.requests].flatMap { quota -> [SQLValue] in
            [quota.peak, quota.peakRatio].flatMap { peak -> [SQLValue] in
                guard let peak else { return [.null, .null] }
                return [SQLValue(compact: peak.value), .integer(peak.minute.epochSeconds)]
            } + [
                SQLValue(compact: quota.ratioSum), .integer(quota.ratioMinutes), .integer(quota.above70),
                .integer(quota.above80), .integer(quota.above100),
            ]
        }
    }
}

extension SQLValue {
    /// A whole number as INTEGER, which is shorter, where the column has no type that would see to it.
    init(compact number: Double) {
        self = Int(exactly: number).map(SQLValue.integer) ?? .real(number)
    }
}
