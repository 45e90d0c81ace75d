import QuotaModel

/// Table `coverage`: which minutes of a series were asked for and answered, as disjoint intervals.
struct CoverageTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Adds the range, joined with every interval that it overlaps or touches.
    func add(series id: Int, _ range: Range<Minute>) throws(StoreError) {
        guard !range.isEmpty else { return }
        let neighbours = try intervals(series: id, touching: range)
        var union = range
        for neighbour in neighbours {
            let start = min(union.lowerBound, neighbour.lowerBound)
            union = start..<max(union.upperBound, neighbour.upperBound)
        }
        guard neighbours != [union] else { return }
        for neighbour in neighbours where neighbour.lowerBound != union.lowerBound {
            try delete(series: id, start: neighbour.lowerBound)
        }
        try database.run(
            "REPLACE INTO coverage VALUES (?1, ?2, ?3)",
            [.integer(id), .integer(union.lowerBound.epochSeconds), .integer(union.upperBound.epochSeconds)])
    }

    func read(series id: Int) throws(StoreError) -> MinuteRanges {
        var ranges = MinuteRanges()
        try database.query(
            #"SELECT start, "end" FROM coverage WHERE series_id = ?1 ORDER BY start"#, [.integer(id)]
        ) { row in ranges.insert(Self.range(row)) }
        return ranges
    }

    /// Takes away what lies before the minute, from every series.
    func trim(before minute: Minute) throws(StoreError) {
        let cut: [SQLValue] = [.integer(minute.epochSeconds)]
        try database.run(#"DELETE FROM coverage WHERE "end" <= ?1"#, cut)
        // At most one interval a series straddles the cut, so the new start is nobody else's.
        try database.run("UPDATE coverage SET start = ?1 WHERE start < ?1", cut)
    }

    /// Intervals are disjoint, so those that reach the range are the last ones that start before its end.
    private func intervals(series id: Int, touching range: Range<Minute>) throws(StoreError) -> [Range<
        Minute
    >] {
        var found: [Range<Minute>] = []
        try database.query(
            """
            SELECT start, "end" FROM coverage WHERE series_id = ?1 AND start <= ?3 AND start >= coalesce(
                (SELECT max(start) FROM coverage WHERE series_id = ?1 AND start <= ?2), ?2) AND "end" >= ?2
            """,
            [.integer(id), .integer(range.lowerBound.epochSeconds), .integer(range.upperBound.epochSeconds)]
        ) { row in found.append(Self.range(row)) }
        return found
    }

    private func delete(series id: Int, start: Minute) throws(StoreError) {
        try database.run(
            "DELETE FROM coverage WHERE series_id = ?1 AND start = ?2",
            [.integer(id), .integer(start.epochSeconds)])
    }

    /// The table's CHECK keeps start before end; the max() only spares a damaged file a trap.
    private static func range(_ row: Statement) -> Range<Minute> {
        let start = row.minute(0)
        return start..<max(start, row.minute(1))
    }
}
