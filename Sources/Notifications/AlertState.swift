import Alerting
import QuotaModel
import UsageStore

/// What is known of alerts and still to be told of them: the two are stored together.
package struct AlertState: Equatable, Sendable {
    /// Whose alerts may differ between two states; it spares a look at the others.
    package enum Place: Sendable {
        case anywhere
        case `in`(RegionKey)
        case nowhere

        func holds(_ identity: AlertIdentity) -> Bool {
            switch self {
            case .anywhere: true
            case .in(let region):
                identity.account == region.account && identity.region == region.region
            case .nowhere: false
            }
        }
    }

    package var machine = AlertStateMachine()
    package var outbox = NotificationOutbox()

    /// What has to be stored so that this state follows `old`, which is stored.
    package func change(since old: AlertState, differing place: Place) throws -> StoredAlertChange {
        var change = StoredAlertChange()
        change.written.lastTransition = machine.lastTransition
        change.written.refusedAlerts = machine.refusedAlerts
        try addAlerts(to: &change, since: old.machine, place)
        try addTransitions(to: &change, since: old.outbox)
        addQueues(to: &change, since: old.outbox)
        return change
    }

    private func addAlerts(
        to change: inout StoredAlertChange, since old: AlertStateMachine, _ place: Place
    ) throws {
        if case .nowhere = place { return }
        for (identity, alert) in machine.tracked where place.holds(identity) && old.tracked[identity] != alert
        {
            change.written.alerts.append(try StoredAlert(alert))
        }
        for identity in old.tracked.keys where place.holds(identity) && machine.tracked[identity] == nil {
            change.removedAlerts.append(StoredAlertKey(identity))
        }
    }

    private func addTransitions(to change: inout StoredAlertChange, since old: NotificationOutbox) throws {
        let before = old.keptTransitions
        let now = outbox.keptTransitions
        for (id, kept) in now where before[id]?.isResent != kept.isResent {
            change.written.transitions.append(try StoredTransition(kept.transition, isResent: kept.isResent))
        }
        change.removedTransitions = before.keys.filter { now[$0] == nil }
    }

    private func addQueues(to change: inout StoredAlertChange, since old: NotificationOutbox) {
        change.removedReceivers = old.queues.keys.filter { outbox.queues[$0] == nil }
        for (name, queue) in outbox.queues {
            let before = old.queues[name]
            guard queue != before else { continue }
            if before?.form != queue.form || before?.dropped != queue.dropped {
                change.written.receivers.append(
                    StoredReceiver(name: name, form: queue.form.rawValue, dropped: queue.dropped))
            }
            // A transition is in one message of a receiver, so the first one names the message.
            let waited = Set((before?.messages ?? []).compactMap(\.first))
            let waits = Set(queue.messages.compactMap(\.first))
            for message in before?.messages ?? [] where message.first.map(waits.contains) != true {
                change.removedMessages.append(StoredMessage(receiver: name, transitionIDs: message))
            }
            for message in queue.messages where message.first.map(waited.contains) != true {
                change.written.messages.append(StoredMessage(receiver: name, transitionIDs: message))
            }
        }
    }

    // MARK: Restoring

    /// Takes back what was stored. A row that cannot be understood is left out and named among the problems, so that
    /// the others live on.
    package init(_ stored: StoredAlertState, problems: inout [String]) {
        var alerts: [TrackedAlert] = []
        for row in stored.alerts {
            Self.attempt(&problems) { alerts.append(try TrackedAlert(row)) }
        }
        var transitions: [AlertTransition] = []
        var resolved: [AlertTransition] = []
        for row in stored.transitions {
            Self.attempt(&problems) {
                let transition = try AlertTransition(row)
                transitions.append(transition)
                if row.isResent { resolved.append(transition) }
            }
        }
        var queues: [String: NotificationOutbox.Queue] = [:]
        let messages = Dictionary(grouping: stored.messages, by: \.receiver)
        for row in stored.receivers {
            Self.attempt(&problems) {
                queues[row.name] = NotificationOutbox.Queue(
                    form: try known(row.form, "notification_receivers", "form"),
                    messages: (messages[row.name] ?? []).map(\.transitionIDs), dropped: row.dropped)
            }
        }
        // A number that was given once is never given again.
        let lastTransition = max(stored.lastTransition, transitions.last?.id ?? 0)
        machine = AlertStateMachine(
            alerts: alerts, lastTransition: lastTransition, refusedAlerts: stored.refusedAlerts)
        outbox = NotificationOutbox(queues: queues, transitions: transitions, resolved: resolved)
    }

    package init() {}

    private static func attempt(_ problems: inout [String], _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            problems.append(String(describing: error))
        }
    }
}

extension NotificationOutbox {
    /// The transitions that a queue holds or that are resent.
    fileprivate var keptTransitions: [Int: (transition: AlertTransition, isResent: Bool)] {
        var kept = transitions.mapValues { (transition: $0, isResent: false) }
        for transition in resolved.values { kept[transition.id] = (transition, true) }
        return kept
    }
}
