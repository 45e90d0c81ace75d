import Configuration
import QuotaModel
import Synchronization
import Testing
import UsageStore

@testable import Daemon

@Suite("Housekeeping", .timeLimit(.minutes(1)))
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

    @Test("a store that fails is counted and logged, and housekeeping goes on")
    func failure() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        try await store.close()
        try await run(store) { state, logged in
            state.metrics.current.storageFailures > 0
                && logged.contains { $0.contains("Deleting old minutes failed") }
        }
    }
}
