import Alerting
import SQLite

/// What is to be different in the store so that one state of alerts follows another, applied in one transaction.
package struct AlertChange: Sendable {
    /// Whose alerts may differ between two states; it spares a look at the others.
    package enum Place: Sendable {
        case anywhere
        case `in`(account: String, region: String)
        case nowhere

        func holds(_ identity: AlertIdentity) -> Bool {
            switch self {
            case .anywhere: true
            case .in(let account, let region): identity.account == account && identity.region == region
            case .nowhere: false
            }
        }
    }

    struct Transition {
        let value: AlertTransition
        /// A late resolution that Alertmanager is told of again, whether or not a receiver waits for it.
        let isResent: Bool
    }

    /// One message of a receiver: the transitions that it tells of, ascending.
    struct Message {
        let receiver: String
        let transitionIDs: [Int]
    }

    /// Everything stored goes first.
    let replacesAll: Bool
    let lastTransition: Int
    let refusedAlerts: Int
    private(set) var alerts: [TrackedAlert] = []
    private(set) var removedAlerts: [AlertIdentity] = []
    private(set) var transitions: [Transition] = []
    private(set) var removedTransitions: [Int] = []
    private(set) var receivers: [(name: String, queue: NotificationOutbox.Queue)] = []
    private(set) var removedReceivers: [String] = []
    /// New ones, which go behind those of their receiver.
    private(set) var messages: [Message] = []
    private(set) var removedMessages: [Message] = []

    /// - Parameters:
    ///   - old: The state that is stored; nil when nothing of it is to stay.
    ///   - place: Whose alerts may differ.
    package init(from old: AlertState?, to new: AlertState, differing place: Place) {
        replacesAll = old == nil
        lastTransition = new.machine.lastTransition
        refusedAlerts = new.machine.refusedAlerts
        let old = old ?? AlertState()
        addAlerts(old.machine, new.machine, place)
        addTransitions(old.outbox, new.outbox)
        addQueues(old.outbox, new.outbox)
    }

    /// True when nothing but perhaps the counters would be written.
    package var isEmpty: Bool {
        !replacesAll && alerts.isEmpty && removedAlerts.isEmpty && transitions.isEmpty
            && removedTransitions.isEmpty && receivers.isEmpty && removedReceivers.isEmpty
            && messages.isEmpty && removedMessages.isEmpty
    }

    private mutating func addAlerts(_ old: AlertStateMachine, _ new: AlertStateMachine, _ place: Place) {
        if case .nowhere = place { return }
        for (identity, alert) in new.tracked where place.holds(identity) && old.tracked[identity] != alert {
            alerts.append(alert)
        }
        removedAlerts = old.tracked.keys.filter { place.holds($0) && new.tracked[$0] == nil }
    }

    private mutating func addTransitions(_ old: NotificationOutbox, _ new: NotificationOutbox) {
        let (before, now) = (Self.kept(old), Self.kept(new))
        transitions = now.values.filter { before[$0.value.id]?.isResent != $0.isResent }
        removedTransitions = before.keys.filter { now[$0] == nil }
    }

    /// The transitions that a queue holds or that are resent.
    private static func kept(_ outbox: NotificationOutbox) -> [Int: Transition] {
        var kept = outbox.transitions.mapValues { Transition(value: $0, isResent: false) }
        for transition in outbox.resolved.values {
            kept[transition.id] = Transition(value: transition, isResent: true)
        }
        return kept
    }

    private mutating func addQueues(_ old: NotificationOutbox, _ new: NotificationOutbox) {
        removedReceivers = old.queues.keys.filter { new.queues[$0] == nil }
        for (name, queue) in new.queues {
            let before = old.queues[name]
            guard queue != before else { continue }
            if before?.form != queue.form || before?.dropped != queue.dropped {
                receivers.append((name, queue))
            }
            // A transition is in one message of a receiver, so the first one names the message.
            let waited = Set((before?.messages ?? []).compactMap(\.first))
            let waits = Set(queue.messages.compactMap(\.first))
            for ids in before?.messages ?? [] where ids.first.map(waits.contains) != true {
                removedMessages.append(Message(receiver: name, transitionIDs: ids))
            }
            for ids in queue.messages where ids.first.map(waited.contains) != true {
                messages.append(Message(receiver: name, transitionIDs: ids))
            }
        }
    }
}

/// Alerts that are pending or firing, and what receivers are still to be told.
extension UsageStore {
    /// What is kept of alerts, as `updateAlerts` left it. A row that cannot be understood is left out and named among the
    /// problems, so that the others live on.
    package func alertState() throws(StoreError) -> (state: AlertState, problems: [String]) {
        try use("read the state of alerts") { (database) throws(StoreError) in
            try AlertTables(database).read()
        }
    }

    /// Brings the stored state of alerts and the notifications that come of it up to date, in one transaction.
    package func updateAlerts(_ change: AlertChange) throws(StoreError) {
        try write("store the state of alerts") { (database) throws(StoreError) in
            try AlertTables(database).apply(change)
        }
    }
}
