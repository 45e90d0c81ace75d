import QuotaModel
import Synchronization

/// Counters and gauges about the exporter itself; they start anew with the process.
package final class SelfMetrics: Sendable {
    package struct Failure: Hashable, Comparable, Sendable {
        package let operation: String
        package let code: String

        package init(operation: String, code: String) {
            self.operation = operation
            self.code = code
        }

        package static func < (a: Self, b: Self) -> Bool { (a.operation, a.code) < (b.operation, b.code) }
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

    /// What is told of one Region.
    package struct Region: Sendable {
        /// Nil for a Region that is polled no more: its counters stay.
        package var poll: Poll?
        /// By operation.
        package var requests: [String: Int] = [:]
        package var failures: [Failure: Int] = [:]
        /// Nil before it was registered, and without requests.
        package var billedMetrics: Int?
        /// Nil where callers are not read.
        package var callers: CallerReading?
        /// Another number after each change.
        package fileprivate(set) var number = 0

        fileprivate mutating func add(_ other: Region) {
            if poll == nil { poll = other.poll }
            if callers == nil { callers = other.callers }
            billedMetrics = (billedMetrics ?? 0) + (other.billedMetrics ?? 0)
            requests.merge(other.requests, uniquingKeysWith: +)
            failures.merge(other.failures, uniquingKeysWith: +)
        }
    }

    package struct State {
        package var regions: [RegionKey: Region] = [:]
        package var storageSizeBytes: Int?
        package var storageFailures = 0
        package var reloads = 0
        package var reloadFailures = 0
        package var lastReloadSucceeded = true
        package var lastReloadSuccess: Double?
        fileprivate var changes = 0
        fileprivate var failureSeries = 0

        /// Of the Regions that are polled.
        package var polls: [RegionKey: Poll] { regions.compactMapValues(\.poll) }

        /// Regions that were polled with success since the start.
        package var polledWithSuccess: Set<RegionKey> {
            Set(regions.lazy.filter { $0.value.poll?.lastSuccess != nil }.map(\.key))
        }

        fileprivate mutating func change(_ key: RegionKey, _ change: (inout Region) -> Void) {
            changes += 1
            change(&regions[key, default: Region()])
            regions[key]?.number = changes
        }
    }

    private let state = Mutex(State())

    /// Error codes are AWS's and might be anything: beyond this many distinct ones they are counted as `other`.
    private static let maximumFailureSeries = 2000

    package init() {}

    /// Makes the Region's series exist before its first poll.
    package func register(_ region: RegionKey) {
        change(region) {
            if $0.poll == nil { $0.poll = Poll() }
            if $0.billedMetrics == nil { $0.billedMetrics = 0 }
        }
    }

    private func change(_ region: RegionKey, _ change: (inout Region) -> Void) {
        state.withLock { $0.change(region, change) }
    }

    /// Whether a Region of this name is there, under whatever account.
    package func hasPoll(ofRegion region: String, where isMeant: (RegionKey) -> Bool) -> Bool {
        state.withLock { state in
            state.regions.contains { $0.value.poll != nil && $0.key.region == region && isMeant($0.key) }
        }
    }

    /// Moves what was counted before the account's identity was known to its real label.
    package func rename(_ old: RegionKey, to new: RegionKey) {
        state.withLock {
            guard let counted = $0.regions.removeValue(forKey: old) else { return }
            $0.change(new) { $0.add(counted) }
        }
    }

    /// Drops the gauges of Regions that a reload took away; counters stay.
    package func keepPolls(_ isKept: (RegionKey) -> Bool) {
        state.withLock { state in
            for (key, region) in state.regions where region.poll != nil && !isKept(key) {
                state.change(key) { $0.poll = nil }
            }
        }
    }

    /// - Parameter failure: Why the poll failed; nil for a success.
    package func pollEnded(_ region: RegionKey, failure: String?, durationSeconds: Double, at now: Double) {
        change(region) {
            var poll = $0.poll ?? Poll()
            poll.isUp = failure == nil
            poll.failure = failure
            poll.durationSeconds = durationSeconds
            if failure == nil { poll.lastSuccess = now }
            $0.poll = poll
        }
    }

    /// Whether account-wide series are relied on where reading is adaptive.
    package func accountSeries(of region: RegionKey, isTrusted: Bool) {
        change(region) { $0.poll?.distrustsAccountSeries = !isTrusted }
    }

    package func awsRequest(_ region: RegionKey, operation: String, billedMetrics: Int) {
        change(region) {
            $0.requests[operation, default: 0] += 1
            $0.billedMetrics = ($0.billedMetrics ?? 0) + billedMetrics
        }
    }

    package func awsFailure(_ region: RegionKey, operation: String, code: String) {
        state.withLock { state in
            var failure = Failure(operation: operation, code: code)
            if state.regions[region]?.failures[failure] == nil {
                if state.failureSeries >= Self.maximumFailureSeries {
                    failure = Failure(operation: operation, code: "other")
                }
                state.failureSeries += 1
            }
            state.change(region) { $0.failures[failure, default: 0] += 1 }
        }
    }

    /// Changes what is told of the reading of a Region's invocation logs.
    package func callers(of region: RegionKey, _ change: (inout CallerReading) -> Void) {
        self.change(region) { region in
            var callers = region.callers ?? CallerReading()
            change(&callers)
            region.callers = callers
        }
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

    package func poll(_ region: RegionKey) -> Poll { state.withLock { $0.regions[region]?.poll ?? Poll() } }

    /// Metrics billed so far over all Regions.
    package var billedMetrics: Int {
        state.withLock { $0.regions.values.reduce(0) { $0 + ($1.billedMetrics ?? 0) } }
    }

    package var current: State { state.withLock { $0 } }
}
