import QuotaModel

extension Schema {
    private static let metricColumns = UsageMetric.allCases.map { metric in
        "\(metric.rawValue) \(metric.statistic == .average ? "REAL" : "INTEGER")"
    }.joined(separator: ",\n")

    /// One row per series and period that has a datapoint; start: first second of the period.
    private static func periods(_ name: String) -> String {
        """
        CREATE TABLE \(name) (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
            \(metricColumns),
            PRIMARY KEY (series_id, start)
        ) WITHOUT ROWID
        """
    }

    private static func coverage(_ name: String) -> String {
        """
        CREATE TABLE \(name) (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            PRIMARY KEY (series_id, start),
            CHECK (start < "end")
        ) WITHOUT ROWID
        """
    }

    /// known_minutes: covered or with a datapoint. coarse_minutes: known only as part of a longer period.
    /// fixed_quota_tokens + burned_output_tokens x rate are the quota tokens, whatever the rate turns out to be.
    private static func series(_ name: String) -> String {
        """
        CREATE TABLE \(name) (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
            \(RollupTable.sumColumns.joined(separator: ",\n")),
            \(RollupTable.useColumns.joined(separator: ",\n")),
            PRIMARY KEY (series_id, start)
        ) WITHOUT ROWID
        """
    }

    private static func pools(_ name: String) -> String {
        """
        CREATE TABLE \(name) (
            pool_id INTEGER NOT NULL REFERENCES pools (id),
            start INTEGER NOT NULL,
            \(RollupTable.useColumns.joined(separator: ",\n")),
            PRIMARY KEY (pool_id, start)
        ) WITHOUT ROWID
        """
    }

    /// Columns without a type: SQLite stores a whole number as given, in as few bytes as it needs.
    static let version2: [String] = [
        // First minute ever covered, and ever known: both outlive retention.
        "ALTER TABLE series ADD COLUMN first_covered INTEGER",
        "ALTER TABLE series ADD COLUMN first_known INTEGER",
        periods("five_minute_periods"),
        periods("hour_periods"),
        coverage("five_minute_coverage"),
        coverage("hour_coverage"),
        // One row per change; the newest holds for all time.
        """
        CREATE TABLE burndown_rates (
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            scope TEXT NOT NULL,
            model TEXT NOT NULL,
            seen_from INTEGER NOT NULL,
            rate REAL NOT NULL,
            source TEXT NOT NULL,
            PRIMARY KEY (account, region, scope, model, seen_from)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE pools (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            scope TEXT NOT NULL,
            model TEXT NOT NULL,
            UNIQUE (account, region, scope, model)
        )
        """,
        series("series_hours"), series("series_days"), pools("pool_hours"), pools("pool_days"),
        // Hours whose rollups are not to be trusted, from start to before end. owner: a pool's ID, or minus the ID of
        // a series without a pool.
        """
        CREATE TABLE stale_rollups (
            owner INTEGER PRIMARY KEY,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL
        )
        """,
        """
        UPDATE series SET
            first_covered = (SELECT min(start) FROM coverage WHERE series_id = series.id),
            first_known = (SELECT min(coalesce(min(start), 1e18), coalesce(
                (SELECT min(minute) FROM minutes WHERE series_id = series.id), 1e18))
                FROM coverage WHERE series_id = series.id)
        """,
        "UPDATE series SET first_known = NULL WHERE first_known > 1e17",
        "INSERT INTO pools (account, region, scope, model) \(poolsOfSeries)",
        // Everything is rolled up from the minutes, step by step.
        """
        INSERT INTO stale_rollups
        SELECT owner, min(first) / 3600 * 3600, (max(last) + 3599) / 3600 * 3600 FROM (
            SELECT coalesce(p.id, -s.id) AS owner, s.first_known AS first,
                max(coalesce((SELECT max("end") FROM coverage WHERE series_id = s.id), 0),
                    coalesce((SELECT max(minute) + 60 FROM minutes WHERE series_id = s.id), 0)) AS last
            FROM series AS s LEFT JOIN pools AS p
                ON (p.account, p.region, p.scope, p.model) = (s.account, s.region, s.scope, s.model)
            WHERE s.first_known IS NOT NULL
        ) GROUP BY owner
        """,
        view("hours", of: "series_hours"), view("days", of: "series_days"),
    ]

    private static let poolsOfSeries = """
        SELECT DISTINCT account, region, scope, model FROM series WHERE scope IS NOT NULL AND model IS NOT NULL
        """

    private static func view(_ name: String, of table: String) -> String {
        """
        CREATE VIEW \(name) AS
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.start, 'unixepoch') AS time,
            s.account, s.region, s.model_id, s.scope, s.model,
            r.\(UsageTotals.metrics.map(\.rawValue).joined(separator: ", r.")), r.covered_minutes, r.known_minutes
        FROM series AS s JOIN \(table) AS r ON r.series_id = s.id
        """
    }
}
