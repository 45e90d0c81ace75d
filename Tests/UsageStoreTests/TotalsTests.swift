import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Counters")
struct TotalsTests {
    let folder: TestFolder
    var store: UsageStore

    init() throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
    }

    private func invocations() async throws -> Int? {
        try await store.totals(account: account, region: region)[sonnet]?.invocations
    }

    @Test("The counted metrics are the eight sums that Prometheus gets")
    func countedMetrics() {
        #expect(
            UsageTotals.metrics == [
                .invocations, .inputTokens, .outputTokens, .cacheReadInputTokens, .cacheWriteInputTokens,
                .clientErrors, .serverErrors, .throttles,
            ])
    }

    @Test("Each counter sums its own metric", arguments: UsageTotals.metrics)
    func eachMetric(metric: UsageMetric) async throws {
        var one = UsageMinute()
        one[metric] = 21
        try await store.record(poll([(0, one), (1, one)]))
        let totals = try #require(try await store.totals(account: account, region: region)[sonnet])
        for other in UsageTotals.metrics { #expect(totals[other] == (other == metric ? 42 : 0)) }
        #expect(totals[.latencyMilliseconds] == nil)
    }

    @Test("A known series has counters at zero before its first datapoint")
    func zeroFromDiscovery() async throws {
        try await store.rememberSeries(account: account, region: region, [sonnet: []], at: 1)
        #expect(try await store.totals(account: account, region: region) == [sonnet: UsageTotals()])
    }

    @Test("Invariant 4: counters never go down when CloudWatch revises downwards, and catch up exactly")
    func revisionDown() async throws {
        try await store.record(poll([(0, usage(100))]))
        try await store.record(poll([(0, usage(60))]))
        #expect(try await invocations() == 100)
        try await store.record(poll([(1, usage(30))]))
        #expect(try await invocations() == 100)
        try await store.record(poll([(2, usage(15))]))
        #expect(try await invocations() == 105)
        #expect(try await store.rows("SELECT sum, exposed FROM totals") == ["105|105"])
    }

    @Test("Invariant 4: a poll that revises one minute up and another down never shows the state between")
    func revisionBothWays() async throws {
        try await store.record(poll([(0, usage(10)), (1, usage(100))]))
        try await store.record(poll([(0, usage(50)), (1, usage(60))]))
        #expect(try await invocations() == 110)
        #expect(try await store.rows("SELECT sum, exposed FROM totals") == ["110|110"])
    }

    @Test("Invariant 4: counters never go down across a restart")
    mutating func restart() async throws {
        try await store.record(poll([(0, usage(100))]))
        try await store.record(poll([(0, usage(60))]))
        try await store.close()
        store = try UsageStore.open(path: folder.database)
        #expect(try await invocations() == 100)
        try await store.record(poll([(0, usage(60)), (1, usage(41))]))
        #expect(try await invocations() == 101)
    }

    @Test("Invariant 4: retention deletes minutes, not what they counted")
    func retention() async throws {
        try await store.record(poll([(-2, usage(10)), (-1, usage(20)), (0, usage(30))]))
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 100) == 2)
        #expect(try await invocations() == 60)
    }

    @Test("Invariant 1: a minute that retention deleted is not counted again when it is read again")
    func rereadAfterRetention() async throws {
        let record = poll([(-2, usage(10)), (-1, usage(20)), (0, usage(30))])
        try await store.record(record)
        // One row deleted, one still there: both are closed.
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 1) == 1)
        let outcome = try await store.record(record)
        #expect(outcome.refusedMinutes == 2)
        #expect(outcome.unchangedMinutes == 1)
        #expect(try await invocations() == 60)
        #expect(
            try await store.coverage(account: account, region: region) == [sonnet: MinuteRanges([span(0, 1)])]
        )
    }

    @Test("Backfilled minutes do not count, nor their revisions")
    func uncounted() async throws {
        try await store.record(poll([(0, usage(10))], counts: false))
        try await store.record(poll([(0, usage(12))], counts: false))
        #expect(try await invocations() == 0)
        #expect(
            try await store.window(account: account, region: region, span(0, 1))[sonnet]?.map(\.usage) == [
                usage(12)
            ])
    }

    @Test("Invariant 1: a counted read over a backfilled minute counts it once, whole")
    func countedOverUncounted() async throws {
        try await store.record(poll([(0, usage(10, input: 500))], counts: false))
        try await store.record(poll([(0, usage(10))]))
        try await store.record(poll([(0, usage(10))]))
        let totals = try #require(try await store.totals(account: account, region: region)[sonnet])
        #expect(totals.invocations == 10)
        #expect(totals.inputTokens == 500)
    }

    @Test("Invariant 1: a backfill over a counted minute keeps it counted and follows its revision")
    func uncountedOverCounted() async throws {
        try await store.record(poll([(0, usage(10))]))
        try await store.record(poll([(0, usage(14)), (1, usage(1_000))], counts: false))
        #expect(try await invocations() == 14)
    }
}
