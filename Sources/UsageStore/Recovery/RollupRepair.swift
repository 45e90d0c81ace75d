import QuotaModel
import SQLite

/// Makes rollups anew from minutes that are whole, and keeps those of hours that have lost some.
struct RollupRepair {
    private let database: Database
    private let writer: RollupWriter
    private let stale: StaleRollups
    private let incomplete: LostTimes
    private let salvage: StoreSalvage
    /// It is not known any more which hours were out of date, but the newest ones always are.
    private let areMarksLost: Bool

    private static let keptTables = ["series_hours", "pool_hours", "series_days", "pool_days"]

    init(_ database: Database, _ salvage: StoreSalvage, incomplete: LostTimes) throws(StoreError) {
        self.database = database
        self.salvage = salvage
        self.incomplete = incomplete
        areMarksLost = !(salvage.tables["stale_rollups"]?.gaps.isEmpty ?? true)
        writer = try RollupWriter(database)
        stale = StaleRollups(database)
    }

    /// Call inside a transaction.
    func run() throws(StoreError) {
        for name in Self.keptTables {
            try database.run("CREATE TEMP TABLE kept_\(name) AS SELECT * FROM \(name) WHERE 0")
        }
        for owner in owners { try repair(owner) }
        for name in Self.keptTables { try database.run("DROP TABLE temp.kept_\(name)") }
    }

    private var owners: [RollupOwner] {
        Set(writer.catalog.series.map { RollupOwner(of: $0) }).sorted { $0.number < $1.number }
    }

    private func repair(_ owner: RollupOwner) throws(StoreError) {
        guard let extent = try extent(of: owner) else { return }
        if areMarksLost, try stale.range(of: owner) == nil {
            let open = try writer.openHour(of: owner)
            try stale.mark(open..<open.advanced(by: 60), of: owner)
        }
        var hours = MinuteRanges([extent])
        let marked = MinuteRanges([try stale.range(of: owner)].compactMap { $0 })
        hours.subtract(marked)
        let lossy = lossyHours(of: owner).intersection(hours)
        var lossyDays = days(of: lossy)
        lossyDays.insert(days(of: marked))
        try keep(owner, hours: lossy, days: lossyDays)
        for range in hours.ranges { try writer.roll(owner, hours: range) }
        try giveBack(["series_hours", "pool_hours"])
        for range in lossyDays.ranges {
            for day in stride(from: range.lowerBound, to: range.upperBound, by: 1_440) {
                try writer.rollDay(owner, day)
            }
        }
        try giveBack(["series_days", "pool_days"])
    }

    /// The whole hours that have something to be made of; nil for none.
    private func extent(of owner: RollupOwner) throws(StoreError) -> Range<Minute>? {
        var extent: Range<Minute>?
        for series in writer.catalog.members(of: owner) {
            guard let own = try stale.extent(ofSeries: series.id) else { continue }
            let first = min(own.lowerBound, series.firstKnown ?? own.lowerBound)
            let hours = first.startOfHour..<own.upperBound.endOfHour
            extent = extent?.hull(with: hours) ?? hours
        }
        guard let extent else { return nil }
        let start = max(extent.lowerBound, writer.catalog.frozenBefore)
        return start < extent.upperBound ? start..<extent.upperBound : nil
    }

    /// Hours in which a member of the owner has lost something.
    private func lossyHours(of owner: RollupOwner) -> MinuteRanges {
        var hours = MinuteRanges()
        for series in writer.catalog.members(of: owner) {
            for range in incomplete.byID[series.id]?.ranges ?? [] {
                hours.insert(range.lowerBound.startOfHour..<range.upperBound.endOfHour)
            }
        }
        return hours
    }

    /// Days of such hours; and the one in which retention ends, whose hours are not all made anew.
    private func days(of hours: MinuteRanges) -> MinuteRanges {
        var days = MinuteRanges()
        for range in hours.ranges {
            let last = range.upperBound.advanced(by: -1).startOfDay
            days.insert(range.lowerBound.startOfDay..<last.advanced(by: 1_440))
        }
        let cut = writer.catalog.frozenBefore
        if cut > cut.startOfDay { days.insert(cut.startOfDay..<cut.startOfDay.advanced(by: 1_440)) }
        return days
    }

    // MARK: What stays

    private func keep(
        _ owner: RollupOwner, hours: MinuteRanges, days: MinuteRanges
    ) throws(StoreError) {
        for (unit, ranges) in [("hours", hours), ("days", days)] {
            for range in ranges.ranges {
                for series in writer.catalog.members(of: owner) {
                    try keep("series_\(unit)", "series_id", series.id, range)
                }
                if case .pool(let id) = owner { try keep("pool_\(unit)", "pool_id", id, range) }
            }
        }
    }

    private func keep(
        _ table: String, _ key: String, _ id: Int, _ range: Range<Minute>
    ) throws(StoreError) {
        try database.run(
            "INSERT INTO temp.kept_\(table) SELECT * FROM \(table) WHERE \(key) = ?1 AND start >= ?2 AND start < ?3",
            [.integer(id), .integer(range.lowerBound.epochSeconds), .integer(range.upperBound.epochSeconds)])
    }

    private func giveBack(_ tables: [String]) throws(StoreError) {
        for table in tables {
            try database.run("REPLACE INTO \(table) SELECT * FROM temp.kept_\(table)")
            try database.run("DELETE FROM temp.kept_\(table)")
        }
    }

    // MARK: What is lost all the same

    /// Rollups of the table that are missing and cannot be made anew: their minutes are gone, or lost as well.
    func losses(_ table: String) throws(StoreError) -> LostTimes {
        let frozen = StoreLimits.times.lowerBound..<writer.catalog.frozenBefore
        var losses = LostTimes()
        for (id, ranges) in try salvage.lostTimes(table).byID {
            let owner: RollupOwner = table.hasPrefix("pool") ? .pool(id) : ownerOfSeries(id)
            var gone = ranges.intersection(frozen)
            gone.insert(lossyHours(of: owner).intersection(ranges))
            for range in gone.ranges { losses.insert(range, of: id) }
        }
        return losses
    }

    private func ownerOfSeries(_ id: Int) -> RollupOwner {
        writer.catalog.series.first { $0.id == id }.map { RollupOwner(of: $0) } ?? .series(id)
    }
}
