-- the first schema
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
);
CREATE TABLE pools (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    scope TEXT NOT NULL,
    model TEXT NOT NULL,
    UNIQUE (account, region, scope, model)
);
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
) WITHOUT ROWID;
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
) WITHOUT ROWID;
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
) WITHOUT ROWID;
CREATE TABLE coverage (
    series_id INTEGER NOT NULL REFERENCES series (id),
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (series_id, start),
    CHECK (start < "end")
) WITHOUT ROWID;
CREATE TABLE five_minute_coverage (
    series_id INTEGER NOT NULL REFERENCES series (id),
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (series_id, start),
    CHECK (start < "end")
) WITHOUT ROWID;
CREATE TABLE hour_coverage (
    series_id INTEGER NOT NULL REFERENCES series (id),
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (series_id, start),
    CHECK (start < "end")
) WITHOUT ROWID;
CREATE TABLE totals (
    series_id INTEGER NOT NULL REFERENCES series (id),
    metric TEXT NOT NULL,
    sum INTEGER NOT NULL,
    exposed INTEGER NOT NULL,
    PRIMARY KEY (series_id, metric)
) WITHOUT ROWID;
CREATE TABLE quota_token_totals (
    series_id INTEGER NOT NULL REFERENCES series (id),
    scope TEXT NOT NULL,
    model TEXT NOT NULL,
    sum REAL NOT NULL,
    exposed REAL NOT NULL,
    PRIMARY KEY (series_id, scope, model)
) WITHOUT ROWID;
CREATE TABLE discovered_metrics (
    series_id INTEGER NOT NULL REFERENCES series (id),
    cloudwatch_name TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (series_id, cloudwatch_name)
) WITHOUT ROWID;
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
) WITHOUT ROWID;
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
) WITHOUT ROWID;
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
) WITHOUT ROWID;
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
) WITHOUT ROWID;
CREATE TABLE stale_rollups (
    owner INTEGER PRIMARY KEY,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL
);
CREATE VIEW usage AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', m.minute, 'unixepoch') AS time, m.minute,
    s.account, s.region, s.model_id, s.scope, s.model, s.profile_name,
    m.invocations, m.input_tokens, m.output_tokens, m.cache_read_input_tokens,
    m.cache_write_input_tokens, m.client_errors, m.server_errors, m.throttles,
    m.estimated_quota_tokens, m.latency_ms, m.time_to_first_token_ms
FROM series AS s JOIN minutes AS m ON m.series_id = s.id;
CREATE VIEW hours AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.start, 'unixepoch') AS time,
    s.account, s.region, s.model_id, s.scope, s.model, s.profile_name,
    r.invocations, r.input_tokens, r.output_tokens, r.cache_read_input_tokens,
    r.cache_write_input_tokens, r.client_errors, r.server_errors, r.throttles,
    r.covered_minutes, r.known_minutes
FROM series AS s JOIN series_hours AS r ON r.series_id = s.id;
CREATE VIEW days AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.start, 'unixepoch') AS time,
    s.account, s.region, s.model_id, s.scope, s.model, s.profile_name,
    r.invocations, r.input_tokens, r.output_tokens, r.cache_read_input_tokens,
    r.cache_write_input_tokens, r.client_errors, r.server_errors, r.throttles,
    r.covered_minutes, r.known_minutes
