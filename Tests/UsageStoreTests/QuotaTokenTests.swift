import QuotaModel
import TestBench
import Testing

@testable import UsageStore

@Suite("Quota tokens of pools")
struct QuotaTokenTests {
    private static let model = "anthropic.claude-sonnet-4-6"
    private static let pool = ScopedModel(scope: .global, model: model)
    private let folder: TestFolder
    private var store: UsageStore

    init() async throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
        try await assign(to: Self.pool)
        try await setRate(5)
    }

    private func assign(to pool: ScopedModel) async throws {
        try await store.rememberSeries(account: account, region: region, [sonnet: []], at: 1)
        try await store.recordAssignments(
            account: account, region: region, [sonnet: pool])
    }

    private func setRate(_ rate: Double, of pool: ScopedModel = Self.pool) async throws {
        try await store.recordRates(
            account: account, region: region, [(pool, BurndownRate(value: rate, source: .table))], at: 2)
    }

    private func tokens(_ input: Double, _ output: Double, estimate: Double? = nil) -> UsageMinute {
        var usage = UsageMinute()
        (usage.inputTokens, usage.outputTokens, usage.estimatedQuotaTokens) = (input, output, estimate)
        return usage
    }

    private func counter(_ pool: ScopedModel = Self.pool) async throws -> Double? {
        try await store.quotaTokens(account: account, region: region)[pool]
    }

    @Test(
        "A minute counts as its quota does: the golden request of 10,000 in and 5,000 out at rate 5 is 35,000"
    )
    func weighs() async throws {
        #expect(try await counter() == nil)
        for _ in 0..<2 { try await store.record(poll([(0, tokens(10_000, 5_000)), (1, tokens(26, 1_203))])) }
        #expect(try await counter() == 35_000 + 6_041)
    }

    @Test(
        "Invariant 4: the counter stands still while a revision is below it, over a restart, and catches up exactly"
    )
    mutating func revision() async throws {
        try await store.record(poll([(0, tokens(100, 10))]))
        try await store.record(poll([(0, tokens(60, 10))]))
        #expect(try await counter() == 150)
        try await store.close()
        store = try UsageStore.open(path: folder.database)
        try await store.record(poll([(1, tokens(30, 0))]))
        #expect(try await counter() == 150)
        try await store.record(poll([(2, tokens(15, 0))]))
        #expect(try await counter() == 155)
    }

    @Test("Invariant 4: neither a lower rate nor AWS's estimate takes away what was counted")
    func otherRate() async throws {
        try await store.record(poll([(0, tokens(100, 10))]))
        try await setRate(1)
        try await store.record(poll([(1, tokens(100, 10))]))
        #expect(try await counter() == 150 + 110)
        try await store.record(poll([(1, tokens(100, 10, estimate: 90))]))
        #expect(try await counter() == 260)
        try await store.record(poll([(2, tokens(30, 0))]))
        #expect(try await counter() == 270)
    }

    @Test("Invariant 4: retention and a move to another pool leave the counter as it is")
    func moves() async throws {
        // The newest minute of a store always stays.
        try await store.record(poll([(-1, tokens(100, 10)), (1, tokens(0, 0))]))
        while try await store.rollStep(atMost: 1000) > 0 {}
        #expect(try await store.deleteMinutes(before: minute(0), atMost: 10) == 1)
        let other = ScopedModel(scope: .crossRegion, model: Self.model)
        try await assign(to: other)
        try await setRate(5, of: other)
        try await store.record(poll([(2, tokens(7, 0))]))
        #expect(try await counter() == 150)
        #expect(try await counter(other) == 7)
    }

    @Test("History from before the counters began does not count")
    func history() async throws {
        var past = poll([(0, tokens(100, 10))])
        past.countsTowardTotals = false
        try await store.record(past)
        #expect(try await counter() == nil)
    }
}
