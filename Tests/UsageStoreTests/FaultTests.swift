import Alerting
import Glibc
import QuotaModel
import Synchronization
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

/// Fails the n-th step once, or only counts.
private final class StepCounter: Sendable {
    private let count = Atomic(0)

    var steps: Int { count.load(ordering: .relaxed) }

    func fault(at step: Int, code: Int32) -> @Sendable (String) -> Int32? {
        { _ in self.count.add(1, ordering: .relaxed).newValue == step ? code : nil }
    }
}

@Suite("Failures")
struct FaultTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    private static let base = poll((-1..<4).map { ($0, usage(10, input: 100)) }, covered: [span(-1, 4)])
    private static let next = {
        var next = poll((2..<7).map { ($0, usage(12, output: 7)) }, covered: [span(2, 7), span(60, 62)])
        next.series += poll("new", [(7, usage(1))]).series
        return next
    }()

    /// Everything that is stored, as text.
    private func contents(_ store: UsageStore) async throws -> [String] {
        var all: [String] = []
        for table in [
            "series", "minutes", "coverage", "totals", "discovered_metrics", "quota_values", "inventory",
            "burndown_rates", "pools", "five_minute_periods", "hour_periods", "five_minute_coverage",
            "hour_coverage",
            "series_hours", "series_days", "pool_hours", "pool_days", "stale_rollups", "alerts",
            "alert_transitions", "notifications", "notification_receivers", "alert_counters",
            "spending", "quota_token_totals", "callers", "caller_minutes", "caller_windows", "caller_totals",
            "log_spending",
        ] {
            all += try await store.rows("SELECT '\(table)', * FROM \(table)")
        }
        return all
    }

    /// Fails each SQLite step of `change` in turn and demands that nothing is half done and that a retry succeeds.
    private func failEachStep(
        _ code: Int32, after prepare: (UsageStore) async throws -> Void = { _ in },
        _ change: (UsageStore) async throws -> Void
    ) async throws {
        let model = try UsageStore.open(path: folder.path + "/model.db")
        try await model.record(Self.base)
        try await prepare(model)
        let before = try await contents(model)
        try await change(model)
        let after = try await contents(model)
        #expect(before != after)

        for step in 1...10_000 {
            let store = try UsageStore.open(path: folder.path + "/\(step).db")
            try await store.record(Self.base)
            try await prepare(store)
            let counter = StepCounter()
            try await store.setStepFault(counter.fault(at: step, code: code))
            do {
                try await change(store)
                try await store.setStepFault(nil)
                // No step was left to fail; before that every one of them must have been reported.
                #expect(counter.steps < step)
                #expect(step > 5)
                return
            } catch let error as StoreError {
                #expect(error.cause == .sqlite(code: code))
            }
            try await store.setStepFault(nil)
            #expect(try await contents(store) == before, "step \(step)")
            #expect(try await store.integrity() == ["ok"])
            try await change(store)
            #expect(try await contents(store) == after, "retry after step \(step)")
            try await store.close()
            for suffix in ["", ".lock"] { unlink(store.path + suffix) }
        }
        Issue.record("the change never succeeded")
    }

    @Test(
        "Invariant 3: a poll whose n-th SQLite step fails is not half recorded, for every n",
        arguments: [Int32(10), 13])
    func record(code: Int32) async throws {
        try await failEachStep(code) { try await $0.record(Self.next) }
    }

    @Test("A retention step whose n-th SQLite step fails deletes nothing, for every n")
    func retention() async throws {
        try await failEachStep(10) { _ = try await $0.deleteMinutes(before: minute(0), atMost: 10) }
    }

    @Test("Noting quotas, series and lists is whole or nothing, for every step")
    func catalog() async throws {
        let quota = Quota(kind: .tokensPerDay, limit: 5, source: .default, code: nil)
        try await failEachStep(10) {
            try await $0.recordQuotas(
                account: account, region: region,
                [
                    PoolQuota(scope: .global, model: "a", quota: quota),
                    PoolQuota(scope: .global, model: "b", quota: quota),
                ],
                at: 9)
        }
    }

    @Test("Longer periods are whole or nothing, for every step")
    func periods() async throws {
        let periods = PeriodRecord(
            account: account, region: region, recordedAt: 1, resolution: .hour,
            series: [
                PeriodRecord.Series(
                    modelID: sonnet, periods: [RecordedMinute(minute: minute(120), usage: usage(5))],
                    covered: [span(0, 180)])
            ])
        try await failEachStep(10) { try await $0.recordPeriods(periods) }
    }

    private static func assign(_ store: UsageStore) async throws {
        try await store.recordAssignments(
            account: account, region: region, [sonnet: ScopedModel(scope: .global, model: "m")])
    }

    @Test("Noting pools is whole or nothing, for every step")
    func pools() async throws {
        try await failEachStep(10) { try await Self.assign($0) }
    }

    @Test("Noting rates is whole or nothing, for every step")
    func rates() async throws {
        let rate = (ScopedModel(scope: .global, model: "m"), BurndownRate(value: 3, source: .override))
        try await failEachStep(10, after: Self.assign) {
            try await $0.recordRates(account: account, region: region, [rate], at: 1)
        }
    }

    @Test("A step of rollups is whole or nothing, for every step")
    func rollups() async throws {
        try await failEachStep(10, after: Self.assign) { _ = try await $0.rollStep(atMost: 3) }
    }

    @Test(
        "Alerts and their notifications change together or not at all, for every step",
        arguments: [Int32(10), 13])
    func alerts(code: Int32) async throws {
        let next = AlertTests.state(
            [AlertTests.alert("b")], last: 4, ["am": NotificationOutbox.Queue(form: .batch, messages: [[4]])],
            [AlertTests.transition(4)])
        try await failEachStep(
            code,
            after: {
                try await $0.updateAlerts(
                    AlertChange(from: AlertState(), to: AlertTests.full, differing: .anywhere))
            }
        ) {
            try await $0.updateAlerts(AlertChange(from: AlertTests.full, to: next, differing: .anywhere))
        }
    }

    @Test(
        "A window of callers is whole or nothing, for every step, and so is giving one up",
        arguments: [Int32(10), 13])
    func callers(code: Int32) async throws {
        let minutes = try (0..<3).map { try CallerTests.minuteOf("app\($0)", $0, 10) }
        let window = CallerTests.window(0, 5)
        try await failEachStep(
            code,
            after: {
                try await CallerTests.assign($0)
                try await $0.askCallerWindow(window)
            }
        ) {
            try await $0.recordCallers(
                CallerRecord(
                    window: window, minutes: minutes, keep: 2, bytesScanned: 9, recordedAt: 1))
        }
    }

    @Test("Noting series is whole or nothing, for every step")
    func series() async throws {
        try await failEachStep(10) {
            try await $0.rememberSeries(
                account: account, region: region, ["a": ["Invocations", "InputTokenCount"], "b": []], at: 9)
        }
    }

    @Test("A rollback that fails as well is made up for by the next transaction")
    func failingRollback() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(Self.base)
        let before = try await contents(store)
        try await store.setStepFault { $0.hasPrefix("REPLACE INTO minutes") || $0 == "ROLLBACK" ? 10 : nil }
        for _ in 0..<2 { _ = try await storeError { try await store.record(Self.next) } }
        try await store.setStepFault(nil)
        try await store.record(Self.base)
        #expect(try await contents(store) == before)
        try await store.record(Self.next)
        #expect(try await store.integrity() == ["ok"])
    }

    @Test("On a full disk a poll is refused whole, readers go on, and the next poll works when there is room")
    func fullDisk() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.record(Self.base)
        let before = try await contents(store)
        _ = try await store.rows("PRAGMA max_page_count = 1")
        let large = poll((0..<3_000).map { ($0, usage(Double($0))) })
        for _ in 0..<3 {
            let error = try await storeError { try await store.record(large) }
            #expect(error.isDiskFull)
            #expect(
                "\(error)" == "cannot record a poll of prod in ap-southeast-1 (\(store.path)): "
                    + "database or disk is full (SQLite code 13)")
            #expect(try await contents(store) == before)
        }
        #expect(try await store.integrity() == ["ok"])
        // Deleting needs no new pages.
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 10) == 1)
        _ = try await store.rows("PRAGMA max_page_count = 100000")
        #expect(try await store.record(large).changedMinutes == 3_000)
    }

    @Test("A write that another process blocks fails after the wait and works afterwards")
    func busy() async throws {
        let store = try UsageStore.open(path: folder.database)
        _ = try await store.rows("PRAGMA busy_timeout = 50")
        let other = try Database(path: folder.database, access: .readWrite)
        try other.run("BEGIN IMMEDIATE")
        let error = try await storeError { try await store.record(Self.base) }
        #expect(error.isBusy)
        #expect(try await store.totals(account: account, region: region).isEmpty)
        try other.run("ROLLBACK")
        #expect(try await store.record(Self.base).changedMinutes == 5)
    }

    @Test("Bound values never appear in an error")
    func noArguments() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.setStepFault { $0.contains("FROM series") ? 10 : nil }
        let error = try await storeError { try await store.record(poll("SECRET-ID", [(0, usage(1))])) }
        #expect(!"\(error)".contains("SECRET-ID"))
        #expect("\(error)".contains("disk I/O error"))
    }
}
