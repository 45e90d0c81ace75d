import SQLite

/// Tables `alerts`, `alert_transitions`, `notifications`, `notification_receivers`, `alert_counters`.
struct AlertTables {
    static let keyColumns = StoredAlertKey.columns
    private static let key = keyColumns.joined(separator: ", ")
    private static let lastTransition = "last_transition"
    private static let refusedAlerts = "refused_alerts"

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    // MARK: Reading

    func read() throws(StoreError) -> StoredAlertState {
        var state = StoredAlertState()
        state.alerts = try alerts()
        state.transitions = try transitions()
        try database.query("SELECT receiver, form, dropped FROM notification_receivers") { row in
            state.receivers.append(
                StoredReceiver(name: row.text(0), form: row.text(1), dropped: row.integer(2)))
        }
        state.messages = try messages()
        try database.query("SELECT name, value FROM alert_counters") { row in
            switch row.text(0) {
            case Self.lastTransition: state.lastTransition = row.integer(1)
            case Self.refusedAlerts: state.refusedAlerts = row.integer(1)
            case _: break
            }
        }
        return state
    }

    private func alerts() throws(StoreError) -> [StoredAlert] {
        var alerts: [StoredAlert] = []
        try database.query(
            """
            SELECT \(Self.key), state, since, fired_at, last_active, missing_since, annotations FROM alerts
            """
        ) { row in
            alerts.append(
                StoredAlert(
                    key: Self.key(row, from: 0), state: row.text(8), since: row.double(9),
                    firedAt: row.optionalDouble(10), lastActive: row.double(11),
                    missingSince: row.optionalDouble(12), annotations: row.text(13)))
        }
        return alerts
    }

    private func transitions() throws(StoreError) -> [StoredTransition] {
        var transitions: [StoredTransition] = []
        try database.query(
            """
            SELECT id, \(Self.key), kind, reason, at, starts_at, resent, annotations
            FROM alert_transitions ORDER BY id
            """
        ) { row in
            transitions.append(
                StoredTransition(
                    id: row.integer(0), key: Self.key(row, from: 1), kind: row.text(9), reason: row.text(10),
                    at: row.double(11), startsAt: row.double(12), isResent: row.integer(13) != 0,
                    annotations: row.text(14)))
        }
        return transitions
    }

    private func messages() throws(StoreError) -> [StoredMessage] {
        var messages: [StoredMessage] = []
        var last: (receiver: String, message: Int)?
        try database.query(
            "SELECT receiver, message, transition_id FROM notifications ORDER BY receiver, message, transition_id"
        ) { row in
            let (receiver, message) = (row.text(0), row.integer(1))
            if let last, last == (receiver, message) {
                messages[messages.count - 1].transitionIDs.append(row.integer(2))
            } else {
                messages.append(StoredMessage(receiver: receiver, transitionIDs: [row.integer(2)]))
                last = (receiver, message)
            }
        }
        return messages
    }

    private static func key(_ row: Statement, from first: Int32) -> StoredAlertKey {
        StoredAlertKey(
            alert: row.text(first), account: row.text(first + 1), region: row.text(first + 2),
            scope: row.text(first + 3), model: row.text(first + 4), quota: row.text(first + 5),
            cause: row.text(first + 6), modelID: row.text(first + 7))
    }

    // MARK: Writing

    /// Call inside a transaction.
    func apply(_ change: StoredAlertChange) throws(StoreError) {
        if change.replacesAll {
            for table in [
                "alerts", "alert_transitions", "notifications", "notification_receivers", "alert_counters",
            ] {
                try database.run("DELETE FROM \(table)")
            }
        }
        try remove(change)
        for alert in change.written.alerts { try write(alert) }
        for transition in change.written.transitions { try write(transition) }
        for receiver in change.written.receivers {
            try database.run(
                "REPLACE INTO notification_receivers (receiver, form, dropped) VALUES (?1, ?2, ?3)",
                [.text(receiver.name), .text(receiver.form), .integer(receiver.dropped)])
        }
        for message in change.written.messages { try write(message) }
        try write(Self.lastTransition, change.written.lastTransition)
        try write(Self.refusedAlerts, change.written.refusedAlerts)
    }

    private func remove(_ change: StoredAlertChange) throws(StoreError) {
        let isKey = StoredAlertKey.columns.enumerated().map { "\($1) = ?\($0 + 1)" }.joined(
            separator: " AND ")
        for key in change.removedAlerts {
            try database.run("DELETE FROM alerts WHERE \(isKey)", key.values)
        }
        for id in change.removedTransitions {
            try database.run("DELETE FROM alert_transitions WHERE id = ?1", [.integer(id)])
        }
        for receiver in change.removedReceivers {
            for table in ["notifications", "notification_receivers"] {
                try database.run("DELETE FROM \(table) WHERE receiver = ?1", [.text(receiver)])
            }
        }
        for message in change.removedMessages {
            guard let first = message.transitionIDs.first else { continue }
            // Found at once, because it is the oldest that goes.
            try database.run(
                """
                DELETE FROM notifications WHERE receiver = ?1 AND message = (
                    SELECT message FROM notifications WHERE receiver = ?1 AND transition_id = ?2 LIMIT 1)
                """, [.text(message.receiver), .integer(first)])
        }
    }

    private func write(_ alert: StoredAlert) throws(StoreError) {
        try database.run(
            """
            REPLACE INTO alerts (\(Self.key), state, since, fired_at, last_active, missing_since, annotations)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """,
            alert.key.values + [
                .text(alert.state), .real(alert.since), SQLValue(number: alert.firedAt),
                .real(alert.lastActive), SQLValue(number: alert.missingSince), .text(alert.annotations),
            ])
    }

    private func write(_ transition: StoredTransition) throws(StoreError) {
        try database.run(
            """
            REPLACE INTO alert_transitions
                (id, \(Self.key), kind, reason, at, starts_at, resent, annotations)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            """,
            [.integer(transition.id)] + transition.key.values + [
                .text(transition.kind), .text(transition.reason), .real(transition.at),
                .real(transition.startsAt), .integer(transition.isResent ? 1 : 0),
                .text(transition.annotations),
            ])
    }

    private func write(_ message: StoredMessage) throws(StoreError) {
        let last = try database.first(
            "SELECT coalesce(max(message), 0) FROM notifications WHERE receiver = ?1",
            [.text(message.receiver)]
        ) { $0.integer(0) }
        for id in message.transitionIDs {
            try database.run(
                "REPLACE INTO notifications (receiver, transition_id, message) VALUES (?1, ?2, ?3)",
                [.text(message.receiver), .integer(id), .integer((last ?? 0) + 1)])
        }
    }

    private func write(_ counter: String, _ value: Int) throws(StoreError) {
        try database.run(
            """
            INSERT INTO alert_counters (name, value) VALUES (?1, ?2)
            ON CONFLICT DO UPDATE SET value = excluded.value WHERE value IS NOT excluded.value
            """,
            [.text(counter), .integer(value)])
    }
}
