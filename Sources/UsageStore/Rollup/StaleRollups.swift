import QuotaModel
import SQLite

/// Table `stale_rollups`: hours whose rollups queries must not use and `rollStep` makes anew, one range an owner.
struct StaleRollups {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func all() throws(StoreError) -> [RollupOwner: Range<Minute>] {
        var all: [RollupOwner: Range<Minute>] = [:]
        try database.query(#"SELECT owner, start, "end" FROM stale_rollups"#) { row in
            all[RollupOwner(number: row.integer(0))] = row.minute(1)..<max(row.minute(1), row.minute(2))
        }
        return all
    }

    /// The series of which hours are not marked with their owner, or with that of the series that counts them as well; others
    /// need nothing.
    ///
    /// - Parameter place: Of all the series.
    func unmarked(
        _ hours: [Int: MinuteRanges], of place: RegionKey
    ) throws(StoreError) -> Set<Int> {
        var unmarked = Set(hours.keys)
        guard !unmarked.isEmpty else { return [] }
        try database.query(
            """
            SELECT s.id, s.model_id, r.start, r."end" FROM series AS s LEFT JOIN pools AS p
            ON (p.account, p.region, p.scope, p.model) = (s.account, s.region, s.scope, s.model)
            JOIN stale_rollups AS r ON r.owner = coalesce(p.id, -s.id)
            WHERE s.account = ?1 AND s.region = ?2
            """, [.text(place.account), .text(place.region)]
        ) { row in
            // A part's hours are those of two owners.
            guard let touched = hours[row.integer(0)], !SeriesName(row.text(1)).isPart else { return }
            let marked = row.minute(2)..<max(row.minute(2), row.minute(3))
            if touched.ranges.allSatisfy({
                marked.lowerBound <= $0.lowerBound && $0.upperBound <= marked.upperBound
            }) {
                unmarked.remove(row.integer(0))
            }
        }
        return unmarked
    }

    func range(of owner: RollupOwner) throws(StoreError) -> Range<Minute>? {
        try database.first(
            #"SELECT start, "end" FROM stale_rollups WHERE owner = ?1"#, [.integer(owner.number)]
        ) { $0.minute(0)..<max($0.minute(0), $0.minute(1)) }
    }

    /// Whole hours; nil or an empty range for none.
    func set(_ range: Range<Minute>?, of owner: RollupOwner) throws(StoreError) {
        guard let range, !range.isEmpty else {
            try database.run("DELETE FROM stale_rollups WHERE owner = ?1", [.integer(owner.number)])
            return
        }
        try database.run(
            "REPLACE INTO stale_rollups VALUES (?1, ?2, ?3)",
            [
                .integer(owner.number), .integer(range.lowerBound.epochSeconds),
                .integer(range.upperBound.epochSeconds),
            ])
    }

    /// Adds the hours that the range touches, and those between it and the range so far.
    func mark(_ range: Range<Minute>, of owner: RollupOwner) throws(StoreError) {
        guard !range.isEmpty else { return }
        let hours = range.lowerBound.startOfHour..<range.upperBound.endOfHour
        let known = try self.range(of: owner)
        let union = known.map { $0.hull(with: hours) } ?? hours
        if union != known { try set(union, of: owner) }
    }

    /// Marks the minutes of the pool's model IDs, from a minute on or all.
    func mark(pool: StoreCatalog.Pool, from start: Minute? = nil, frozenBefore: Minute) throws(StoreError) {
        for series in pool.members {
            guard let extent = try extent(ofSeries: series.id) else { continue }
            let first = max(extent.lowerBound, start ?? extent.lowerBound, frozenBefore)
            guard first < extent.upperBound else { continue }
            try mark(first..<extent.upperBound, of: .pool(pool.id))
        }
    }

    /// The earliest stale hour of all.
    func earliest() throws(StoreError) -> Minute? {
        try database.first("SELECT min(start) FROM stale_rollups") { $0.isNull(0) ? nil : $0.minute(0) }
            ?? nil
    }

