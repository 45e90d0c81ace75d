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

/// What recording longer periods did.
package struct PeriodOutcome: Equatable, Sendable {
    /// Periods written because they are new or revised.
    package var changedPeriods = 0
    /// Periods that were stored like that already.
    package var unchangedPeriods = 0
    /// Periods that are known more finely, so that they would count twice.
    package var supersededPeriods = 0
    /// Periods not taken: not on a boundary of the resolution, or outside 1970 to 9999.
    package var refusedPeriods = 0
    /// Datapoints not taken: negative, not finite, or counts above 2^53.
    package var refusedDatapoints = 0
    /// Series not taken: the model ID is empty or longer than 4,096 bytes.
    package var refusedSeries = 0

    package init() {}
}

/// Writes CloudWatch's longer periods into the tables, as far as nothing finer is known.
struct PeriodRecorder {
    private let database: Database
    private let record: PeriodRecord
    private let series: SeriesTable
    private let table: PeriodTable
    private var outcome = PeriodOutcome()
    private var touched = TouchedHours()

    /// Call inside a transaction.
    static func record(_ record: PeriodRecord, in database: Database) throws(StoreError) -> PeriodOutcome {
        var recorder = PeriodRecorder(record, database)
        for one in record.series { try recorder.record(one) }
        try recorder.touched.settle(
            in: database, of: RegionKey(account: record.account, region: record.region))
        return recorder.outcome
    }

    private init(_ record: PeriodRecord, _ database: Database) {
        self.database = database
        self.record = record
        series = SeriesTable(database)
        table = PeriodTable(database, record.resolution)
    }

    private mutating func record(_ one: PeriodRecord.Series) throws(StoreError) {
        guard SeriesTable.accepts(one.modelID) else {
            outcome.refusedSeries += 1
            return
        }
        let (entry, _) = try series.findOrInsert(
            account: record.account, region: record.region, modelID: one.modelID, at: record.recordedAt)
        var known = MinuteRanges()
        var covered = MinuteRanges()
        for period in one.periods {
            guard let range = try write(period, to: entry.id) else { continue }
            known.insert(range)
            touched.note(entry.id, range)
        }
        for range in one.covered {
            let whole = inward(range)
            for added in try table.coverage.add(series: entry.id, whole) { touched.note(entry.id, added) }
            covered.insert(whole)
        }
        known.insert(covered)
        if record.resolution == .fiveMinutes { try dropHours(overlapping: known, of: entry.id) }
        try series.note(known: known.span?.lowerBound, covered: covered.span?.lowerBound, of: entry)
    }

    /// Stores one period; returns its range unless it was refused or superseded.
    private mutating func write(_ period: RecordedMinute, to id: Int) throws(StoreError) -> Range<Minute>? {
        let minutes = record.resolution.minutes
        guard StoreLimits.times.contains(period.minute), period.minute.index % minutes == 0 else {
            outcome.refusedPeriods += 1
            return nil
        }
        let range = period.minute..<period.minute.advanced(by: minutes)
        let usage = period.usage.acceptable(refused: &outcome.refusedDatapoints)
        guard !usage.isEmpty else { return nil }
        guard try !isKnownMoreFinely(range, of: id) else {
            outcome.supersededPeriods += 1
            return nil
        }
        var stored: UsageMinute?
        try table.read(series: id, range) { _, usage in stored = usage }
        let merged = stored?.overwritten(by: usage) ?? usage
        guard merged != stored else {
            outcome.unchangedPeriods += 1
            return range
        }
        try table.write(series: id, period.minute, merged)
        outcome.changedPeriods += 1
        return range
    }

    // MARK: What is finer

    private func isKnownMoreFinely(_ range: Range<Minute>, of id: Int) throws(StoreError) -> Bool {
        if try !CoverageTable(database).read(series: id, in: range).isEmpty { return true }
        if try MinuteTable(database).hasAny(series: id, range) { return true }
        // Minutes that retention has deleted live on in the hour's rollup.
        var known = 0
        let hour = range.lowerBound.startOfHour
        try RollupTable(database, .hour).readSums(series: id, hour..<hour.advanced(by: 1)) {
            known = $1.known
        }
        if known > 0, try series.retainedFrom() > hour { return true }
        guard record.resolution == .hour else { return false }
        let finer = PeriodTable(database, .fiveMinutes)
        var has = try !finer.coverage.read(series: id, in: range).isEmpty
        try finer.read(series: id, range) { _, _ in has = true }
        return has
    }

    private mutating func dropHours(overlapping finer: MinuteRanges, of id: Int) throws(StoreError) {
        let hours = PeriodTable(database, .hour)
        for range in finer.ranges where try hours.drop(series: id, overlapping: range) > 0 {
            touched.note(id, range)
        }
    }

    /// The whole periods of a range, inside the store's times.
    private func inward(_ range: Range<Minute>) -> Range<Minute> {
        let range = range.clamped(to: StoreLimits.times)
        let minutes = record.resolution.minutes
        let start = (range.lowerBound.index + minutes - 1) / minutes * minutes
        let end = range.upperBound.index / minutes * minutes
        return Minute(index: start)..<Minute(index: max(start, end))
    }
}

/// Datapoints of CloudWatch's coarser resolutions: a sum over 5 minutes or an hour, stored as what it is.
package struct PeriodRecord: Sendable {
    package enum Resolution: Int, CaseIterable, Sendable {
        /// What CloudWatch keeps for 63 days.
        case fiveMinutes = 5
        /// What CloudWatch keeps for 455 days.
        case hour = 60

        package var minutes: Int { rawValue }
    }

    package struct Series: Sendable {
        package var modelID: String
        /// By the first minute of the period.
        package var periods: [RecordedMinute]
        /// Whole periods.
        package var covered: [Range<Minute>]

        package init(modelID: String, periods: [RecordedMinute], covered: [Range<Minute>]) {
            self.modelID = modelID
            self.periods = periods
            self.covered = covered
        }
    }

    package var account: String
    package var region: String
    package var recordedAt: Int
    package var resolution: Resolution
    package var series: [Series]

    package init(account: String, region: String, recordedAt: Int, resolution: Resolution, series: [Series]) {
        self.account = account
        self.region = region
        self.recordedAt = recordedAt
        self.resolution = resolution
        self.series = series
    }
}
