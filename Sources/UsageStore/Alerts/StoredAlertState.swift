import SQLite

/// What makes an alert that alert, as the columns of its rows; a part that does not apply is empty.
package struct StoredAlertKey: Hashable, Sendable {
    package var alert: String
    package var account: String
    package var region: String
    package var scope: String
    package var model: String
    package var quota: String
    package var cause: String
    package var modelID: String

    package init(
        alert: String, account: String, region: String, scope: String = "", model: String = "",
        quota: String = "", cause: String = "", modelID: String = ""
    ) {
        self.alert = alert
        self.account = account
        self.region = region
        self.scope = scope
        self.model = model
        self.quota = quota
        self.cause = cause
        self.modelID = modelID
    }

    static let columns = ["alert", "account", "region", "scope", "model", "quota", "cause", "model_id"]

    var values: [SQLValue] {
        [alert, account, region, scope, model, quota, cause, modelID].map(SQLValue.text)
    }
}

/// A row of table `alerts`: an alert that is pending or firing.
package struct StoredAlert: Equatable, Sendable {
    package var key: StoredAlertKey
    package var state: String
    /// Unix seconds, as the following times.
    package var since: Double
    package var firedAt: Double?
    package var lastActive: Double
    package var missingSince: Double?
    /// A JSON object.
    package var annotations: String

    package init(
        key: StoredAlertKey, state: String, since: Double, firedAt: Double?, lastActive: Double,
        missingSince: Double?, annotations: String
    ) {
        self.key = key
        self.state = state
        self.since = since
        self.firedAt = firedAt
        self.lastActive = lastActive
        self.missingSince = missingSince
        self.annotations = annotations
    }
}

/// A row of table `alert_transitions`: a change of state that somebody is still to be told of.
package struct StoredTransition: Equatable, Sendable {
    package var id: Int
    package var key: StoredAlertKey
    package var kind: String
    package var reason: String
    /// Unix seconds.
    package var at: Double
    package var startsAt: Double
    /// It is a late resolution that Alertmanager is told of again, whether or not a receiver waits for it.
    package var isResent: Bool
    /// A JSON object.
    package var annotations: String

    package init(
        id: Int, key: StoredAlertKey, kind: String, reason: String, at: Double, startsAt: Double,
        isResent: Bool, annotations: String
    ) {
        self.id = id
        self.key = key
        self.kind = kind
        self.reason = reason
        self.at = at
        self.startsAt = startsAt
        self.isResent = isResent
        self.annotations = annotations
    }
}

/// A receiver, without its messages.
package struct StoredReceiver: Equatable, Sendable {
    package var name: String
    package var form: String
    package var dropped: Int

    package init(name: String, form: String, dropped: Int) {
        self.name = name
        self.form = form
        self.dropped = dropped
    }
}

/// One message of a receiver: the transitions that it tells of, ascending.
package struct StoredMessage: Equatable, Sendable {
    package var receiver: String
    package var transitionIDs: [Int]

    package init(receiver: String, transitionIDs: [Int]) {
        self.receiver = receiver
        self.transitionIDs = transitionIDs
    }
}

/// Everything that is kept of alerts.
package struct StoredAlertState: Equatable, Sendable {
    package var alerts: [StoredAlert] = []
    package var transitions: [StoredTransition] = []
    package var receivers: [StoredReceiver] = []
    /// In the order in which each receiver is to get them.
    package var messages: [StoredMessage] = []
    package var lastTransition = 0
    package var refusedAlerts = 0

    package init() {}
}

/// What is to be different in the store, applied in one transaction.
package struct StoredAlertChange: Sendable {
    /// Everything stored goes first.
    package var replacesAll = false
    package var removedAlerts: [StoredAlertKey] = []
    package var removedTransitions: [Int] = []
    package var removedReceivers: [String] = []
    package var removedMessages: [StoredMessage] = []
    /// Rows to write, over those with the same key. Messages are new ones, and go behind those of their receiver.
    package var written = StoredAlertState()

    package init() {}

    /// True when nothing but perhaps the counters would be written.
    package var isEmpty: Bool {
        !replacesAll && removedAlerts.isEmpty && removedTransitions.isEmpty && removedReceivers.isEmpty
            && removedMessages.isEmpty && written.alerts.isEmpty && written.transitions.isEmpty
            && written.receivers.isEmpty && written.messages.isEmpty
    }
}