    /// From the first minute of a series, of its single minutes only, to the end of its last; nil when it has none.
    func extent(ofSeries id: Int) throws(StoreError) -> Range<Minute>? {
        let bounds = try database.first(
            """
            SELECT (SELECT min(minute) FROM minutes WHERE series_id = ?1),
                (SELECT max(minute) FROM minutes WHERE series_id = ?1),
                (SELECT min(start) FROM coverage WHERE series_id = ?1),
                (SELECT max("end") FROM coverage WHERE series_id = ?1)
            """, [.integer(id)]
        ) { row -> (first: Minute, end: Minute)? in
            let first = [0, 2].filter { !row.isNull($0) }.map { row.minute($0) }.min()
            var ends: [Minute] = []
            if !row.isNull(1) { ends.append(row.minute(1).advanced(by: 1)) }
            if !row.isNull(3) { ends.append(row.minute(3)) }
            guard let first, let end = ends.max() else { return nil }
            return (first, end)
        }
        guard let bounds = bounds ?? nil, bounds.first < bounds.end else { return nil }
        return bounds.first..<bounds.end
    }
}

extension Range<Minute> {
    /// The smallest range that holds both.
    func hull(with other: Range<Minute>) -> Range<Minute> {
        Swift.min(lowerBound, other.lowerBound)..<Swift.max(upperBound, other.upperBound)
    }
}

/// Which rollups a change of pools or limits makes stale.
extension StaleRollups {
    /// Model IDs have moved between pools: both sides' hours with minutes of theirs are stale.
    func markMoves(from before: StoreCatalog, to after: StoreCatalog) throws(StoreError) {
        let owners = Dictionary(uniqueKeysWithValues: before.series.map { ($0.id, RollupOwner(of: $0)) })
        for series in after.series {
            let new = RollupOwner(of: series)
            guard let old = owners[series.id], old != new else { continue }
            // What was stale of the series stays so with its new owner.
            let inherited = try range(of: old)
            var moved = try extent(ofSeries: series.id)
            if let extent = moved {
                moved = max(extent.lowerBound, min(after.frozenBefore, extent.upperBound))..<extent.upperBound
            }
            for range in [inherited, moved].compactMap({ $0 }) { try mark(range, of: new) }
            switch old {
            case .pool: if let moved { try mark(moved, of: old) }
            case .series: try set(nil, of: old)
            }
        }
    }

    /// Parts have come, gone or moved: hours with minutes of theirs are stale in the pools that they are taken out of, and
    /// all hours of a pool with its first or without its last part, where AWS's estimates count no more, or again.
    func markParts(from before: StoreCatalog, to after: StoreCatalog) throws(StoreError) {
        for series in after.series where series.isPart {
            let pools = Set([before, after].compactMap { $0.poolOfWhole(of: series) })
            guard before.poolOfWhole(of: series) != after.poolOfWhole(of: series),
                let extent = try extent(ofSeries: series.id)
            else { continue }
            let first = max(extent.lowerBound, min(after.frozenBefore, extent.upperBound))
            for pool in pools { try mark(first..<extent.upperBound, of: .pool(pool)) }
        }
        for pool in after.pools.values
        where (before.pools[pool.id]?.parts.isEmpty ?? true) != pool.parts.isEmpty {
            try mark(pool: pool, frozenBefore: after.frozenBefore)
        }
    }

    /// Limits have changed: hours from the first minute on at which they differ are stale.
    func markLimits(from before: StoreCatalog, to after: StoreCatalog) throws(StoreError) {
        for pool in after.pools.values {
            let old = before.pools[pool.id]?.limits ?? [:]
            let starts = Set(old.keys).union(pool.limits.keys).compactMap { kind in
                (pool.limits[kind] ?? LimitHistory()).firstDifference(from: old[kind] ?? LimitHistory())
            }
            guard let first = starts.min() else { continue }
            try mark(pool: pool, from: first, frozenBefore: after.frozenBefore)
        }
    }
}
