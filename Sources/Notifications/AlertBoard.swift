import Alerting
import Synchronization

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
