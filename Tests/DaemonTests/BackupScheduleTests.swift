import Configuration
import Glibc
import QuotaModel
import Reading
import Synchronization
import TestBench
import Testing
import UsageStore

@testable import Daemon
@testable import System

@Suite("Backups by the daemon", .timeLimit(.minutes(5)))
struct BackupScheduleTests {
    private let folder: TestFolder
    private let store: UsageStore
    private let state: RunningState
    private let time = Shared(1_772_323_200.0)
    private let logged = Shared<[String]>([])

    init() async throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
        state = RunningState(configuration: .defaults, now: { 0 })
        var usage = UsageMinute()
        usage.invocations = 1
        let minute = RecordedMinute(minute: PollBench.noon, usage: usage)
        try await store.record(
            PollRecord(
                account: "prod", region: "r", recordedAt: 0,
                series: [SeriesRecord(modelID: "m", minutes: [minute], covered: [])]))
    }

    private func configure(path: String, keep: Int) {
        var configuration = Configuration.defaults
        configuration.storage.backup = BackupSettings(path: path)
        configuration.storage.backup?.keep = keep
        state.take(configuration)
    }

    private var backups: [String] {
        BackupFolder(path: folder.path + "/backups", storePath: folder.database).backups()
            .compactMap { $0.path.split(separator: "/").last.map(String.init) }
    }

    /// Runs it until a condition holds; each of its looks takes half an hour, its other pauses none.
    private func run(until condition: () async throws -> Bool) async throws {
        let clock = PollClock(
            now: { [time] in time.value },
            sleep: { [time] seconds in
                if seconds == BackupSchedule.pauseSeconds { time.change { $0 += 1_800 } }
                try await Task.sleep(for: .milliseconds(2))
            })
        let schedule = BackupSchedule(
            storePath: store.path, state: state, clock: clock,
            log: Log(write: { [logged] line in logged.change { $0.append(line) } }))
        let task = Task { await schedule.run() }
        #expect(try await eventually { try await condition() })
        task.cancel()
        await task.value
    }

    @Test("None without a folder; one a day with it, as soon as a reload names it, and as many kept as asked")
    func daily() async throws {
        try await run { time.value > 1_772_323_200 + 9 * 3_600 }
        #expect(TestFolder.names(in: folder.path).contains("backups") == false)
        configure(path: folder.path + "/backups", keep: 2)
        let begun = time.value
        try await run { time.value > begun + 4 * 86_400 }
        let made = backups
        #expect(made.count == 2)
        #expect(logged.value.count { $0.contains("Backed up the store") } >= 4)
        // What is there is known after a restart: none is made before its time.
        let newest = BackupFolder(path: folder.path + "/backups", storePath: folder.database).backups().first
        let madeAt = Double(try #require(newest).madeAt)
        time.change { $0 = madeAt + 3_600 }
        try await run { time.value > madeAt + 10 * 3_600 }
        #expect(backups == made)
        try await store.close()
    }

    @Test(
        "A failure is logged once and counted each time, no old backup goes for it, and it ends with a reload"
    )
    func failure() async throws {
        configure(path: folder.path + "/backups", keep: 1)
        try await run { backups.count == 1 }
        let kept = backups
        configure(path: "/proc/none/backups", keep: 1)
        try await run { state.metrics.current.storageFailures > 5 }
        #expect(logged.value.count { $0.contains("Backing up the store failed") } >= 1)
        #expect(
            logged.value.count { $0.contains("Backing up the store failed") }
                < state.metrics.current.storageFailures)
        #expect(backups == kept)
        time.change { $0 += 2 * 86_400 }
        configure(path: folder.path + "/backups", keep: 1)
        try await run { backups != kept }
        #expect(backups.count == 1)
        try await store.close()
    }
}
