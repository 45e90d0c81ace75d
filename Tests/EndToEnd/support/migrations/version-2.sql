-- longer periods, burndown rates, rollups
ALTER TABLE series ADD COLUMN first_covered INTEGER;
ALTER TABLE series ADD COLUMN first_known INTEGER;
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
CREATE TABLE pools (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    scope TEXT NOT NULL,
    model TEXT NOT NULL,
    UNIQUE (account, region, scope, model)
);
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
UPDATE series SET
    first_covered = (SELECT min(start) FROM coverage WHERE series_id = series.id),
    first_known = (SELECT min(coalesce(min(start), 1e18), coalesce(
        (SELECT min(minute) FROM minutes WHERE series_id = series.id), 1e18))
        FROM coverage WHERE series_id = series.id);
UPDATE series SET first_known = NULL WHERE first_known > 1e17;
INSERT INTO pools (account, region, scope, model) SELECT DISTINCT account, region, scope, model FROM series WHERE scope IS NOT NULL AND model IS NOT NULL;
INSERT INTO stale_rollups
SELECT owner, min(first) / 3600 * 3600, (max(last) + 3599) / 3600 * 3600 FROM (
    SELECT coalesce(p.id, -s.id) AS owner, s.first_known AS first,
        max(coalesce((SELECT max("end") FROM coverage WHERE series_id = s.id), 0),
            coalesce((SELECT max(minute) + 60 FROM minutes WHERE series_id = s.id), 0)) AS last
    FROM series AS s LEFT JOIN pools AS p
        ON (p.account, p.region, p.scope, p.model) = (s.account, s.region, s.scope, s.model)
    WHERE s.first_known IS NOT NULL
) GROUP BY owner;
CREATE VIEW hours AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.start, 'unixepoch') AS time,
    s.account, s.region, s.model_id, s.scope, s.model,
    r.invocations, r.input_tokens, r.output_tokens, r.cache_read_input_tokens, r.cache_write_input_tokens, r.client_errors, r.server_errors, r.throttles, r.covered_minutes, r.known_minutes
FROM series AS s JOIN series_hours AS r ON r.series_id = s.id;
CREATE VIEW days AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.start, 'unixepoch') AS time,
    s.account, s.region, s.model_id, s.scope, s.model,
    r.invocations, r.input_tokens, r.output_tokens, r.cache_read_input_tokens, r.cache_write_input_tokens, r.client_errors, r.server_errors, r.throttles, r.covered_minutes, r.known_minutes
FROM series AS s JOIN series_days AS r ON r.series_id = s.id;
