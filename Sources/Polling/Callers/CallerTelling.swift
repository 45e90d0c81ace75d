import QuotaModel
import Reading
import Synchronization
import System
import UsageStore

/// What is told of the reading of a Region's invocation logs, by metrics, status and log.
final class CallerTelling: Sendable {
    private static let task = "callers"

    private let metrics: SelfMetrics
    private let log: Log
    private let now: @Sendable () -> Double
    private let told = Mutex(RepeatedFailures())

    init(metrics: SelfMetrics, log: Log, now: @escaping @Sendable () -> Double) {
        self.metrics = metrics
        self.log = log
        self.now = now
    }

    func begin(_ key: RegionKey, budget: Int) {
        metrics.callers(of: key) { $0.monthlyBudgetBytes = budget }
    }

    /// What the account has spent in the month, all its Regions together.
    func spent(_ window: CallerWindow, inMonth bytes: Int) {
        metrics.callers(of: window.key) { $0.monthBytes = bytes }
    }

    func scanned(_ window: CallerWindow, bytes: Int?) {
        guard let bytes, bytes > 0 else { return }
        metrics.callers(of: window.key) {
            $0.scannedBytes += bytes
            $0.monthBytes += bytes
        }
    }

    func read(_ window: CallerWindow, bytes: Int?) {
        scanned(window, bytes: bytes)
        metrics.callers(of: window.key) {
            $0.windowsRead += 1
            $0.problem = nil
            $0.readUntil = window.range.upperBound.epochSeconds
        }
        let fields: Log.Fields = [
            "account": window.account, "region": window.region,
            "start": CivilTime.text(window.range.lowerBound.epochSeconds),
            "end": CivilTime.text(window.range.upperBound.epochSeconds),
        ]
        log.debug("Read callers", fields)
        if told.withLock({ $0.worked(Self.task) }) { log.info("Callers are read again", fields) }
    }

    func unknown(_ window: CallerWindow, _ reason: String, bytes: Int?) {
        scanned(window, bytes: bytes)
        metrics.callers(of: window.key) { $0.windowsUnknown += 1 }
        tell("Callers of a time stay unknown", window.key, reason)
    }

    /// Nothing could be asked for; it will be tried again.
    func failed(_ key: RegionKey, _ reason: String) {
        tell("Reading callers failed; it is tried again", key, reason)
    }

    /// Says a reason once, and again after an hour, not for every window.
    private func tell(_ message: String, _ key: RegionKey, _ reason: String) {
        metrics.callers(of: key) { $0.problem = reason }
        guard told.withLock({ $0.failed(Self.task, reason, now: now()) }) else { return }
        log.warn(message, ["account": key.account, "region": key.region, "reason": reason])
    }
}

extension CallerWindow {
    fileprivate var key: RegionKey { RegionKey(account: account, region: region) }
}
