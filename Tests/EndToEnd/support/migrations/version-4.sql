-- alerts and notifications
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
CREATE VIEW waiting_notifications AS
SELECT n.receiver, n.message, t.id AS transition_id, t.kind,
    strftime('%Y-%m-%dT%H:%M:%SZ', t.at, 'unixepoch') AS time,
    t.alert, t.account, t.region, t.scope, t.model, t.quota, t.cause, t.model_id
FROM notifications AS n JOIN alert_transitions AS t ON t.id = n.transition_id;
