import QuotaModel
import SQLite

/// Holds minutes against the rollups of their hours: a byte that turned within a figure leaves a row that looks right, but
/// sums that do not agree.
struct MinuteProof {
    /// Sums of fractions may be added up in another order.
    private static let tolerance = 1e-9

    private let database: Database
    private let catalog: StoreCatalog
    private let stale: [RollupOwner: Range<Minute>]

    private struct Hour {
        let series: Int
        let start: Minute
    }

    /// Takes away the minutes of hours in which they cannot be right and returns these hours. Where the day's rollup speaks
    /// for the hour's, that one stays; where neither can be trusted, it goes as well.
    ///
    /// Call inside a transaction.
    ///
    /// - Parameter incomplete: Times of which minutes are missing anyway.
    static func run(_ database: Database, incomplete: LostTimes) throws(StoreError) -> LostTimes {
        let proof = try MinuteProof(database)
        var refuted = LostTimes()
        for hour in try proof.disagreements() {
            let span = hour.start..<hour.start.advanced(by: 60)
            guard incomplete.byID[hour.series]?.intersection(span).isEmpty ?? true,
                proof.isTrusted(hour), try proof.refute(hour)
            else { continue }
            refuted.insert(span, of: hour.series)
        }
        return refuted
    }

    private init(_ database: Database) throws(StoreError) {
        self.database = database
        catalog = try StoreCatalog(database)
        stale = try StaleRollups(database).all()
    }

    private func disagreements() throws(StoreError) -> [Hour] {
        let metrics = UsageTotals.metrics.map(\.rawValue)
        let sums = metrics.map { "total(\($0)) AS \($0)" }.joined(separator: ", ")
        let differ = metrics.map { "abs(h.\($0) - m.\($0)) > \(Self.tolerance) * (1 + m.\($0))" }
            .joined(separator: " OR ")
        var hours: [Hour] = []
        try database.query(
            """
            SELECT h.series_id, h.start FROM (
                SELECT series_id, minute / 3600 * 3600 AS start, \(sums) FROM minutes
                GROUP BY series_id, minute / 3600) AS m
            JOIN series_hours AS h ON h.series_id = m.series_id AND h.start = m.start
            WHERE h.coarse_minutes = 0 AND (\(differ))
            """
        ) { row in hours.append(Hour(series: row.integer(0), start: row.minute(1))) }
        return hours
    }

    /// Neither marked as out of date nor of minutes that retention has deleted in part.
    private func isTrusted(_ hour: Hour) -> Bool {
        guard hour.start >= catalog.frozenBefore,
            let series = catalog.series.first(where: { $0.id == hour.series })
        else { return false }
        return !(stale[RollupOwner(of: series)]?.contains(hour.start) ?? false)
    }

    /// False when the day says that it is the hour's rollup that is wrong, which is then made anew.
    private func refute(_ hour: Hour) throws(StoreError) -> Bool {
        switch try agreesWithDay(hour) {
        case false: return false
        case true: break
        case nil:
            try database.run(
                "DELETE FROM series_hours WHERE series_id = ?1 AND start = ?2",
                [.integer(hour.series), .integer(hour.start.epochSeconds)])
        }
        try database.run(
            "DELETE FROM minutes WHERE series_id = ?1 AND minute >= ?2 AND minute < ?3",
            [
                .integer(hour.series), .integer(hour.start.epochSeconds),
                .integer(hour.start.advanced(by: 60).epochSeconds),
            ])
        return true
    }

    /// Whether the hours of the day add up to its rollup; nil without one.
    private func agreesWithDay(_ hour: Hour) throws(StoreError) -> Bool? {
        let metrics = UsageTotals.metrics.map(\.rawValue)
        let agree = metrics.map {
            "abs(d.\($0) - (SELECT total(\($0)) FROM series_hours WHERE series_id = ?1 AND start >= ?2 AND start < ?3)) <= \(Self.tolerance) * (1 + d.\($0))"
        }.joined(separator: " AND ")
        let day = hour.start.startOfDay
        return try database.first(
            "SELECT \(agree) FROM series_days AS d WHERE d.series_id = ?1 AND d.start = ?2",
            [
                .integer(hour.series), .integer(day.epochSeconds),
                .integer(day.advanced(by: 1_440).epochSeconds),
            ]
        ) { $0.integer(0) != 0 }
    }
}
