import TestBench
import Testing

@testable import SQLite
@testable import UsageStore

@Suite("What was spent")
struct SpendingTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func spending(_ metrics: Int, month: String = "2026-11", region: String = region) -> MonthSpending
    {
        MonthSpending(account: account, region: region, month: month, billedMetrics: metrics)
    }

    @Test("a poll and what it cost are stored together, or neither")
    func together() async throws {
        let store = try UsageStore.open(path: folder.database)
        var record = poll([(0, usage(4))])
        record.spending = [spending(9)]
        try await store.record(record)
        #expect(try await store.spending() == [spending(9)])
        _ = try await store.rows(
            "CREATE TRIGGER full BEFORE UPDATE ON spending BEGIN SELECT RAISE(FAIL, 'full'); END")
        record.series[0].minutes[0].usage.invocations = 5
        record.spending = [spending(18)]
        await #expect(throws: StoreError.self) { try await store.record(record) }
        _ = try await store.rows("DROP TRIGGER full")
        #expect(try await store.spending() == [spending(9)])
        #expect(try await store.totals(account: account, region: region)[sonnet]?.invocations == 4)
        try await store.record(record)
        #expect(try await store.spending() == [spending(18)])
    }

    @Test("a count never goes back, and the same count twice is the same")
    func higher() async throws {
        let store = try UsageStore.open(path: folder.database)
        try await store.recordSpending([spending(9), spending(3, region: "other")])
        try await store.recordSpending([spending(9)])
        try await store.recordSpending([spending(4)])
        #expect(
            try await store.spending()
                == [spending(3, region: "other"), spending(9)].sorted { $0.region < $1.region })
    }

    @Test("the newest three years are kept")
    func bound() async throws {
        let store = try UsageStore.open(path: folder.database)
        for year in 2020..<2026 {
            for month in 1...12 {
                let text = "\(year)-\(month < 10 ? "0" : "")\(month)"
                try await store.recordSpending([
                    spending(month, month: text), spending(1, month: text, region: "b"),
                ])
            }
        }
        let kept = try await store.spending()
        #expect(kept.count == 72)
        #expect(kept.first?.month == "2023-01")
        #expect(kept.last?.month == "2025-12")
    }
}
