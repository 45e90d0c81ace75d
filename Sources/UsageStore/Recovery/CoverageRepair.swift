import QuotaModel
import SQLite

/// Takes out of the coverage what was lost, so that it is unknown and read again instead of taken for no traffic.
struct CoverageRepair {
    /// Where single minutes may be missing, by series.
    private(set) var lostMinutes = LostTimes()
    /// What of that was covered and is no longer.
    private(set) var uncovered = LostTimes()
    /// What may be missing or is less than it was, at any resolution: rollups of these hours cannot be made anew.
    private(set) var incomplete = LostTimes()

    /// Hours whose minutes were dropped, as their sums contradict the rollups.
    private(set) var refuted = LostTimes()

    private static let pairs: [(rows: String, coverage: CoverageTable.Table)] = [
        ("minutes", .minutes), ("five_minute_periods", .fiveMinutes), ("hour_periods", .hours),
    ]

    /// When the log was damaged, pages of the file may be newer than those that the log still gives, and tables of
    /// different times; its 1,000 pages are written over well within a day.
    private static let doubtfulMinutes = 1_440

    /// Call inside a transaction.
    init(_ salvage: StoreSalvage, isLogDamaged: Bool, in database: Database) throws(StoreError) {
        let ids = try SeriesTable(database).allIDs()
        let isProvable = salvage.tables["stale_rollups"]?.gaps.isEmpty ?? false
        if isProvable, !salvage.arePoolsDoubtful {
            refuted = try MinuteProof.run(database, incomplete: try salvage.lostTimes("minutes"))
        }
        var doubtful = LostTimes()
        if isLogDamaged, let newest = try MinuteTable(database).newestKnown() {
            let range = newest.advanced(by: -Self.doubtfulMinutes)..<newest.advanced(by: 1)
            for id in ids { doubtful.insert(range, of: id) }
        }
        if salvage.arePoolsDoubtful {
            for id in ids { incomplete.insert(StoreLimits.times, of: id) }
        }
        for (rows, table) in Self.pairs {
            var lost = try salvage.lostTimes(rows)
            if table == .minutes {
                lost.insert(doubtful)
                lost.insert(refuted)
                lostMinutes = lost
            }
            incomplete.insert(lost)
            incomplete.insert(try salvage.lostTimes(table.rawValue))
            for (id, ranges) in lost.byID {
                let removed = try CoverageTable(database, table: table).remove(series: id, ranges)
                guard table == .minutes else { continue }
                for range in removed.ranges { uncovered.insert(range, of: id) }
            }
        }
    }

    /// Series that only the index of names knew get the times that their rows tell, and so do those of the first version,
    /// which had no first minutes.
    static func date(_ ids: [Int], in database: Database) throws(StoreError) {
        try database.run(
            """
            UPDATE series SET first_known = (SELECT min(t) FROM (
                    SELECT min(start) AS t FROM coverage WHERE series_id = series.id
                    UNION ALL SELECT min(minute) FROM minutes WHERE series_id = series.id
                    UNION ALL SELECT min(start) FROM five_minute_periods WHERE series_id = series.id
                    UNION ALL SELECT min(start) FROM hour_periods WHERE series_id = series.id
                    UNION ALL SELECT min(start) FROM series_hours WHERE series_id = series.id)),
                first_covered = (SELECT min(start) FROM coverage WHERE series_id = series.id)
            WHERE first_known IS NULL
            """)
        for id in ids {
            try database.run(
                """
                UPDATE series SET
                    last_seen = coalesce((SELECT max(seen_at) FROM discovered_metrics WHERE series_id = ?1), 0)
                WHERE id = ?1
                """, [.integer(id)])
            try database.run(
                "UPDATE series SET first_seen = coalesce(first_known, last_seen) WHERE id = ?1",
                [.integer(id)])
        }
        guard !ids.isEmpty, let oldest = try MinuteTable(database).oldestKnown()?.startOfHour else { return }
        // Hours without minutes: retention has been at work, and what it closed must stay closed.
        let rollups = try database.first("SELECT min(start) FROM series_hours") { $0.optionalInteger(0) }
        guard let first = rollups ?? nil, first < oldest.epochSeconds else { return }
        try SeriesTable(database).retain(from: oldest)
    }
}

extension CoverageTable {
    /// Takes these minutes away from a series; returns those that were covered.
    func remove(series id: Int, _ ranges: MinuteRanges) throws(StoreError) -> MinuteRanges {
        let before = try read(series: id)
        let removed = before.intersection(ranges)
        guard !removed.isEmpty else { return removed }
        var rest = before
        rest.subtract(removed)
        try replace(series: id, with: rest)
        return removed
    }
}

/// Which times of which series or pools may be missing from a table whose key is the one and the other.
struct LostTimes {
    private(set) var byID: [Int: MinuteRanges] = [:]

    var isEmpty: Bool { byID.isEmpty }

    init() {}

    /// - Parameters:
    ///   - stepMinutes: What a row stands for; two rows that far apart have nothing between them.
    ///   - horizons: Of all that there are, outside of which times nothing was stored.
    init(_ gaps: [TableSalvage.Gap], stepMinutes: Int, horizons: [Int: Range<Minute>]) {
        for gap in gaps {
            let after = Self.place(gap.after)
            let before = Self.place(gap.before)
            for (id, horizon) in horizons where id >= after?.id ?? id && id <= before?.id ?? id {
                var start = horizon.lowerBound
                var end = horizon.upperBound
                if let after, after.id == id { start = max(start, after.time.advanced(by: stepMinutes)) }
                if let before, before.id == id { end = min(end, before.time) }
                guard start < end else { continue }
                byID[id, default: MinuteRanges()].insert(start..<end)
            }
        }
    }

    mutating func insert(_ range: Range<Minute>, of id: Int) {
        byID[id, default: MinuteRanges()].insert(range)
    }

    mutating func insert(_ other: LostTimes) {
        for (id, ranges) in other.byID { byID[id, default: MinuteRanges()].insert(ranges) }
    }

    private static func place(_ key: [SQLValue]?) -> (id: Int, time: Minute)? {
        guard let key, key.count == 2, case .integer(let id) = key[0], case .integer(let time) = key[1] else {
            return nil
        }
        return (id, Minute(containingEpochSeconds: time))
    }
}
