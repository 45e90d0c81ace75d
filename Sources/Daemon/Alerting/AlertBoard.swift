import Alerting
import Exposition
import Synchronization

/// The alerts of this moment, for pages and the JSON interface: safe from any thread, without waiting for the store.
package final class AlertBoard: Sendable {
    private struct State {
        var machine = AlertStateMachine()
        var firing = MetricFamily(MetricCatalog.alertFiring)
    }

    private let state = Mutex(State())

    package init() {}

    /// Pending and firing alerts, ordered.
    var alerts: [TrackedAlert] { state.withLock { $0.machine }.alerts }

    /// `bedrock_alert_firing`, made anew only when what fires has changed.
    var family: MetricFamily { state.withLock { $0.firing } }

    /// - Parameter firingChanged: Whether other alerts fire than before.
    func show(_ machine: AlertStateMachine, firingChanged: Bool) {
        var family: MetricFamily?
        if firingChanged {
            var made = MetricFamily(MetricCatalog.alertFiring)
            for alert in machine.firing { made.add(LabelSet(alert.identity), 1) }
            family = made
        }
        state.withLock {
            $0.machine = machine
            if let family { $0.firing = family }
        }
    }
}

extension LabelSet {
    /// The labels of an alert, those that it does not have left out.
    init(_ identity: AlertIdentity) {
        let pairs: [(name: String, value: String?)] = [
            ("alert", identity.kind.rawValue), ("severity", identity.severity.rawValue),
            ("account", identity.account), ("region", identity.region), ("scope", identity.scope?.rawValue),
            ("model", identity.model), ("quota", identity.quota?.rawValue),
            ("cause", identity.cause?.rawValue), ("model_id", identity.modelID),
        ]
        self.init(pairs.compactMap { pair in pair.value.map { (pair.name, $0) } })
    }
}
