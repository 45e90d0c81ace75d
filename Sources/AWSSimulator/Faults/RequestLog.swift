import Synchronization

/// What was asked of the simulator: totals since the start, and the newest requests one by one.
package final class RequestLog: Sendable {
    /// Newest requests kept.
    package static let maximumEntries = 1000
    /// Pairs of operation and Region counted; what exceeds them is counted in the totals only.
    static let maximumCounters = 1000

    /// One request.
    package struct Entry: Equatable, Sendable {
        /// The simulator's clock, Unix seconds.
        package var epochSeconds: Double
        /// Nil for one that no service here has.
        package var operation: SimulatedOperation?
        /// From the credential scope; empty for an unsigned request.
        package var region: String
        package var account: String
        package var status: Int
        /// The error's code in the protocol of the service, or nil.
        package var errorCode: String?
        /// Metrics that AWS would bill for.
        package var metricsRequested: Int
        /// The message of SNS's Publish.
        package var published: Publication?
    }

    private struct Key: Hashable {
        var operation: SimulatedOperation?
        var region: String
    }

    private struct Counter {
        var requests = 0
        var metrics = 0
    }

    private struct State {
        var counters: [Key: Counter] = [:]
        var entries: [Entry] = []
        var total = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// All requests, also those that no service here has.
    package var total: Int { state.withLock { $0.total } }

    /// The newest requests, oldest first.
    package var entries: [Entry] { state.withLock { $0.entries } }

    /// Requests of an operation, in one Region or in all, answered well or not.
    package func count(_ operation: SimulatedOperation, region: String? = nil) -> Int {
        sum(operation, region) { $0.requests }
    }

    /// Metrics asked for with GetMetricData: what AWS bills by the thousand.
    package func metricsRequested(region: String? = nil) -> Int {
        sum(.getMetricData, region) { $0.metrics }
    }

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
            let key = Key(operation: entry.operation, region: entry.region)
            guard state.counters[key] != nil || state.counters.count < Self.maximumCounters else { return }
            state.counters[key, default: Counter()].requests += 1
            state.counters[key, default: Counter()].metrics += entry.metricsRequested
        }
    }

    private func sum(_ operation: SimulatedOperation, _ region: String?, _ part: (Counter) -> Int) -> Int {
        state.withLock { state in
            state.counters.reduce(0) { total, counter in
                guard counter.key.operation == operation, region == nil || counter.key.region == region else {
                    return total
                }
                return total + part(counter.value)
            }
        }
    }
}
