import QuotaModel
import SQLite

/// Keeps counters right: minutes that are lost will be read again, and must not be counted twice.
///
/// A sum is lowered by what the lost minutes counted, and rises again as they are read; what Prometheus sees stands still
/// meanwhile, as it never goes down.
struct TotalsRepair {
    private let database: Database
    private let quotaTokens: QuotaTokenRepair
    private let lost: LostTimes
    private let uncovered: LostTimes
    private let now: Minute
    /// Counters that could not be brought in line, in words.
    private(set) var notes: [String] = []

    /// CloudWatch's memory of minutes.
    private static let memoryMinutes = 15 * 1_440
    /// What the daemon reads and counts of a model ID of which it knows no minute.
    private static let firstReadMinutes = 1_440

    private struct Series {
        let id: Int
        let firstKnown: Minute
        /// None of its minutes has been deleted by retention, so that the sum is that of stored minutes.
        let isComplete: Bool
    }

    init(_ database: Database, _ coverage: CoverageRepair, now: Int) throws(StoreError) {
        self.database = database
        quotaTokens = try QuotaTokenRepair(database)
        lost = coverage.lostMinutes
        uncovered = coverage.uncovered
        self.now = Minute(containingEpochSeconds: now)
    }

    /// Call inside a transaction.
    ///
    /// - Parameters:
    ///   - rowsLost: Rows of the table itself may be missing.
    ///   - quotaTokensLost: Rows of `quota_token_totals` may be missing.
    mutating func run(rowsLost: Bool, quotaTokensLost: Bool) throws(StoreError) {
        for series in try allSeries() {
            let known = series.firstKnown..<StoreLimits.times.upperBound
            let lost = self.lost.byID[series.id]?.intersection(known) ?? MinuteRanges()
            if !lost.isEmpty { try lower(series, lost) }
            guard lost.isEmpty, series.isComplete else { continue }
            if rowsLost { try makeAnew(series.id) }
            if quotaTokensLost { try quotaTokens.makeAnew(series: series.id) }
        }
    }

    private func allSeries() throws(StoreError) -> [Series] {
        var all: [Series] = []
        try database.query(
            "SELECT id, coalesce(first_known, 0), retained_from <= coalesce(first_known, retained_from) FROM series"
        ) {
            all.append(Series(id: $0.integer(0), firstKnown: $0.minute(1), isComplete: $0.integer(2) != 0))
        }
        return all
    }

    /// The lost minutes that the daemon will read again and count: inside of what is covered.
    private func countedAgain(_ lost: MinuteRanges, of id: Int) throws(StoreError) -> MinuteRanges {
        let memory = now.advanced(by: -Self.memoryMinutes)
        let rest = try CoverageTable(database).read(series: id)
        let first = rest.span?.lowerBound ?? now.advanced(by: -Self.firstReadMinutes)
        let start = max(memory, first)
        return lost.intersection(start..<max(start, StoreLimits.times.upperBound))
    }

    private mutating func lower(_ series: Series, _ lost: MinuteRanges) throws(StoreError) {
        let again = try countedAgain(lost, of: series.id)
        guard !again.isEmpty else { return }
        if series.isComplete, again == lost {
            try setToStored(series.id)
            return try quotaTokens.setToStored(series: series.id)
        }
        try subtractByRollups(series.id, again)
    }

    /// All that is missing will be counted again: the sum is that of what is there.
    private func setToStored(_ id: Int) throws(StoreError) {
        for metric in UsageTotals.metrics {
            try database.run(
                """
                UPDATE totals SET sum = min(sum, coalesce((SELECT sum(round(\(metric.rawValue))) FROM minutes
                    WHERE series_id = ?1 AND counted <> 0), 0))
                WHERE series_id = ?1 AND metric = ?2
                """, [.integer(id), .text(metric.rawValue)])
        }
    }

