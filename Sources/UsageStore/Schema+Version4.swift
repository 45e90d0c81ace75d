extension Schema {
    /// What makes an alert that alert; a part that does not apply is empty.
    private static let alertColumns = StoredAlertKey.columns.map { "\($0) TEXT NOT NULL" }
        .joined(separator: ",\n")

    /// Times are Unix seconds with fractions; annotations are a JSON object.
    static let version4 = [
        // One row per alert that is pending or firing.
        """
        CREATE TABLE alerts (
            \(alertColumns),
            state TEXT NOT NULL,
            since REAL NOT NULL,
            fired_at REAL,
            last_active REAL NOT NULL,
            missing_since REAL,
            annotations TEXT NOT NULL,
            PRIMARY KEY (\(StoredAlertKey.columns.joined(separator: ", ")))
        ) WITHOUT ROWID
        """,
        // Changes of state that wait for a receiver or, when resent is 1, that Alertmanager is told of again.
        """
        CREATE TABLE alert_transitions (
            id INTEGER PRIMARY KEY,
            \(alertColumns),
            kind TEXT NOT NULL,
            reason TEXT NOT NULL,
            at REAL NOT NULL,
            starts_at REAL NOT NULL,
            resent INTEGER NOT NULL,
            annotations TEXT NOT NULL
        )
        """,
        // Columns in the key's order, else SQLite 3.40's integrity check finds NULLs that are not there.
        // One row per receiver and transition that it was not yet told of; a message is sent whole, lowest number first.
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
        """
        CREATE VIEW waiting_notifications AS
        SELECT n.receiver, n.message, t.id AS transition_id, t.kind,
            strftime('%Y-%m-%dT%H:%M:%SZ', t.at, 'unixepoch') AS time,
            t.\(StoredAlertKey.columns.joined(separator: ", t."))
        FROM notifications AS n JOIN alert_transitions AS t ON t.id = n.transition_id
        """,
    ]
}
