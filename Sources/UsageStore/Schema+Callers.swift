/// The schema of who used the quotas, and why they throttled.
extension Schema {
    static let callers = [
        // kind: role, session, metadata:KEY; the callers of one kind split what was logged, each request once.
        // caller: the name, or (other), or (none) for a request without one.
        """
        CREATE TABLE callers (
            id INTEGER PRIMARY KEY,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            kind TEXT NOT NULL,
            caller TEXT NOT NULL,
            UNIQUE (account, region, kind, caller)
        )
        """,
        // What the invocation logs say of a series' minute, by caller. What CloudWatch has beyond it is not stored.
        // counted: 1 once it is in caller_totals, which waits until the model ID has a pool and a rate.
        """
        CREATE TABLE caller_minutes (
            series_id INTEGER NOT NULL REFERENCES series (id),
            minute INTEGER NOT NULL,
            caller_id INTEGER NOT NULL REFERENCES callers (id),
            invocations INTEGER NOT NULL,
            input_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL,
            cache_read_input_tokens INTEGER NOT NULL,
            cache_write_input_tokens INTEGER NOT NULL,
            counted INTEGER NOT NULL,
            PRIMARY KEY (series_id, minute, caller_id)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX caller_minutes_by_caller ON caller_minutes (caller_id)",
        "CREATE INDEX caller_minutes_uncounted ON caller_minutes (series_id, minute) WHERE counted = 0",
        // One row per window that was asked of Logs Insights, half-open. state: asked before the answer, then read or unknown.
        // kinds: the kinds that were asked for, a JSON array. reason: why a window is unknown.
        """
        CREATE TABLE caller_windows (
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            state TEXT NOT NULL,
            kinds TEXT NOT NULL,
            query_id TEXT,
            asked_at INTEGER NOT NULL,
            bytes_scanned INTEGER,
            reason TEXT,
            PRIMARY KEY (account, region, start),
            CHECK (start < "end")
        ) WITHOUT ROWID
        """,
        // Weighted tokens by caller since the store began, as Prometheus sees them.
        """
        CREATE TABLE caller_totals (
            pool_id INTEGER NOT NULL REFERENCES pools (id),
            caller_id INTEGER NOT NULL REFERENCES callers (id),
            quota_tokens REAL NOT NULL,
            PRIMARY KEY (pool_id, caller_id)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE log_spending (
            month TEXT NOT NULL,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            bytes_scanned INTEGER NOT NULL,
            PRIMARY KEY (month, account, region)
        ) WITHOUT ROWID
        """,
        // Minutes of throttling that belong together, half-open. evidence: a JSON object of figures.
        // judged_at: when the cause was last decided; settled: 1 once no later minute can change it.
        """
        CREATE TABLE throttle_episodes (
            pool_id INTEGER NOT NULL REFERENCES pools (id),
            start INTEGER NOT NULL,
            "end" INTEGER NOT NULL,
            throttles INTEGER NOT NULL,
            cause TEXT NOT NULL,
            evidence TEXT NOT NULL,
            judged_at INTEGER NOT NULL,
            settled INTEGER NOT NULL,
            PRIMARY KEY (pool_id, start),
            CHECK (start < "end")
        ) WITHOUT ROWID
        """,
        """
        CREATE VIEW caller_usage AS
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', m.minute, 'unixepoch') AS time, m.minute,
            s.account, s.region, s.model_id, s.scope, s.model, c.kind, c.caller,
            m.invocations, m.input_tokens, m.output_tokens, m.cache_read_input_tokens, m.cache_write_input_tokens
        FROM caller_minutes AS m JOIN series AS s ON s.id = m.series_id JOIN callers AS c ON c.id = m.caller_id
        """,
        """
        CREATE VIEW throttling AS
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', e.start, 'unixepoch') AS time,
            p.account, p.region, p.scope, p.model, (e."end" - e.start) / 60 AS minutes, e.throttles, e.cause, e.evidence
        FROM throttle_episodes AS e JOIN pools AS p ON p.id = e.pool_id
        """,
    ]
}
