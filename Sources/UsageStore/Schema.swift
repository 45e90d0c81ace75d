/// The schema's history: migration 1 is version 1, and so on. What has been released is never edited, only followed.
enum Schema {
    static let migrations = [
        Migration(version: 1, name: "minutes, coverage, counters, quotas, inventory", statements: version1),
        Migration(version: 2, name: "longer periods, burndown rates, rollups", statements: version2),
        RemoteWriteTable.migration,
        Migration(version: 4, name: "alerts and notifications", statements: version4),
        SpendingTable.migration,
        RevisionTable.migration,
        QuotaTokenTable.migration,
    ]

    /// The newest version that this program knows.
    static var newestVersion: Int { migrations.last?.version ?? 0 }

    /// Times are Unix seconds; a minute is named by its first second; NULL is "no datapoint", "not known".
    private static let version1 = [
        // retained_from: retention has deleted what lies before; such minutes are not taken again.
        """
        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            model_id TEXT NOT NULL,
            scope TEXT,
            model TEXT,
            first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            retained_from INTEGER NOT NULL DEFAULT 0,
            UNIQUE (account, region, model_id)
        )
        """,
        // counted: the minute is part of the series' totals.
        """
        CREATE TABLE minutes (
            series_id INTEGER NOT NULL REFERENCES series (id),
            minute INTEGER NOT NULL,
            counted INTEGER NOT NULL,
            invocations INTEGER,
            input_tokens INTEGER,
            output_tokens INTEGER,
            cache_read_input_tokens INTEGER,
            cache_write_input_tokens INTEGER,
            client_errors INTEGER,
            server_errors INTEGER,
            throttles INTEGER,
            estimated_quota_tokens INTEGER,
            latency_ms REAL,
            time_to_first_token_ms REAL,
            PRIMARY KEY (series_id, minute)
        ) WITHOUT ROWID
        """,
        // Half-open, disjoint and never touching: the minutes that were asked for and answered.
        """
        CREATE TABLE coverage (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            PRIMARY KEY (series_id, start),
            CHECK (start < "end")
        ) WITHOUT ROWID
        """,
        // sum: over all counted minutes, deleted ones included. exposed: the highest sum so far, which Prometheus sees.
        """
        CREATE TABLE totals (
            series_id INTEGER NOT NULL REFERENCES series (id),
            metric TEXT NOT NULL,
            sum INTEGER NOT NULL,
            exposed INTEGER NOT NULL,
            PRIMARY KEY (series_id, metric)
        ) WITHOUT ROWID
        """,
        // The metrics that CloudWatch listed for a series, in CloudWatch's spelling.
        """
        CREATE TABLE discovered_metrics (
            series_id INTEGER NOT NULL REFERENCES series (id),
            cloudwatch_name TEXT NOT NULL,
            seen_at INTEGER NOT NULL,
            PRIMARY KEY (series_id, cloudwatch_name)
        ) WITHOUT ROWID
        """,
        // One row per change; a NULL value says that the quota is gone.
        """
        CREATE TABLE quota_values (
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            scope TEXT NOT NULL,
            model TEXT NOT NULL,
            quota TEXT NOT NULL,
            seen_from INTEGER NOT NULL,
            value REAL,
            source TEXT,
            quota_code TEXT,
            PRIMARY KEY (account, region, scope, model, quota, seen_from)
        ) WITHOUT ROWID
        """,
        // AWS's last lists as JSON: kind is quotas, models or profiles.
        """
        CREATE TABLE inventory (
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            kind TEXT NOT NULL,
            fetched_at INTEGER NOT NULL,
            json TEXT NOT NULL,
            PRIMARY KEY (account, region, kind)
        )
        """,
        """
        CREATE VIEW usage AS
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', m.minute, 'unixepoch') AS time, m.minute,
            s.account, s.region, s.model_id, s.scope, s.model,
            m.invocations, m.input_tokens, m.output_tokens, m.cache_read_input_tokens, m.cache_write_input_tokens,
            m.client_errors, m.server_errors, m.throttles, m.estimated_quota_tokens,
            m.latency_ms, m.time_to_first_token_ms
        FROM series AS s JOIN minutes AS m ON m.series_id = s.id
        """,
        """
        CREATE VIEW counters AS
        SELECT s.account, s.region, s.model_id, t.metric, t.sum, t.exposed
        FROM series AS s JOIN totals AS t ON t.series_id = s.id
        """,
        // A bare column beside max() comes from the row of the maximum (https://www.sqlite.org/lang_select.html, 2.5).
        """
        CREATE VIEW quotas AS
        SELECT account, region, scope, model, quota, value, source, quota_code,
            strftime('%Y-%m-%dT%H:%M:%SZ', max(seen_from), 'unixepoch') AS seen_from
        FROM quota_values GROUP BY account, region, scope, model, quota HAVING value IS NOT NULL
        """,
    ]
}
