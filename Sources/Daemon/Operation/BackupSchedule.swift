import Configuration
import Reading
import SQLite
import System
import UsageStore

/// The backups that the daemon makes by itself, beside everything else it does and in nobody's way.
struct BackupSchedule: Sendable {
    /// How often it looks whether one is due.
    static let pauseSeconds = 10.0
    /// How long after a failure it tries again, unless the configuration changes before.
    static let retrySeconds = 600
    /// Between two pieces of a mebibyte, so that the disk is busy with it for a part of the time only.
    static let piecePauseSeconds = 0.02

    let storePath: String
    let state: RunningState
    let clock: PollClock
    let log: Log

    private static let task = "Backing up the store"

    /// Runs until the task is cancelled.
    func run() async {
        var failures = RepeatedFailures()
        var failed: (settings: BackupSettings, at: Double)?
        do {
            while !Task.isCancelled {
                if let settings = state.backup, isDue(settings, failed) {
                    let isMade = try await make(settings, &failures)
                    failed = isMade ? nil : (settings, clock.now())
                }
                try await clock.sleep(Self.pauseSeconds)
            }
        } catch {
            // Only cancellation ends it.
            log.debug("Backups stopped")
        }
    }

    private func folder(_ settings: BackupSettings) -> BackupFolder {
        BackupFolder(path: settings.path, storePath: storePath)
    }

    /// By the newest backup's name, so that a restart makes none before its time.
    private func isDue(
        _ settings: BackupSettings, _ failed: (settings: BackupSettings, at: Double)?
    ) -> Bool {
        let now = clock.now()
        if let failed, failed.settings == settings,
            !PollPlan.isDue(last: failed.at, intervalSeconds: Self.retrySeconds, now: now)
        {
            return false
        }
        let newest = folder(settings).backups().first.map { Double($0.madeAt) }
        return PollPlan.isDue(last: newest, intervalSeconds: settings.interval.seconds, now: now)
    }

    /// - Returns: Whether a new one is there and old ones are gone.
    private func make(
        _ settings: BackupSettings, _ failures: inout RepeatedFailures
    ) async throws -> Bool {
        let folder = folder(settings)
        let path = folder.path(at: Int(clock.now()))
        do {
            try folder.make()
            try await BackupFile.make(of: storePath, at: path) { [clock] in
                try await clock.sleep(Self.piecePauseSeconds)
            }
            log.info("Backed up the store", ["path": path])
            try folder.keep(newest: settings.keep)
            _ = failures.worked(Self.task)
            return true
        } catch let error as StoreError {
            state.metrics.storageFailure()
            let cause = String(describing: error)
            if failures.failed(Self.task, cause, now: clock.now()) {
                log.error("\(Self.task) failed", ["error": cause])
            }
            return false
        }
    }
}
