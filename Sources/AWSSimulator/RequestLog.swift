import Synchronization

/// What was asked of the simulator: totals since the start, and the newest requests one by one.
package final class RequestLog: Sendable {
    /// Newest requests kept.
    package static let maximumEntries = 1000

    /// One request.
    package struct Entry: Equatable, Sendable {
        /// The simulator's clock, Unix seconds.
        package var epochSeconds: Double
        /// Nil for one that no service here has.
        package var operation: SimulatedOperation?
        /// From the credential scope; empty for an unsigned request.
        package var region = ""
        package var status = 0
        /// The error's code in the protocol of the service, or nil.
        package var errorCode: String?
        /// Metrics that AWS would bill. Its price list does not mention pages; each is taken for a request of its own.
        package var metricsRequested = 0
    }

    private struct State {
        var requests: [SimulatedOperation: Int] = [:]
        var metrics = 0
        var entries: [Entry] = []
        var total = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// All requests, also those that no service here has.
    package var total: Int { state.withLock { $0.total } }

    /// The newest requests, oldest first.
    package var entries: [Entry] { state.withLock { $0.entries } }

    /// Requests of an operation, answered well or not.
    package func count(_ operation: SimulatedOperation) -> Int {
        state.withLock { $0.requests[operation] ?? 0 }
    }

    /// Metrics asked for with GetMetricData: what AWS bills by the thousand.
    package func metricsRequested() -> Int { state.withLock { $0.metrics } }

    /// Starts again from nothing.
    package func reset() {
        state.withLock { $0 = State() }
    }

    func record(_ entry: Entry) {
        state.withLock { state in
            state.total += 1
            if state.entries.count >= Self.maximumEntries {
                state.entries.removeFirst(Self.maximumEntries / 4)
            }
            state.entries.append(entry)
            if let operation = entry.operation { state.requests[operation, default: 0] += 1 }
            state.metrics += entry.metricsRequested
        }
    }
}