FROM series AS s JOIN series_days AS r ON r.series_id = s.id;
CREATE VIEW counters AS
SELECT s.account, s.region, s.model_id, t.metric, t.sum, t.exposed
FROM series AS s JOIN totals AS t ON t.series_id = s.id;
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
) WITHOUT ROWID;
CREATE TABLE burndown_rates (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    scope TEXT NOT NULL,
    model TEXT NOT NULL,
    seen_from INTEGER NOT NULL,
    rate REAL NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (account, region, scope, model, seen_from)
) WITHOUT ROWID;
CREATE TABLE inventory (
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (account, region, kind)
);
CREATE TABLE spending (
    month TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    billed_metrics INTEGER NOT NULL,
    PRIMARY KEY (month, account, region)
) WITHOUT ROWID;
CREATE TABLE remote_write_cursors (
    receiver TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    subject TEXT NOT NULL,
    start INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (receiver, account, region, subject)
) WITHOUT ROWID;
CREATE TABLE remote_write_revisions (
    receiver TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    subject TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (receiver, account, region, subject, start)
) WITHOUT ROWID;
CREATE TABLE alerts (
    alert TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    scope TEXT NOT NULL,
    model TEXT NOT NULL,
    quota TEXT NOT NULL,
    cause TEXT NOT NULL,
    model_id TEXT NOT NULL,
    state TEXT NOT NULL,
    since REAL NOT NULL,
    fired_at REAL,
    last_active REAL NOT NULL,
    missing_since REAL,
    annotations TEXT NOT NULL,
    PRIMARY KEY (alert, account, region, scope, model, quota, cause, model_id)
) WITHOUT ROWID;
CREATE TABLE alert_transitions (
    id INTEGER PRIMARY KEY,
    alert TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    scope TEXT NOT NULL,
    model TEXT NOT NULL,
    quota TEXT NOT NULL,
    cause TEXT NOT NULL,
    model_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    at REAL NOT NULL,
    starts_at REAL NOT NULL,
    resent INTEGER NOT NULL,
    annotations TEXT NOT NULL
);
CREATE TABLE notifications (
    receiver TEXT NOT NULL,
    message INTEGER NOT NULL,
    transition_id INTEGER NOT NULL,
    PRIMARY KEY (receiver, message, transition_id)
) WITHOUT ROWID;
CREATE TABLE notification_receivers (
    receiver TEXT PRIMARY KEY,
    form TEXT NOT NULL,
    dropped INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE alert_counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE VIEW quotas AS
SELECT account, region, scope, model, quota, value, source, quota_code,
    strftime('%Y-%m-%dT%H:%M:%SZ', max(seen_from), 'unixepoch') AS seen_from
FROM quota_values GROUP BY account, region, scope, model, quota HAVING value IS NOT NULL;
CREATE VIEW waiting_notifications AS
SELECT n.receiver, n.message, t.id AS transition_id, t.kind,
    strftime('%Y-%m-%dT%H:%M:%SZ', t.at, 'unixepoch') AS time,
    t.alert, t.account, t.region, t.scope, t.model, t.quota, t.cause, t.model_id
FROM notifications AS n JOIN alert_transitions AS t ON t.id = n.transition_id;
CREATE TABLE callers (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    caller TEXT NOT NULL,
    UNIQUE (account, region, kind, caller)
);
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
) WITHOUT ROWID;
CREATE INDEX caller_minutes_by_caller ON caller_minutes (caller_id);
CREATE INDEX caller_minutes_uncounted ON caller_minutes (series_id, minute) WHERE counted = 0;
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
) WITHOUT ROWID;
CREATE TABLE caller_totals (
    pool_id INTEGER NOT NULL REFERENCES pools (id),
    caller_id INTEGER NOT NULL REFERENCES callers (id),
    quota_tokens REAL NOT NULL,
    PRIMARY KEY (pool_id, caller_id)
) WITHOUT ROWID;
CREATE TABLE log_spending (
    month TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    bytes_scanned INTEGER NOT NULL,
    PRIMARY KEY (month, account, region)
) WITHOUT ROWID;
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
) WITHOUT ROWID;
CREATE VIEW caller_usage AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', m.minute, 'unixepoch') AS time, m.minute,
    s.account, s.region, s.model_id, s.scope, s.model, c.kind, c.caller,
    m.invocations, m.input_tokens, m.output_tokens, m.cache_read_input_tokens, m.cache_write_input_tokens
FROM caller_minutes AS m JOIN series AS s ON s.id = m.series_id JOIN callers AS c ON c.id = m.caller_id;
CREATE VIEW throttling AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', e.start, 'unixepoch') AS time,
    p.account, p.region, p.scope, p.model, (e."end" - e.start) / 60 AS minutes, e.throttles, e.cause, e.evidence
FROM throttle_episodes AS e JOIN pools AS p ON p.id = e.pool_id;
