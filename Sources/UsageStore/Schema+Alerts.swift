/// The schema beside usage: quotas, rates and AWS's lists, what was spent, remote write, alerts.
extension Schema {
    static let rest = [
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
        // AWS's last lists as JSON: kind is quotas, models, profiles or deployments, and organization without account and Region.
        // The latter also has accounts that left, each with the label that its history is under.
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
        CREATE TABLE spending (
            month TEXT NOT NULL,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            billed_metrics INTEGER NOT NULL,
            PRIMARY KEY (month, account, region)
        ) WITHOUT ROWID
        """,
        // subject: model_id/… or pool/scope/model; the receiver's own row has none, and no account and Region.
        """
        CREATE TABLE remote_write_cursors (
            receiver TEXT NOT NULL,
            account TEXT NOT NULL,
            region TEXT NOT NULL,
            subject TEXT NOT NULL,
            start INTEGER NOT NULL,
            next INTEGER NOT NULL,
            PRIMARY KEY (receiver, account, region, subject)
        ) WITHOUT ROWID
        """,
        // Minutes before the cursors that are no longer as they were sent. noted_at: of the first change.
        """
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
        ) WITHOUT ROWID
        """,
        // One row per alert that is pending or firing. The first eight columns make an alert that alert; a part that does not
        // apply is empty. Times are Unix seconds with fractions; annotations are a JSON object.
        """
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
        ) WITHOUT ROWID
        """,
        // Changes of state that wait for a receiver or, when resent is 1, that Alertmanager is told of again.
        """
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
        )
        """,
        // One row per receiver and transition that it was not yet told of; a message is sent whole, lowest number first.
        // Columns in the key's order, else SQLite 3.40's integrity check finds NULLs that are not there.
        """
        CREATE TABLE notifications (
            receiver TEXT NOT NULL,
            message INTEGER NOT NULL,
            transition_id INTEGER NOT NULL,
            PRIMARY KEY (receiver, message, transition_id)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE notification_receivers (
            receiver TEXT PRIMARY KEY,
            form TEXT NOT NULL,
            dropped INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE alert_counters (
            name TEXT PRIMARY KEY,
            value INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        // A bare column beside max() comes from the row of the maximum (https://www.sqlite.org/lang_select.html, 2.5).
        """
        CREATE VIEW quotas AS
        SELECT account, region, scope, model, quota, value, source, quota_code,
            strftime('%Y-%m-%dT%H:%M:%SZ', max(seen_from), 'unixepoch') AS seen_from
        FROM quota_values GROUP BY account, region, scope, model, quota HAVING value IS NOT NULL
        """,
        """
        CREATE VIEW waiting_notifications AS
        SELECT n.receiver, n.message, t.id AS transition_id, t.kind,
            strftime('%Y-%m-%dT%H:%M:%SZ', t.at, 'unixepoch') AS time,
            t.alert, t.account, t.region, t.scope, t.model, t.quota, t.cause, t.model_id
        FROM notifications AS n JOIN alert_transitions AS t ON t.id = n.transition_id
        """,
    ]
}
