import Configuration
import QuotaModel
import UsageStore

/// What has to be done beside polling: the store's size, retention, and the page's own part.
struct Housekeeping: Sendable {
    /// How often process figures and the store's size are looked at.
    static let pauseSeconds = 10.0
    /// How often old minutes are looked for.
    static let retentionPauseSeconds = 3600.0
    /// Rows deleted in one transaction, so that a poll never waits for long.
    static let rowsPerStep = 2000
    /// Steps between two looks at the store's size.
    static let stepsPerPass = 100
    /// Between two steps, which leaves the store to the pollers most of the time.
    static let stepPauseSeconds = 0.05

    let store: UsageStore
    let state: RunningState
    let clock: PollClock
    let log: Log

    /// Runs until the task is cancelled.
    func run() async {
        var lastRetention: Double?
        do {
            while !Task.isCancelled {
                state.metrics.storageSize(store.sizeBytes())
                state.renderSelf()
                let now = clock.now()
                if PollPlan.isDue(
                    last: lastRetention, intervalSeconds: Int(Self.retentionPauseSeconds), now: now)
                {
                    let isDone = try await deleteOldMinutes(olderThan: state.minuteRetention, now: now)
                    if isDone { lastRetention = now }
                }
                try await clock.sleep(Self.pauseSeconds)
            }
        } catch {
            // Only cancellation ends a sleep.
            log.debug("Housekeeping stopped")
        }
    }

    /// - Returns: False when there is more to delete.
    private func deleteOldMinutes(olderThan retention: TimeSpan, now: Double) async throws -> Bool {
        let cut = Minute(containingEpochSeconds: Int(now) - retention.seconds)
        do {
            for _ in 0..<Self.stepsPerPass {
                guard try await store.deleteMinutes(before: cut, atMost: Self.rowsPerStep) > 0 else {
                    return true
                }
                try await clock.sleep(Self.stepPauseSeconds)
            }
            return false
        } catch let error as StoreError {
            state.metrics.storageFailure()
            log.error("Deleting old minutes failed", ["error": String(describing: error)])
            return true
        }
    }
}
