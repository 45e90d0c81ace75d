import Alerting
import QuotaModel
import SQLite

/// Tables `alerts`, `alert_transitions`, `notifications`, `notification_receivers`, `alert_counters`.
struct AlertTables {
    /// What makes an alert that alert; a part that does not apply is empty.
    static let keyColumns = ["alert", "account", "region", "scope", "model", "quota", "cause", "model_id"]

    private static let key = keyColumns.joined(separator: ", ")
    private static let lastTransition = "last_transition"
    private static let refusedAlerts = "refused_alerts"

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    // MARK: Reading

    func read() throws(StoreError) -> (state: AlertState, problems: [String]) {
        var problems: [String] = []
        let alerts = try rows(
            "SELECT \(Self.key), state, since, fired_at, last_active, missing_since, annotations FROM alerts",
            of: "alerts", &problems
        ) { (row) throws(UnreadableAlertRow) in try TrackedAlert(row) }
        let transitions = try rows(
            """
            SELECT id, \(Self.key), kind, reason, at, starts_at, resent, annotations
            FROM alert_transitions ORDER BY id
            """, of: "alert_transitions", &problems
        ) { (row) throws(UnreadableAlertRow) in
            (value: try AlertTransition(row), isResent: row.statement.integer(13) != 0)
        }
        let outbox = NotificationOutbox(
            queues: try queues(&problems), transitions: transitions.map(\.value),
            resolved: transitions.filter(\.isResent).map(\.value))
        let counters = try counters()
        // A number that was given once is never given again.
        let last = max(counters[Self.lastTransition] ?? 0, transitions.last?.value.id ?? 0)
        let machine = AlertStateMachine(
            alerts: alerts, lastTransition: last, refusedAlerts: counters[Self.refusedAlerts] ?? 0)
        return (AlertState(machine: machine, outbox: outbox), problems)
    }

    /// The rows that can be understood; the others are told among the problems.
    private func rows<Value>(
        _ sql: String, of table: String, _ problems: inout [String],
        _ value: (AlertRow) throws(UnreadableAlertRow) -> Value
    ) throws(StoreError) -> [Value] {
        var values: [Value] = []
        try database.query(sql) { (statement) throws(StoreError) in
            do throws(UnreadableAlertRow) {
                values.append(try value(AlertRow(statement, table)))
            } catch {
                problems.append(error.description)
            }
        }
        return values
    }

    private func queues(_ problems: inout [String]) throws(StoreError) -> [String: NotificationOutbox.Queue] {
        let messages = try messages()
        let queues = try rows(
            "SELECT receiver, form, dropped FROM notification_receivers", of: "notification_receivers",
            &problems
        ) { (row) throws(UnreadableAlertRow) in
            let name = row.statement.text(0)
            return (
                name,
                NotificationOutbox.Queue(
                    form: try row.known(1, "form"), messages: messages[name] ?? [],
                    dropped: row.statement.integer(2))
            )
        }
        return Dictionary(queues, uniquingKeysWith: { $1 })
    }

    /// Of each receiver, in the order in which it is to get them.
    private func messages() throws(StoreError) -> [String: [[Int]]] {
        var messages: [String: [[Int]]] = [:]
        var last: (receiver: String, message: Int)?
        try database.query(
            "SELECT receiver, message, transition_id FROM notifications ORDER BY receiver, message, transition_id"
        ) { row in
            let (receiver, message) = (row.text(0), row.integer(1))
            if let last, last == (receiver, message), let count = messages[receiver]?.count {
                messages[receiver]?[count - 1].append(row.integer(2))
            } else {
                messages[receiver, default: []].append([row.integer(2)])
                last = (receiver, message)
            }
        }
        return messages
    }

    private func counters() throws(StoreError) -> [String: Int] {
        var counters: [String: Int] = [:]
        try database.query("SELECT name, value FROM alert_counters") { counters[$0.text(0)] = $0.integer(1) }
        return counters
    }

    // MARK: Writing

    /// Call inside a transaction.
    func apply(_ change: AlertChange) throws(StoreError) {
        if change.replacesAll {
            for table in [
                "alerts", "alert_transitions", "notifications", "notification_receivers", "alert_counters",
            ] {
                try database.run("DELETE FROM \(table)")
            }
        }
        try remove(change)
        for alert in change.alerts { try write(alert) }
        for transition in change.transitions { try write(transition) }
        for (name, queue) in change.receivers {
            try database.run(
                "REPLACE INTO notification_receivers (receiver, form, dropped) VALUES (?1, ?2, ?3)",
                [.text(name), .text(queue.form.rawValue), .integer(queue.dropped)])
        }
        for message in change.messages { try write(message) }
        try write(Self.lastTransition, change.lastTransition)
        try write(Self.refusedAlerts, change.refusedAlerts)
    }

    private func remove(_ change: AlertChange) throws(StoreError) {
        let isKey = Self.keyColumns.enumerated().map { "\($1) = ?\($0 + 1)" }.joined(separator: " AND ")
        for identity in change.removedAlerts {
            try database.run("DELETE FROM alerts WHERE \(isKey)", Self.values(identity))
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

    private func write(_ alert: TrackedAlert) throws(StoreError) {
        try database.run(
            """
            REPLACE INTO alerts (\(Self.key), state, since, fired_at, last_active, missing_since, annotations)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """,
            Self.values(alert.identity) + [
                .text(alert.phase.rawValue), .real(alert.since), SQLValue(number: alert.firedAt),
                .real(alert.lastActive), SQLValue(number: alert.missingSince),
                .text(try text(alert.annotations)),
            ])
    }

    private func write(_ transition: AlertChange.Transition) throws(StoreError) {
        let value = transition.value
        try database.run(
            """
            REPLACE INTO alert_transitions
                (id, \(Self.key), kind, reason, at, starts_at, resent, annotations)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            """,
            [.integer(value.id)] + Self.values(value.identity) + [
                .text(value.kind.rawValue), .text(value.reason.rawValue), .real(value.at),
                .real(value.startsAt), .integer(transition.isResent ? 1 : 0),
                .text(try text(value.annotations)),
            ])
    }

    private func write(_ message: AlertChange.Message) throws(StoreError) {
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

    private static func values(_ identity: AlertIdentity) -> [SQLValue] {
        [
            identity.kind.rawValue, identity.account, identity.region, identity.scope?.rawValue ?? "",
            identity.model ?? "", identity.quota?.rawValue ?? "", identity.cause?.rawValue ?? "",
            identity.modelID ?? "",
        ].map(SQLValue.text)
    }

    /// A JSON object with sorted keys.
    private func text(_ annotations: [String: String]) throws(StoreError) -> String {
        do {
            return try AnnotationsText.text(annotations)
        } catch {
            throw StoreError(
                cause: .unusableValue, attempt: "store alerts", path: database.path, reason: "\(error)")
        }
    }
}
