import Glibc
import Synchronization

/// Knows whether every poller of a fleet still comes round: each says within what time it will be heard of again.
package final class PollWatch: Sendable {
    /// A single poll; the requests of the longest catch-up, each with its time limit and retries, take less.
    package static let pollSeconds = 1800.0
    /// Beyond the planned time, for a machine that is busy.
    package static let slackSeconds = 120.0

    private let deadlines = Mutex<[ObjectIdentifier: Double]>([:])
    private let now: @Sendable () -> Double

    /// - Parameter now: Seconds that only go forward, and not while the machine sleeps.
    package init(now: @escaping @Sendable () -> Double = PollWatch.monotonicSeconds) {
        self.now = now
    }

    /// The poller will be heard of again within this time, in seconds; it replaces what it said before.
    package func expect(_ poller: ObjectIdentifier, within seconds: Double) {
        deadlines.withLock { $0[poller] = now() + seconds }
    }

    /// The poller was stopped.
    package func forget(_ poller: ObjectIdentifier) {
        deadlines.withLock { _ = $0.removeValue(forKey: poller) }
    }

    /// False once any poller is overdue; one that ended without being stopped is too.
    package var isAlive: Bool {
        let now = now()
        return deadlines.withLock { deadlines in deadlines.values.allSatisfy { now <= $0 } }
    }

    package static let monotonicSeconds: @Sendable () -> Double = {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1_000_000_000
    }
}
