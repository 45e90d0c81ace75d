import QuotaModel
import SQLite

/// Which minutes of a series were asked for and answered at one resolution, as disjoint intervals.
struct CoverageTable {
    enum Table: String, CaseIterable {
        case minutes = "coverage"
        case fiveMinutes = "five_minute_coverage"
        case hours = "hour_coverage"
    }

    private let database: Database
    private let table: String

    init(_ database: Database, table: Table = .minutes) {
        self.database = database
        self.table = table.rawValue
    }

    /// Adds the range, joined with every interval that it overlaps or touches; returns what was not covered before.
    @discardableResult
    func add(series id: Int, _ range: Range<Minute>) throws(StoreError) -> [Range<Minute>] {
        guard !range.isEmpty else { return [] }
        let neighbours = try intervals(series: id, touching: range)
        var union = range
        for neighbour in neighbours {
            let start = min(union.lowerBound, neighbour.lowerBound)
            union = start..<max(union.upperBound, neighbour.upperBound)
        }
        guard neighbours != [union] else { return [] }
        for neighbour in neighbours where neighbour.lowerBound != union.lowerBound {
            try delete(series: id, start: neighbour.lowerBound)
        }
        try database.run(
            "REPLACE INTO \(table) VALUES (?1, ?2, ?3)",
            [.integer(id), .integer(union.lowerBound.epochSeconds), .integer(union.upperBound.epochSeconds)])
        return MinuteRanges(neighbours).gaps(in: range)
    }

    /// Of every series of the account and Region, by model ID.
    func read(account: String, region: String) throws(StoreError) -> [String: MinuteRanges] {
        var coverage: [String: MinuteRanges] = [:]
        // One series after the other.
        var (id, modelID, ranges) = (-1, "", MinuteRanges())
        try database.query(
            """
            SELECT s.id, s.model_id, c.start, c."end" FROM series AS s LEFT JOIN \(table) AS c ON c.series_id = s.id
            WHERE s.account = ?1 AND s.region = ?2 ORDER BY s.model_id, c.start
            """, [.text(account), .text(region)]
        ) { row in
            if row.integer(0) != id {
                if id >= 0 { coverage[modelID] = ranges }
                (id, modelID, ranges) = (row.integer(0), row.text(1), MinuteRanges())
            }
            if !row.isNull(2) { ranges.insert(Self.range(row, from: 2)) }
        }
        if id >= 0 { coverage[modelID] = ranges }
        return coverage
    }

    func read(series id: Int) throws(StoreError) -> MinuteRanges {
        var ranges = MinuteRanges()
        try database.query(
            "SELECT start, \"end\" FROM \(table) WHERE series_id = ?1 ORDER BY start", [.integer(id)]
        ) { row in ranges.insert(Self.range(row)) }
        return ranges
    }

    /// What lies in the range.
    func read(series id: Int, in range: Range<Minute>) throws(StoreError) -> MinuteRanges {
        guard !range.isEmpty else { return MinuteRanges() }
        return MinuteRanges(try intervals(series: id, touching: range)).intersection(range)
    }

    /// Takes away what lies before the minute, from every series.
    func trim(before minute: Minute) throws(StoreError) {
        let cut: [SQLValue] = [.integer(minute.epochSeconds)]
        try database.run("DELETE FROM \(table) WHERE \"end\" <= ?1", cut)
        // At most one interval a series straddles the cut, so the new start is nobody else's.
        try database.run("UPDATE \(table) SET start = ?1 WHERE start < ?1", cut)
    }

    /// Intervals are disjoint, so those that reach the range are the last ones that start before its end.
    private func intervals(series id: Int, touching range: Range<Minute>) throws(StoreError) -> [Range<
        Minute
    >] {
        var found: [Range<Minute>] = []
        try database.query(
            """
            SELECT start, "end" FROM \(table) WHERE series_id = ?1 AND start <= ?3 AND start >= coalesce(
                (SELECT max(start) FROM \(table) WHERE series_id = ?1 AND start <= ?2), ?2) AND "end" >= ?2
            """,
            [.integer(id), .integer(range.lowerBound.epochSeconds), .integer(range.upperBound.epochSeconds)]
        ) { row in found.append(Self.range(row)) }
        return found
    }

    /// Makes these ranges all that is covered.
    func replace(series id: Int, with ranges: MinuteRanges) throws(StoreError) {
        try database.run("DELETE FROM \(table) WHERE series_id = ?1", [.integer(id)])
        for range in ranges.ranges { try add(series: id, range) }
    }

    private func delete(series id: Int, start: Minute) throws(StoreError) {
        try database.run(
            "DELETE FROM \(table) WHERE series_id = ?1 AND start = ?2",
            [.integer(id), .integer(start.epochSeconds)])
    }

    /// The table's CHECK keeps start before end; the max() only spares a damaged file a trap.
    private static func range(_ row: Statement, from column: Int32 = 0) -> Range<Minute> {
        let start = row.minute(column)
        return start..<max(start, row.minute(column + 1))
    }
}
