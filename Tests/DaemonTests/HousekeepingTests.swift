import Glibc
import QuotaModel
import Synchronization
import TestBench
import Testing
import UsageStore

@testable import Daemon
@testable import System

@Suite("Housekeeping", .timeLimit(.minutes(5)))
struct HousekeepingTests {
    private let now = PollBench.noon

    private func run(_ store: UsageStore, until condition: (RunningState, [String]) async throws -> Bool)
        async throws
    {
        let state = RunningState(configuration: .defaults, now: { 0 })
        let logged = Shared<[String]>([])
        let clock = PollClock(
            now: { [now] in Double(now.epochSeconds) },
            sleep: { _ in try await Task.sleep(for: .milliseconds(2)) })
        let house = Housekeeping(
            store: store, state: state, clock: clock,
            log: Log(write: { line in logged.change { $0.append(line) } }))
        let task = Task { await house.run() }
        #expect(try await eventually { try await condition(state, logged.value) })
        task.cancel()
        await task.value
    }

    @Test("deletes what is older than the retention in small steps; counters stay")
    func retention() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let old = now.advanced(by: -410 * 1440)
        var usage = UsageMinute()
        usage.invocations = 1
        let minutes = (0..<5000).map { RecordedMinute(minute: old.advanced(by: $0), usage: usage) }
        let new = RecordedMinute(minute: now.advanced(by: -1), usage: usage)
        try await store.record(
            PollRecord(
                account: "prod", region: "r", recordedAt: 0,
                series: [SeriesRecord(modelID: "m", minutes: minutes + [new], covered: [])]))
        let all = old..<now
        try await run(store) { state, _ in
            let rows = try await store.window(account: "prod", region: "r", all)
            return rows["m"]?.count == 1 && state.metrics.current.storageSizeBytes != nil
        }
        #expect(try await store.totals(account: "prod", region: "r")["m"]?[.invocations] == 5001)
        try await store.close()
    }

    @Test("a store that fails is counted each time and logged once, and housekeeping goes on")
    func failure() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        try await store.close()
        let lines = Shared<[String]>([])
        try await run(store) { state, logged in
            lines.change { $0 = logged }
            return state.metrics.current.storageFailures > 20
        }
        for task in ["Bringing rollups up to date", "Deleting old minutes", "Releasing free space"] {
            #expect(lines.value.count { $0.contains("\(task) failed") } == 1)
        }
    }

    @Test("space that retention has freed goes back to the file system")
    func freeSpace() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        var usage = UsageMinute()
        usage.invocations = 1
        let old = now.advanced(by: -420 * 1440)
        let minutes = (0..<12_000).map { RecordedMinute(minute: old.advanced(by: $0), usage: usage) }
        let new = RecordedMinute(minute: now.advanced(by: -1), usage: usage)
        try await store.record(
            PollRecord(
                account: "prod", region: "r", recordedAt: 0,
                series: [SeriesRecord(modelID: "m", minutes: minutes + [new], covered: [])]))
        func fileBytes() async throws -> Int {
            try await store.checkpoint()
            var status = stat()
            return stat(folder.database, &status) == 0 ? Int(status.st_size) : 0
        }
        let before = try await fileBytes()
        try await run(store) { _, _ in try await fileBytes() < before * 3 / 4 }
        try await store.close()
    }
}
