import QuotaModel
import TestBench
import Testing

@testable import Polling
@testable import Reading
@testable import System

@Suite("Polls that keep a budget", .timeLimit(.minutes(5)))
struct BudgetPollTests {
    private let noon = PollBench.noon
    private let key = RegionKey(account: "prod", region: Traffic.region)

    private var golden: Traffic {
        var traffic = Traffic()
        traffic.addGolden(7, noon.advanced(by: -120)..<noon.advanced(by: 2000))
        return traffic
    }

    private func limit(_ bench: PollBench, to budget: Int) {
        let log = Log(
            level: .info, write: { [logged = bench.logged] line in logged.change { $0.append(line) } })
        bench.budget.configure(budget: budget, plan: bench.plan, regionCount: 1, log: log)
    }

    private func pollOn(_ poller: RegionPoller, _ bench: PollBench, until end: Double) async throws -> Int {
        var polls = 0
        while true {
            let next = await poller.plan.nextPoll(
                after: bench.clock.now, phase: 0.5, consecutiveFailures: 0)
            guard next < end else { return polls }
            bench.clock.now = next - 1
            let shown = try bench.snapshot()
            #expect(shown.settledMinute != nil, "figures stay until the next poll")
            bench.clock.now = next
            await poller.poll()
            polls += 1
        }
    }

    @Test("polls come later, no minute is lost, figures do not vanish, and the bill is as planned")
    func stretched() async throws {
        let bench = try await PollBench(golden)
        limit(bench, to: 5000)
        let poller = try bench.poller()
        await poller.poll()
        bench.clock.advance(60)
        await poller.poll()
        let before = bench.budget.report().spent
        let day = bench.clock.now + 86_400
        let polls = try await pollOn(poller, bench, until: day)
        // 3 metrics a poll; the month has 26 and a half days left.
        #expect((40..<70).contains(polls))
        let report = bench.budget.report()
        #expect(report.pace.step == 2)
        #expect(report.spent - before == 3 * polls)
        #expect(Double(report.projected ?? 0) <= 5000)
        #expect(report.note?.hasPrefix("Slowed to keep the budget: every Region is polled once in ") == true)
        bench.clock.now = day
        await poller.poll()
        let coverage = try await bench.store.coverage(account: "prod", region: Traffic.region)
        #expect(coverage[Traffic.sonnet]?.gaps(in: noon..<bench.settled).isEmpty == true)
        let rows = try await bench.store.window(
            account: "prod", region: Traffic.region, noon..<bench.settled)
        #expect(rows[Traffic.sonnet]?.map(\.minute) == (noon..<bench.settled).map { $0 })
        #expect(rows[Traffic.sonnet]?.allSatisfy { $0.usage.invocations == 7 } == true)
        #expect(bench.logged.value.contains { $0.contains("Polling slowed to keep the budget") })
        try await bench.stop()
    }

    @Test("what is spent is stored with the polls, and a restart goes on from there")
    func restart() async throws {
        let bench = try await PollBench(golden)
        limit(bench, to: 1_000_000)
        let poller = try bench.poller()
        for _ in 0..<3 {
            await poller.poll()
            bench.clock.advance(60)
        }
        let spent = bench.budget.report().spent
        #expect(spent == bench.metrics.billedMetrics)
        #expect(spent > 6)
        let stored = try await bench.store.spending()
        #expect(stored.map(\.billedMetrics) == [spent])
        #expect(stored.map(\.month) == ["2026-02"])
        let next = MonthlyBudget(now: { bench.clock.now })
        next.meter.noteStored(stored)
        #expect(next.report().spent == spent)
        try await bench.stop()
    }

    @Test("a spent budget asks for nothing and says so; the next month fills what is missing")
    func spent() async throws {
        let end = Double(CalendarMonth(containing: Double(noon.epochSeconds)).end)
        let last = Minute(containingEpochSeconds: Int(end))
        var traffic = Traffic()
        traffic.addGolden(7, last.advanced(by: -240)..<last.advanced(by: 120))
        let bench = try await PollBench(traffic, now: end - 7200)
        limit(bench, to: 1_000_000)
        let poller = try bench.poller()
        await poller.poll()
        let gapStart = bench.settled
        limit(bench, to: bench.budget.report().spent + 1)
        let asked = bench.answered(.getMetricData)
        for _ in 0..<6 {
            bench.clock.advance(600)
            await poller.poll()
        }
        #expect(bench.answered(.getMetricData) == asked)
        #expect(!bench.isUp())
        #expect(bench.metrics.poll(key).failure?.contains("polling.monthly_budget is spent") == true)
        #expect(bench.budget.report().pace == .spent)
        #expect(
            bench.budget.report().note == "The month's budget is spent: nothing is read before the next month"
        )
        #expect(bench.logged.value.contains { $0.contains("The month's budget is spent") })
        bench.clock.advance(3660)
        await poller.poll()
        #expect(bench.isUp())
        let coverage = try await bench.store.coverage(account: "prod", region: Traffic.region)
        #expect(coverage[Traffic.sonnet]?.gaps(in: gapStart..<bench.settled).isEmpty == true)
        try await bench.stop()
    }

    @Test("a request that the budget does not cover is never sent, also within a poll")
    func gate() async throws {
        let bench = try await PollBench(golden)
        limit(bench, to: 10)
        let poller = try bench.poller()
        for _ in 0..<4 {
            await poller.poll()
            bench.clock.advance(60)
        }
        #expect(bench.metrics.billedMetrics <= 10)
        #expect(bench.budget.report().spent == bench.metrics.billedMetrics)
        #expect(bench.metrics.billedMetrics > 0)
        try await bench.stop()
    }
}
