import QuotaModel
import TestBench
import Testing
import UsageStore

@testable import Reading

@Suite("What is billed, and what may be")
struct SpendingMeterTests {
    /// 2026-11-30T23:59:00Z.
    private let clock = ManualClock(1_796_083_140)
    private let key = RegionKey(account: "prod", region: "r1")
    private let other = RegionKey(account: "test", region: "r1")

    private func meter(_ budget: Int? = nil) -> SpendingMeter {
        let meter = SpendingMeter(now: { [clock] in clock.now })
        meter.limit(to: budget)
        return meter
    }

    private func spend(_ metrics: Int, _ meter: SpendingMeter, _ key: RegionKey? = nil) -> Bool {
        guard meter.reserve(metrics) else { return false }
        meter.settle(reserved: metrics, billed: metrics, for: key ?? self.key)
        return true
    }

    @Test("all accounts share the budget to the last metric; what is not billed is free again")
    func limit() {
        let meter = meter(1000)
        #expect(spend(600, meter))
        #expect(spend(300, meter, other))
        #expect(!meter.reserve(101))
        #expect(meter.reserve(100))
        #expect(!meter.reserve(1), "a request under way may be billed")
        meter.settle(reserved: 100, billed: 0, for: key)
        #expect(meter.spentThisMonth == 900)
        #expect(spend(100, meter))
        #expect(!spend(1, meter))
        meter.limit(to: nil)
        #expect(spend(1, meter))
    }

    @Test("many requests at a time never pass the budget together")
    func race() async {
        let meter = meter(10_000)
        await withTaskGroup { group in
            for number in 0..<64 {
                group.addTask {
                    let key = RegionKey(account: "prod", region: "r\(number)")
                    for _ in 0..<50 where meter.reserve(7) { meter.settle(reserved: 7, billed: 7, for: key) }
                }
            }
        }
        #expect(meter.spentThisMonth == 9996)
    }

    @Test("a new month starts at zero; a clock set back goes on where that month was")
    func month() {
        let meter = meter(1000)
        #expect(spend(1000, meter))
        clock.advance(60)
        #expect(meter.spentThisMonth == 0)
        #expect(spend(400, meter))
        clock.advance(-60)
        #expect(meter.spentThisMonth == 1000)
        #expect(!spend(1, meter))
        clock.advance(60)
        #expect(meter.spentThisMonth == 400)
    }

    @Test("counts survive restarts, are written once, and never go back")
    func restarts() async throws {
        let folder = try TestFolder()
        var store = try UsageStore.open(path: folder.database)
        var first = meter()
        for run in 1...3 {
            first = meter(1000)
            first.noteStored(try await store.spending())
            #expect(first.spentThisMonth == (run - 1) * 110)
            #expect(first.unstored(of: key).isEmpty)
            #expect(spend(100, first) && spend(10, first, other))
            for key in [key, other] {
                let spending = first.unstored(of: key)
                #expect(spending.map(\.billedMetrics) == [key == self.key ? run * 100 : run * 10])
                try await store.recordSpending(spending)
                first.noteStored(spending)
                #expect(first.unstored(of: key).isEmpty)
            }
            try await store.close()
            store = try UsageStore.open(path: folder.database)
        }
        try await store.close()
    }
}
