import Synchronization

/// Time that only a test moves.
package final class ManualClock: Sendable {
    private let time: Mutex<Double>

    package init(_ time: Double) { self.time = Mutex(time) }

    package var now: Double {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }

    package func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
}
