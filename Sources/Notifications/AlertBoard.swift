import Alerting
import Synchronization
import System

/// The alerts of this moment, for pages and the JSON interface: safe from any thread, without waiting for the store.
package final class AlertBoard: Sendable {
    private struct State {
        var machine = AlertStateMachine()
        var firing: [AlertIdentity] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Pending and firing alerts, ordered.
    package var alerts: [TrackedAlert] { state.withLock { $0.machine }.alerts }

    /// Firing alerts, ordered.
    package var firing: [AlertIdentity] { state.withLock { $0.firing } }

    /// - Parameter firingChanged: Whether other alerts fire than before.
    package func show(_ machine: AlertStateMachine, firingChanged: Bool) {
        let firing = firingChanged ? machine.firing.map(\.identity) : nil
        state.withLock {
            $0.machine = machine
            if let firing { $0.firing = firing }
        }
    }
}

/// One line for each change of an alert's state.
package struct AlertLog {
    package let log: Log

    package func note(_ transition: AlertTransition, before: AlertStateMachine) {
        let identity = transition.identity
        var fields = [("alert", identity.kind.rawValue), ("severity", identity.severity.rawValue)]
        let labels = identity.labels
        for name in Self.labels { if let value = labels[name] { fields.append((name, value)) } }
        fields.append(("from", before.tracked[identity]?.phase.rawValue ?? "inactive"))
        fields.append(("to", Self.state(after: transition.kind)))
        fields.append(("reason", transition.reason.rawValue))
        if let value = Self.value(transition) { fields.append(("value", value)) }
        fields.append(("starts_at", JSONDocument.time(transition.startsAt)))
        if let summary = transition.annotations["summary"] { fields.append(("summary", summary)) }
        log.event(transition.kind == .fired ? .warn : .info, "Alert \(transition.kind.rawValue)", fields)
    }

    /// Receivers whose queues overflowed, with how many alerts each will never hear of.
    package func note(lost: [String: Int]) {
        for (receiver, count) in lost.sorted(by: { $0.key < $1.key }) {
            log.error(
                "Notifications dropped, the queue is full", ["receiver": receiver, "count": "\(count)"])
        }
    }

    /// Alerts that were not raised because too many are tracked.
    package func note(refusedAlerts count: Int) {
        guard count > 0 else { return }
        log.error("Alerts not raised, too many are tracked", ["count": "\(count)"])
    }

    private static let labels = ["account", "region", "scope", "model", "quota", "cause", "model_id"]

    private static func state(after kind: AlertTransition.Kind) -> String {
        switch kind {
        case .pending: "pending"
        case .fired, .uncovered: "firing"
        case .resolved, .dropped: "inactive"
        }
    }

    /// The figure that says most of the change: what raised the alert, or what is at its end.
    private static func value(_ transition: AlertTransition) -> String? {
        let first = transition.kind == .fired ? "when_fired" : "now"
        for name in [first, "ratio", "used", "days", "measured_rate", "limit", "since"] {
            if let value = transition.annotations[name] { return value }
        }
        return nil
    }
}