    /// What is missing is what the hours' rollups count above the minutes that are there.
    private mutating func subtractByRollups(_ id: Int, _ again: MinuteRanges) throws(StoreError) {
        var unknownHours = 0
        for range in again.ranges {
            for hour in stride(from: range.lowerBound.startOfHour, to: range.upperBound.endOfHour, by: 60) {
                let span: [SQLValue] = [
                    .integer(id), .integer(hour.epochSeconds), .integer(hour.advanced(by: 60).epochSeconds),
                ]
                let rollup = try database.first(
                    "SELECT 1 FROM series_hours WHERE series_id = ?1 AND start = ?2", Array(span.prefix(2))
                ) { _ in true }
                guard rollup != nil else {
                    // Without traffic known an hour has a rollup all the same: this one's is lost or was not yet made.
                    let known = uncovered.byID[id]?.intersection(hour..<hour.advanced(by: 60))
                    if !(known?.isEmpty ?? true) { unknownHours += 1 }
                    continue
                }
                for metric in UsageTotals.metrics { try subtract(metric.rawValue, span) }
                try quotaTokens.subtract(series: id, hour: hour)
            }
        }
        guard unknownHours > 0 else { return }
        notes.append(
            "counters of series \(id) may count up to \(unknownHours) hours again that are read again")
    }

    private func subtract(_ metric: String, _ span: [SQLValue]) throws(StoreError) {
        try database.run(
            """
            UPDATE totals SET sum = sum - max(0, coalesce((SELECT round(\(metric)) FROM series_hours
                WHERE series_id = ?1 AND start = ?2), 0) - coalesce((SELECT sum(round(\(metric))) FROM minutes
                WHERE series_id = ?1 AND minute >= ?2 AND minute < ?3), 0))
            WHERE series_id = ?1 AND metric = ?4
            """, span + [.text(metric)])
    }

    /// Lost counters of a series that lacks no minute.
    private func makeAnew(_ id: Int) throws(StoreError) {
        for metric in UsageTotals.metrics {
            try database.run(
                """
                INSERT OR IGNORE INTO totals SELECT ?1, ?2, total, total FROM (
                    SELECT CAST(sum(round(\(metric.rawValue))) AS INTEGER) AS total FROM minutes
                    WHERE series_id = ?1 AND counted <> 0) WHERE total > 0
                """, [.integer(id), .text(metric.rawValue)])
        }
    }
}

/// What `TotalsRepair` does, for quota tokens: weighed by the rates of now, as minutes that are read again will be.
struct QuotaTokenRepair {
    private let database: Database
    private let table: QuotaTokenTable
    private var weights: [Int: QuotaTokenTable.Weight] = [:]

    init(_ database: Database) throws(StoreError) {
        self.database = database
        table = QuotaTokenTable(database)
        var places: [(account: String, region: String)] = []
        try database.query("SELECT DISTINCT account, region FROM series") { row in
            places.append((row.text(0), row.text(1)))
        }
        for place in places {
            weights.merge(try table.weights(account: place.account, region: place.region)) { _, new in new }
        }
    }

    /// All that is missing will be counted again: the sum is that of what is there.
    func setToStored(series id: Int) throws(StoreError) {
        guard let weight = weights[id] else { return }
        try table.lower(
            series: id, weight.pool, to: stored(id, StoreLimits.times, weight.rate) { $0.isCounted })
    }

    /// What is missing of an hour is what its rollup counts above the minutes that are there.
    func subtract(series id: Int, hour: Minute) throws(StoreError) {
        guard let weight = weights[id] else { return }
        let whole = try database.first(
            """
            SELECT fixed_quota_tokens, burned_output_tokens FROM series_hours WHERE series_id = ?1 AND start = ?2
            """, [.integer(id), .integer(hour.epochSeconds)]
        ) { BurnedTokens(fixed: $0.double(0), burned: $0.double(1)).quotaTokens(rate: weight.rate) }
        guard let whole else { return }
        let left = try stored(id, hour..<hour.advanced(by: 60), weight.rate) { _ in true }
        try table.lower(series: id, weight.pool, by: whole - left)
    }

    /// Lost sums of a series that lacks no minute.
    func makeAnew(series id: Int) throws(StoreError) {
        guard let weight = weights[id] else { return }
        try table.restore(
            series: id, weight.pool, stored(id, StoreLimits.times, weight.rate) { $0.isCounted })
    }

    private func stored(
        _ id: Int, _ range: Range<Minute>, _ rate: Double, where isWanted: (MinuteTable.Stored) -> Bool
    ) throws(StoreError) -> Double {
        var sum = 0.0
        try MinuteTable(database).read(series: id, range) { (_, row) throws(StoreError) in
            if isWanted(row) { sum += QuotaTokens(of: row.usage, rate: rate)?.value ?? 0 }
        }
        return sum
    }
}
