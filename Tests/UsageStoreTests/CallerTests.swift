import QuotaModel
import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("Who used the quotas")
struct CallerTests {
    let folder: TestFolder

    init() throws {
        folder = try TestFolder()
    }

    static func window(_ first: Int, _ end: Int) -> CallerWindow {
        CallerWindow(
            account: account, region: region, range: span(first, end), kinds: ["role"],
            askedAt: start.epochSeconds)
    }

    static func minuteOf(
        _ caller: String, _ offset: Int, _ tokens: Int, model: String = sonnet, kind: String = "role"
    ) throws -> CallerMinute {
        let key = CallerMinute.Key(
            model: try #require(LoggedModelID(model)), minute: minute(offset), kind: kind, caller: caller)
        return CallerMinute(
            key: key,
            use: CallerUse(
                invocations: 1, inputTokens: tokens, outputTokens: 1, cacheReadInputTokens: 1_000,
                cacheWriteInputTokens: 2))
    }

    static func record(
        _ store: UsageStore, _ first: Int, _ end: Int, _ minutes: [CallerMinute], keep: Int = 2
    ) async throws {
        try await store.askCallerWindow(window(first, end))
        try await store.recordCallers(
            CallerRecord(
                window: window(first, end), minutes: minutes, keep: keep, bytesScanned: 100,
                recordedAt: start.epochSeconds))
    }

    static func assign(_ store: UsageStore, rate: Double = 5) async throws {
        let pool = ScopedModel(scope: .global, model: "m")
        try await store.rememberSeries(account: account, region: region, [sonnet: []], at: 1)
        try await store.recordAssignments(account: account, region: region, [sonnet: pool])
        try await store.recordRates(
            account: account, region: region, [(pool, BurndownRate(value: rate, source: .override))], at: 1)
    }

    private func used(_ store: UsageStore) async throws -> [String] {
        try await store.rows(
            "SELECT (minute - \(start.epochSeconds)) / 60, caller, input_tokens FROM caller_usage ORDER BY 1, 2"
        )
    }

    private func totals(_ store: UsageStore) async throws -> [String] {
        try await store.rows(
            "SELECT caller, CAST(quota_tokens AS INTEGER) FROM caller_totals JOIN callers ON id = caller_id ORDER BY 1"
        )
    }

    @Test("The largest callers of an hour have names and keep them; a new hour names anew")
    func names() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await Self.assign(store)
        let first = try [("a", 10), ("b", 20), ("c", 30)].map { try Self.minuteOf($0.0, 0, $0.1) }
        try await Self.record(store, 0, 5, first + [Self.minuteOf("(none)", 0, 7)])
        let second = try [("a", 500), ("c", 1)].map { try Self.minuteOf($0.0, 5, $0.1) }
        try await Self.record(store, 5, 10, second)
        try await Self.record(store, 60, 65, [Self.minuteOf("a", 60, 1)])
        #expect(
            try await used(store) == [
                "0|(none)|7", "0|(other)|10", "0|b|20", "0|c|30", "5|(other)|500", "5|c|1", "60|a|1",
            ])
        // Input + cache write + 5 x output; cache reads are free.
        #expect(
            try await totals(store) == ["(none)|14", "(other)|\(17 + 507)", "a|8", "b|27", "c|\(37 + 8)"])
        #expect(try await store.bytesScanned(account: account, month: "2026-03") == 300)
    }

    @Test("Callers of different model IDs of a pool compete for the same names")
    func poolWide() async throws {
        let store = try UsageStore.open(path: folder.database)
        let pool = ScopedModel(scope: .global, model: "m")
        try await store.rememberSeries(account: account, region: region, [sonnet: [], "other": []], at: 1)
        try await store.recordAssignments(account: account, region: region, [sonnet: pool, "other": pool])
        try await Self.record(
            store, 0, 5,
            [
                Self.minuteOf("a", 0, 10), Self.minuteOf("b", 0, 20, model: "other"),
                Self.minuteOf("c", 0, 15, model: "other"),
            ])
        #expect(try await used(store) == ["0|(other)|10", "0|b|20", "0|c|15"])
    }

    @Test("A model ID finds its series in whichever spelling CloudWatch has it")
    func spellings() async throws {
        let store = try UsageStore.open(path: folder.database)
        let arn = "arn:aws:bedrock:\(region):1:inference-profile/\(sonnet)"
        try await Self.assign(store)
        try await Self.record(store, 0, 5, [Self.minuteOf("a", 0, 1, model: arn), Self.minuteOf("a", 0, 2)])
        #expect(try await store.rows("SELECT model_id FROM series") == [sonnet])
        #expect(try await used(store) == ["0|a|3"])
        let foundation = "arn:aws:bedrock:\(region)::foundation-model/amazon.nova-pro-v1:0"
        try await store.rememberSeries(account: account, region: region, [foundation: []], at: 1)
        try await Self.record(store, 5, 10, [Self.minuteOf("a", 5, 1, model: foundation)])
        #expect(try await store.rows("SELECT count(*) FROM series") == ["2"])
    }

    @Test("A window that was recorded, or given up, changes nothing when it comes again")
    func idempotent() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await Self.assign(store)
        let minutes = try [Self.minuteOf("a", 0, 10)]
        try await Self.record(store, 0, 5, minutes)
        let before = try await (used(store), totals(store))
        let again = CallerRecord(
            window: Self.window(0, 5), minutes: minutes, keep: 2, bytesScanned: 100, recordedAt: 1)
        try await store.recordCallers(again)
        try await store.giveUpCallerWindow(Self.window(0, 5), reason: "late", bytesScanned: 7)
        #expect(try await used(store) == before.0)
        #expect(try await totals(store) == before.1)
        #expect(try await store.rows("SELECT state FROM caller_windows") == ["read"])
        #expect(try await store.bytesScanned(account: account, month: "2026-03") == 100)
        try await store.askCallerWindow(Self.window(5, 10))
        try await store.giveUpCallerWindow(Self.window(5, 10), reason: "lost", bytesScanned: 7)
        try await store.recordCallers(
            CallerRecord(
                window: Self.window(5, 10), minutes: [Self.minuteOf("a", 5, 10)], keep: 2, bytesScanned: 1,
                recordedAt: 1))
        #expect(try await store.rows("SELECT state, reason FROM caller_windows").last == "unknown|lost")
        #expect(try await used(store) == before.0)
    }

    @Test("Windows do not overlap")
    func overlap() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.askCallerWindow(Self.window(0, 5))
        for (first, end) in [(0, 5), (4, 6), (-1, 1), (1, 2)] {
            _ = try await storeError { try await store.askCallerWindow(Self.window(first, end)) }
        }
        try await store.askCallerWindow(Self.window(5, 6))
        try await store.withdrawCallerWindow(Self.window(0, 5), bytesScanned: 9)
        try await store.askCallerWindow(Self.window(0, 2))
        #expect(try await store.newestCallerMinute(account: account, region: region) == minute(6))
        #expect(
            try await store.askedCallerWindows(account: account, region: region).map(\.range) == [
                span(0, 2), span(5, 6),
            ])
        #expect(try await store.bytesScanned(account: account, month: "2026-03") == 9)
    }

    @Test(
        "Minutes count once their model ID has a pool and a rate, each once, and another rate changes nothing"
    )
    func counting() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await Self.record(store, 0, 5, [Self.minuteOf("a", 0, 10)])
        #expect(try await totals(store) == [])
        try await Self.assign(store)
        try await Self.record(store, 5, 10, [Self.minuteOf("a", 5, 20)])
        #expect(try await totals(store) == ["a|\(17 + 27)"])
        try await Self.assign(store, rate: 10)
        try await store.recordAssignments(account: account, region: region, [sonnet: nil])
        try await Self.record(store, 10, 15, [Self.minuteOf("a", 10, 1)])
        #expect(try await totals(store) == ["a|\(17 + 27)"])
        try await Self.assign(store, rate: 10)
        try await Self.record(store, 15, 20, [])
        #expect(try await totals(store) == ["a|\(17 + 27 + 13)"])
    }

    @Test("Beyond a thousand callers the counters of a pool count the others together")
    func manyTotals() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await Self.assign(store)
        for hour in 0..<11 {
            let minutes = try (0..<100).map { try Self.minuteOf("h\(hour)-\($0)", hour * 60, 1) }
            try await Self.record(store, hour * 60, hour * 60 + 5, minutes, keep: 100)
        }
        #expect(
            try await store.rows("SELECT count(*) FROM caller_totals") == ["\(StoreLimits.callerTotals + 1)"])
        #expect(try await store.rows("SELECT sum(quota_tokens) FROM caller_totals") == ["\(11 * 100 * 8).0"])
        #expect(try await totals(store).first == "(other)|800")
    }

    @Test("Retention takes old minutes, windows and names; counters stay")
    func retention() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await Self.assign(store)
        try await store.record(poll([(0, usage(1)), (200, usage(1))]))
        try await Self.record(store, 0, 5, [Self.minuteOf("a", 0, 10)])
        try await Self.record(store, 120, 125, [Self.minuteOf("b", 120, 10)])
        let counters = try await totals(store)
        try await store.askCallerWindow(Self.window(5, 10))
        while try await store.deleteMinutes(before: minute(60), atMost: 10) > 0 {}
        #expect(try await used(store) == ["120|b|10"])
        #expect(try await store.rows("SELECT state FROM caller_windows ORDER BY start") == ["asked", "read"])
        #expect(try await totals(store) == counters)
        _ = try await store.rows("DELETE FROM caller_totals")
        while try await store.deleteMinutes(before: minute(60), atMost: 10) > 0 {}
        #expect(try await store.rows("SELECT caller FROM callers") == ["b"])
    }

    @Test("What a wrong clock gave up of the time to come is taken back")
    func forget() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await Self.record(store, 0, 5, [])
        try await store.giveUpCallerWindow(Self.window(5, 100), reason: "old")
        try await store.giveUpCallerWindow(Self.window(100, 105), reason: "old")
        try await store.forgetCallerWindows(account: account, region: region, from: minute(20))
        #expect(try await store.newestCallerMinute(account: account, region: region) == minute(20))
        #expect(
            try await store.rows("SELECT state FROM caller_windows ORDER BY start") == ["read", "unknown"])
    }
}
