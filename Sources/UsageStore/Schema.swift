/// What the store's file holds: one text so far, as no version has been released. What has been released is never edited,
/// only followed by a migration, whose SQL is as literal as this.
enum Schema {
    static let migrations = [
        Migration(version: 10, name: "the first schema", statements: usage + rest + callers)
    ]

    /// The newest version that this program knows.
    static var newestVersion: Int { migrations.last?.version ?? 0 }

    /// Versions that only development versions wrote; such files are refused.
    static let developmentVersions = 1...9

    /// Times are Unix seconds; a minute is named by its first second; NULL is "no datapoint", "not known".
    private static let usage = [
        // profile_name: the inference profile's, as it was last listed; NULL for none.
        // retained_from: retention has deleted what lies before; such minutes are not taken again.
        // first_covered, first_known: the first minute ever covered, and ever known; both outlive retention.
        """
        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            model_id TEXT NOT NULL,
            scope TEXT,
            model TEXT,
            profile_name TEXT,
            first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            retained_from INTEGER NOT NULL DEFAULT 0,
            first_covered INTEGER,
            first_known INTEGER,
            UNIQUE (account, region, model_id)
        )
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
        // One row per series and period that has a datapoint; start: first second of the period.
        """
        CREATE TABLE five_minute_periods (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
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
            PRIMARY KEY (series_id, start)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE hour_periods (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
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
            PRIMARY KEY (series_id, start)
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
        """
        CREATE TABLE five_minute_coverage (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            PRIMARY KEY (series_id, start),
            CHECK (start < "end")
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE hour_coverage (
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
        """
        CREATE TABLE quota_token_totals (
            series_id INTEGER NOT NULL REFERENCES series (id),
            scope TEXT NOT NULL,
            model TEXT NOT NULL,
            sum REAL NOT NULL,
            exposed REAL NOT NULL,
            PRIMARY KEY (series_id, scope, model)
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
        // known_minutes: covered or with a datapoint. coarse_minutes: known only as part of a longer period.
        // fixed_quota_tokens + burned_output_tokens x rate are the quota tokens, whatever the rate turns out to be.
        // Columns without a type: SQLite stores a whole number as given, in as few bytes as it needs.
        """
        CREATE TABLE series_hours (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
            invocations,
            input_tokens,
            output_tokens,
            cache_read_input_tokens,
            cache_write_input_tokens,
            client_errors,
            server_errors,
            throttles,
            fixed_quota_tokens,
            burned_output_tokens,
            covered_minutes,
            known_minutes,
            coarse_minutes,
            last_known_minute,
            tpm_peak,
            tpm_peak_minute,
            tpm_peak_ratio,
            tpm_peak_ratio_minute,
            tpm_ratio_sum,
            tpm_ratio_minutes,
            tpm_above_70,
            tpm_above_80,
            tpm_above_100,
            rpm_peak,
            rpm_peak_minute,
            rpm_peak_ratio,
            rpm_peak_ratio_minute,
            rpm_ratio_sum,
            rpm_ratio_minutes,
            rpm_above_70,
            rpm_above_80,
            rpm_above_100,
            PRIMARY KEY (series_id, start)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE series_days (
            series_id INTEGER NOT NULL REFERENCES series (id),
            start INTEGER NOT NULL,
            invocations,
            input_tokens,
            output_tokens,
            cache_read_input_tokens,
            cache_write_input_tokens,
            client_errors,
            server_errors,
            throttles,
            fixed_quota_tokens,
            burned_output_tokens,
            covered_minutes,
            known_minutes,
            coarse_minutes,
            last_known_minute,
            tpm_peak,
            tpm_peak_minute,
            tpm_peak_ratio,
            tpm_peak_ratio_minute,
            tpm_ratio_sum,
            tpm_ratio_minutes,
            tpm_above_70,
            tpm_above_80,
            tpm_above_100,
            rpm_peak,
            rpm_peak_minute,
            rpm_peak_ratio,
            rpm_peak_ratio_minute,
            rpm_ratio_sum,
            rpm_ratio_minutes,
            rpm_above_70,
            rpm_above_80,
            rpm_above_100,
            PRIMARY KEY (series_id, start)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE pool_hours (
            pool_id INTEGER NOT NULL REFERENCES pools (id),
            start INTEGER NOT NULL,
            tpm_peak,
            tpm_peak_minute,
            tpm_peak_ratio,
            tpm_peak_ratio_minute,
            tpm_ratio_sum,
            tpm_ratio_minutes,
            tpm_above_70,
            tpm_above_80,
            tpm_above_100,
            rpm_peak,
            rpm_peak_minute,
            rpm_peak_ratio,
            rpm_peak_ratio_minute,
            rpm_ratio_sum,
            rpm_ratio_minutes,
            rpm_above_70,
            rpm_above_80,
            rpm_above_100,
            PRIMARY KEY (pool_id, start)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE pool_days (
            pool_id INTEGER NOT NULL REFERENCES pools (id),
            start INTEGER NOT NULL,
            tpm_peak,
            tpm_peak_minute,
            tpm_peak_ratio,
            tpm_peak_ratio_minute,
            tpm_ratio_sum,
            tpm_ratio_minutes,
            tpm_above_70,
            tpm_above_80,
            tpm_above_100,
            rpm_peak,
            rpm_peak_minute,
            rpm_peak_ratio,
            rpm_peak_ratio_minute,
            rpm_ratio_sum,
            rpm_ratio_minutes,
            rpm_above_70,
            rpm_above_80,
            rpm_above_100,
            PRIMARY KEY (pool_id, start)
        ) WITHOUT ROWID
        """,
        // Hours whose rollups are not to be trusted, from start to before end. owner: a pool's ID, or minus the ID of a
        // series without a pool.
        """
        CREATE TABLE stale_rollups (
            owner INTEGER PRIMARY KEY,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL
        )
        """,
        """
        CREATE VIEW usage AS
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', m.minute, 'unixepoch') AS time, m.minute,
            s.account, s.region, s.model_id, s.scope, s.model, s.profile_name,
            m.invocations, m.input_tokens, m.output_tokens, m.cache_read_input_tokens,
            m.cache_write_input_tokens, m.client_errors, m.server_errors, m.throttles,
            m.estimated_quota_tokens, m.latency_ms, m.time_to_first_token_ms
        FROM series AS s JOIN minutes AS m ON m.series_id = s.id
        """,
        """
        CREATE VIEW hours AS
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.start, 'unixepoch') AS time,
            s.account, s.region, s.model_id, s.scope, s.model, s.profile_name,
            r.invocations, r.input_tokens, r.output_tokens, r.cache_read_input_tokens,
            r.cache_write_input_tokens, r.client_errors, r.server_errors, r.throttles,
            r.covered_minutes, r.known_minutes
        FROM series AS s JOIN series_hours AS r ON r.series_id = s.id
        """,
        """
        CREATE VIEW days AS
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.start, 'unixepoch') AS time,
            s.account, s.region, s.model_id, s.scope, s.model, s.profile_name,
            r.invocations, r.input_tokens, r.output_tokens, r.cache_read_input_tokens,
            r.cache_write_input_tokens, r.client_errors, r.server_errors, r.throttles,
            r.covered_minutes, r.known_minutes
        FROM series AS s JOIN series_days AS r ON r.series_id = s.id
        """,
        """
        CREATE VIEW counters AS
        SELECT s.account, s.region, s.model_id, t.metric, t.sum, t.exposed
        FROM series AS s JOIN totals AS t ON t.series_id = s.id
        """,
    ]
}
