import QuotaModel
import Reading
import SQLite
import System
import UsageStore

/// What has to be done beside polling: the store's size, retention, and the page's own part.
struct Housekeeping: Sendable {
    /// How often process figures and the store's size are looked at.
    static let pauseSeconds = 10.0
    /// How often old minutes are looked for.
    static let retentionPauseSeconds = 3600.0
    /// Rows deleted in one transaction, so that a poll never waits for long.
    static let rowsPerStep = 2000
    /// Hours of rollups made anew in one transaction.
    static let hoursPerStep = 24
    /// Free pages given back in one transaction.
    static let pagesPerStep = 100
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
        var failures = RepeatedFailures()
        do {
            while !Task.isCancelled {
                state.metrics.storageSize(store.sizeBytes())
                state.render()
                _ = try await inSteps("Bringing rollups up to date", &failures) {
                    try await store.rollStep(atMost: Self.hoursPerStep)
                }
                let now = clock.now()
                if PollPlan.isDue(
                    last: lastRetention, intervalSeconds: Int(Self.retentionPauseSeconds), now: now)
                {
                    if try await deleteOld(now: now, &failures) { lastRetention = now }
                }
                try await clock.sleep(Self.pauseSeconds)
            }
        } catch {
            // Only cancellation ends a sleep.
            log.debug("Housekeeping stopped")
        }
    }

    /// - Returns: False when there is more to delete.
    private func deleteOld(now: Double, _ failures: inout RepeatedFailures) async throws -> Bool {
        let minutes = Minute(containingEpochSeconds: Int(now) - state.minuteRetention.seconds)
        let rollups = Minute(containingEpochSeconds: Int(now) - state.rollupRetention.seconds)
        let minutesDone = try await inSteps("Deleting old minutes", &failures) {
            try await store.deleteMinutes(before: minutes, atMost: Self.rowsPerStep)
        }
        let rollupsDone = try await inSteps("Deleting old rollups", &failures) {
            try await store.deleteRollups(before: rollups, atMost: Self.rowsPerStep)
        }
        let pagesDone = try await inSteps("Releasing free space", &failures) {
            try await store.releaseFreePages(atMost: Self.pagesPerStep)
        }
        return minutesDone && rollupsDone && pagesDone
    }

    /// Repeats a step, with pauses, until it has done nothing more.
    ///
    /// - Returns: False when a pass of steps was not enough.
    private func inSteps(
        _ what: String, _ failures: inout RepeatedFailures, _ step: () async throws -> Int
    ) async throws -> Bool {
        do {
            var isDone = false
            for _ in 0..<Self.stepsPerPass where !isDone {
                isDone = try await step() == 0
                if !isDone { try await clock.sleep(Self.stepPauseSeconds) }
            }
            if failures.worked(what) { log.info("\(what) works again") }
            return isDone
        } catch let error as StoreError {
            state.metrics.storageFailure()
            let cause = String(describing: error)
            if failures.failed(what, cause, now: clock.now()) {
                log.error("\(what) failed", ["error": cause])
            }
            return true
        }
    }
}
