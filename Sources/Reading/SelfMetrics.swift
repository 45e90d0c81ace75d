import QuotaModel
import Synchronization

/// Counters and gauges about the exporter itself; they start anew with the process.
package final class SelfMetrics: Sendable {
    package struct RequestKey: Hashable, Comparable {
        package let region: RegionKey
        package let operation: String

        package static func < (a: Self, b: Self) -> Bool { (a.region, a.operation) < (b.region, b.operation) }
    }

    package struct FailureKey: Hashable, Comparable {
        package let region: RegionKey
        package let operation: String
        package let code: String

        package static func < (a: Self, b: Self) -> Bool {
            (a.region, a.operation, a.code) < (b.region, b.operation, b.code)
        }
    }

    /// How a Region's last poll ended.
    package struct Poll: Sendable {
        package var isUp = false
        package var durationSeconds: Double?
        package var lastSuccess: Double?
        /// The account-wide series were found to be wrong, so that all is read at every poll.
        package var distrustsAccountSeries = false
        /// Why the last poll failed, in one line; nil after a success.
        package var failure: String?
    }

    /// How the reading of a Region's invocation logs goes.
    package struct CallerReading: Equatable, Sendable {
        package var scannedBytes = 0
        package var windowsRead = 0
        package var windowsUnknown = 0
        /// What keeps windows from being read; nil while nothing does.
        package var problem: String?
        /// The end of the newest window that was read, Unix seconds.
        package var readUntil: Int?
        /// Of the account in this calendar month, all Regions together.
        package var monthBytes = 0
        package var monthlyBudgetBytes = 0

        package init() {}
    }

    package struct State {
        package var polls: [RegionKey: Poll] = [:]
        package var requests: [RequestKey: Int] = [:]
        package var failures: [FailureKey: Int] = [:]
        package var billedMetrics: [RegionKey: Int] = [:]
        /// Of Regions whose callers are read.
        package var callers: [RegionKey: CallerReading] = [:]
        package var storageSizeBytes: Int?
        package var storageFailures = 0
        package var reloads = 0
        package var reloadFailures = 0
        package var lastReloadSucceeded = true
        package var lastReloadSuccess: Double?
    }

    private let state = Mutex(State())

    /// Error codes are AWS's and might be anything: beyond this many distinct ones they are counted as `other`.
    private static let maximumFailureSeries = 2000

    package init() {}

    /// Makes the Region's series exist before its first poll.
    package func register(_ region: RegionKey) {
        state.withLock {
            if $0.polls[region] == nil { $0.polls[region] = Poll() }
            $0.billedMetrics[region, default: 0] += 0
        }
    }

    /// Whether a Region of this name is there, under whatever account.
    package func hasPoll(ofRegion region: String, where isMeant: (RegionKey) -> Bool) -> Bool {
        state.withLock { state in state.polls.keys.contains { $0.region == region && isMeant($0) } }
    }

    /// Moves what was counted before the account's identity was known to its real label.
    package func rename(_ old: RegionKey, to new: RegionKey) {
        state.withLock {
            if let poll = $0.polls.removeValue(forKey: old), $0.polls[new] == nil { $0.polls[new] = poll }
            if let reading = $0.callers.removeValue(forKey: old), $0.callers[new] == nil {
                $0.callers[new] = reading
            }
            $0.billedMetrics[new, default: 0] += $0.billedMetrics.removeValue(forKey: old) ?? 0
            for (key, count) in $0.requests where key.region == old {
                $0.requests[key] = nil
                $0.requests[RequestKey(region: new, operation: key.operation), default: 0] += count
            }
            for (key, count) in $0.failures where key.region == old {
                $0.failures[key] = nil
                $0.failures[FailureKey(region: new, operation: key.operation, code: key.code), default: 0] +=
                    count
            }
        }
    }

    /// Drops the gauges of Regions that a reload took away; counters stay.
    package func keepPolls(_ isKept: (RegionKey) -> Bool) {
        state.withLock { state in state.polls = state.polls.filter { isKept($0.key) } }
    }

    /// - Parameter failure: Why the poll failed; nil for a success.
    package func pollEnded(_ region: RegionKey, failure: String?, durationSeconds: Double, at now: Double) {
        state.withLock {
            var poll = $0.polls[region] ?? Poll()
            poll.isUp = failure == nil
            poll.failure = failure
            poll.durationSeconds = durationSeconds
            if failure == nil { poll.lastSuccess = now }
            $0.polls[region] = poll
        }
    }

    /// Whether account-wide series are relied on where reading is adaptive.
    package func accountSeries(of region: RegionKey, isTrusted: Bool) {
        state.withLock { $0.polls[region]?.distrustsAccountSeries = !isTrusted }
    }

    package func awsRequest(_ region: RegionKey, operation: String, billedMetrics: Int) {
        state.withLock {
            $0.requests[RequestKey(region: region, operation: operation), default: 0] += 1
            $0.billedMetrics[region, default: 0] += billedMetrics
        }
    }

    package func awsFailure(_ region: RegionKey, operation: String, code: String) {
        state.withLock {
            var key = FailureKey(region: region, operation: operation, code: code)
            if $0.failures[key] == nil, $0.failures.count >= Self.maximumFailureSeries {
                key = FailureKey(region: region, operation: operation, code: "other")
            }
            $0.failures[key, default: 0] += 1
        }
    }

    /// Changes what is told of the reading of a Region's invocation logs.
    package func callers(of region: RegionKey, _ change: (inout CallerReading) -> Void) {
        state.withLock { change(&$0.callers[region, default: CallerReading()]) }
    }

    package func storageSize(_ bytes: Int) { state.withLock { $0.storageSizeBytes = bytes } }
    package func storageFailure() { state.withLock { $0.storageFailures += 1 } }

    /// The load at start; it counts as a success but not as a reload.
    package func configurationLoaded(at now: Double) {
        state.withLock {
            $0.lastReloadSucceeded = true
            $0.lastReloadSuccess = now
        }
    }

    package func reloadEnded(succeeded: Bool, at now: Double) {
        state.withLock {
            $0.reloads += 1
            $0.lastReloadSucceeded = succeeded
            if succeeded { $0.lastReloadSuccess = now } else { $0.reloadFailures += 1 }
        }
    }

    /// Regions that were polled with success since the start.
    package var polledWithSuccess: Set<RegionKey> {
        state.withLock { state in Set(state.polls.lazy.filter { $0.value.lastSuccess != nil }.map(\.key)) }
    }

    package func poll(_ region: RegionKey) -> Poll { state.withLock { $0.polls[region] ?? Poll() } }

    /// Metrics billed so far over all Regions.
    package var billedMetrics: Int { state.withLock { $0.billedMetrics.values.reduce(0, +) } }

    package var current: State { state.withLock { $0 } }
}
