import AWSSimulator
import QuotaModel
import SimulatedFaults
import TestBench
import Testing

@testable import Reading

@Suite("Region poller against the simulated AWS", .timeLimit(.minutes(5)))
struct RegionPollerTests {
    private let noon = PollBench.noon

    private func traffic(_ requests: Double = 100, hours: Int = 2) -> Traffic {
        var traffic = Traffic()
        traffic.addGolden(requests, noon.advanced(by: -60 * hours)..<noon.advanced(by: 1))
        return traffic
    }

    @Test(
        "the first poll shows a day's counters, the golden 3,500,000 tokens a minute, and where figures come from"
    )
    func firstPoll() async throws {
        let traffic = traffic()
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        #expect(bench.isUp())
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        #expect(try bench.totals()[.inputTokens] == traffic.sum("InputTokenCount"))
        #expect(try bench.totals()[.outputTokens] == traffic.sum("OutputTokenCount"))
        let tokens = try bench.use()
        #expect(tokens.usage == 3_500_000)
        #expect(tokens.ratio == 3_500_000 / Traffic.tokensPerMinute)
        #expect(tokens.source == .weighted)
        #expect(
            tokens.quota
                == Quota(
                    kind: .tokensPerMinute, limit: 6_000_000, source: .applied, code: "L-7BEE40FB",
                    match: .code))
        #expect(tokens.peaks[.day] == tokens.ratio)
        #expect(tokens.coveredMinutes == 1)
        let requests = try bench.use(.requestsPerMinute)
        #expect(requests.usage == 100)
        #expect(requests.quota.source == .default)
        #expect(try bench.snapshot().settledMinute == bench.settled)
        #expect(try bench.snapshot().newestDatapoint == noon)
        #expect(try bench.snapshot().pools.first?.rate == BurndownRate(value: 5, source: .table))
        #expect(bench.logged.value == [])
        try await bench.stop()
    }

    @Test("Invariant 1: the application profile adds to the pool of its source once, decoys add nothing")
    func poolSum() async throws {
        var traffic = traffic()
        traffic.addGolden(10, noon.advanced(by: -120)..<noon, modelID: Traffic.profile)
        var scenario = traffic.scenario
        let values = [noon.advanced(by: -4).index: 9e9]
        for dimensions in [
            [], [.modelID(Traffic.sonnet), SimulatedDimension("ServiceTier", "default")],
        ] as [[SimulatedDimension]] {
            scenario.series.append(
                SimulatedSeries(
                    region: Traffic.region, metricName: "InputTokenCount", dimensions: dimensions,
                    values: values))
        }
        let bench = try await PollBench(traffic)
        bench.show(scenario)
        await (try bench.poller()).poll()
        #expect(try bench.use().usage == 110 * 35_000)
        #expect(try bench.snapshot().pools.map(\.modelIDs) == [[Traffic.sonnet, Traffic.profile].sorted()])
        try await bench.stop()
    }

    @Test(
        "Invariant 3 and 4: re-reads change nothing, late datapoints are added, revisions never lower a counter"
    )
    func revisions() async throws {
        var traffic = traffic()
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        let first = try bench.totals()
        await poller.poll()
        #expect(try bench.totals() == first)
        // Late and revised upwards.
        let late = noon.advanced(by: -2)
        traffic[Traffic.region, Traffic.sonnet, "OutputTokenCount", late] = 900_000
        traffic.addGolden(50, noon.advanced(by: 1)..<noon.advanced(by: 2))
        bench.show(traffic.scenario)
        bench.clock.advance(60)
        await poller.poll()
        #expect(try bench.totals()[.outputTokens] == traffic.sum("OutputTokenCount"))
        let raised = try bench.totals()
        // Revised downwards: the counter stands still, the usage is the revised one.
        let settled = bench.settled
        traffic.addGolden(1, settled..<settled.advanced(by: 1))
        bench.show(traffic.scenario)
        await poller.poll()
        #expect(try bench.totals() == raised)
        #expect(try bench.use().usage == 35_000)
        try await bench.stop()
    }

    @Test("downtime: a restart takes up the store and fills the gap, so that no minute is lost or doubled")
    func downtime() async throws {
        var traffic = traffic()
        let folder = try TestFolder()
        let before = try await PollBench(traffic, folder: folder)
        await (try before.poller()).poll()
        let old = try before.totals()
        try await before.stop()
        traffic.addGolden(30, noon.advanced(by: 1)..<noon.advanced(by: 600))
        let bench = try await PollBench(
            traffic, folder: folder, now: Double(noon.advanced(by: 599).epochSeconds + 5))
        // Discovery is down at first; the store knows what to ask for, the new poller what has been.
        bench.simulator.faults.add(.internalFailure, operation: .listMetrics, times: 1)
        let poller = try bench.poller()
        await poller.poll()
        #expect(bench.isUp())
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        #expect(try bench.totals()[.invocations] ?? 0 > old[.invocations] ?? 0)
        #expect(try bench.use().usage == 30 * 35_000)
        let coverage = try await bench.store.coverage(account: "prod", region: Traffic.region)
        #expect(coverage[Traffic.sonnet]?.ranges.count == 1)
        try await bench.stop()
    }

    @Test("a new throttle metric counts from its first datapoint, though it is listed late")
    func grownSeries() async throws {
        var traffic = traffic()
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        for _ in 0..<5 {
            bench.clock.advance(300)
            await poller.poll()
        }
        #expect(try bench.totals()[.throttles] == 0)
        for offset in [1, 5, 10, 27] {
            traffic[Traffic.region, Traffic.sonnet, "InvocationThrottles", noon.advanced(by: offset)] = 4
        }
        bench.show(traffic.scenario)
        bench.clock.advance(300)
        await poller.poll()
        #expect(try bench.totals()[.throttles] == 16)
        bench.simulator.log.reset()
        bench.clock.advance(60)
        await poller.poll()
        #expect(bench.answered(.getMetricData) == 2, "what is listed, and what may be new")
        try await bench.stop()
    }

    @Test(
        "once discovery is cached, a poll is one GetMetricData of what is listed, one of what may be new, and nothing else"
    )
    func roundTrips() async throws {
        var traffic = traffic()
        traffic.addGolden(10, noon.advanced(by: -120)..<noon, modelID: Traffic.profile)
        let bench = try await PollBench(traffic)
        let poller = try bench.poller(account: nil)
        await poller.poll()
        for _ in 0..<5 {
            bench.simulator.log.reset()
            bench.clock.advance(60)
            await poller.poll()
            #expect(
                bench.simulator.log.entries.filter { $0.status == 200 }.map(\.operation)
                    == [.getMetricData, .getMetricData])
            #expect((8...9).contains(bench.simulator.log.metricsRequested()))
        }
        #expect(try bench.snapshot(account: "111122223333").models.count == 2)
        try await bench.stop()
    }

    @Test("Invariant 4: history before the first read comes in later polls and is never counted")
    func backfill() async throws {
        var traffic = traffic()
        traffic.addGolden(1, noon.advanced(by: -10_000)..<noon.advanced(by: -9_990))
        let bench = try await PollBench(traffic, settings: PollingSettings())
        let poller = try bench.poller()
        await poller.poll()
        let totals = try bench.totals()
        let old = noon.advanced(by: -10_100)..<noon.advanced(by: -9_900)
        #expect(try await bench.store.window(account: "prod", region: Traffic.region, old).isEmpty)
        bench.clock.advance(60)
        await poller.poll()
        let rows = try await bench.store.window(account: "prod", region: Traffic.region, old)
        #expect(rows[Traffic.sonnet]?.map(\.usage.invocations) == Array(repeating: 1, count: 10))
        #expect(try bench.totals() == totals)
        let coverage = try await bench.store.coverage(account: "prod", region: Traffic.region)
        #expect(coverage[Traffic.sonnet]?.ranges.count == 1)
        bench.simulator.log.reset()
        bench.clock.advance(60)
        await poller.poll()
        #expect(bench.answered(.getMetricData) == 2, "what is listed, and what may be new")
        try await bench.stop()
    }

    @Test("Invariant 2: a covered minute without traffic is zero; before the first read nothing is known")
    func zeroAndUnknown() async throws {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -90)..<noon.advanced(by: -50))
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        bench.simulator.faults.add(.throttle, operation: .getMetricData, times: 1)
        await poller.poll()
        #expect(!bench.isUp())
        #expect(try bench.snapshot().models.isEmpty)
        #expect(try bench.snapshot().settledMinute == nil)
        #expect(try bench.use().usage == nil)
        await poller.poll()
        #expect(try bench.use().usage == 0)
        #expect(try bench.use().ratio == 0)
        #expect(try bench.use().peaks[.fiveMinutes] == 0)
        #expect(try bench.use().peaks[.hour] == 350_000 / Traffic.tokensPerMinute)
        #expect(try bench.totals()[.throttles] == 0)
        try await bench.stop()
    }

    @Test("a clock that is set back, even by days, leaves a poller that works")
    func clockSetBack() async throws {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -6000)..<noon.advanced(by: 1))
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        let totals = try bench.totals()
        bench.clock.advance(-3 * 86_400)
        await poller.poll()
        #expect(bench.isUp())
        #expect(try bench.use().usage == 350_000)
        #expect(try bench.totals()[.invocations] ?? 0 >= totals[.invocations] ?? 0)
        bench.clock.advance(60)
        await poller.poll()
        #expect(try bench.use().usage == 350_000)
        try await bench.stop()
    }

    @Test("an account without a name is labelled by its ID; until then by \"unknown\"")
    func identity() async throws {
        let bench = try await PollBench(traffic(hours: 1))
        bench.simulator.faults.add(.accessDenied, operation: .getCallerIdentity, times: 2)
        let pollers = try bench.pollers([Traffic.region, Traffic.other], account: nil)
        for poller in pollers { await poller.poll() }
        #expect(Set(bench.metrics.current.polls.keys.map(\.account)) == ["unknown"])
        for poller in pollers { await poller.poll() }
        #expect(Set(bench.metrics.current.polls.keys.map(\.account)) == ["111122223333"])
        #expect(bench.metrics.current.polls.count == 2)
        #expect(bench.answered(.getCallerIdentity) == 1)
        #expect(!bench.metrics.current.regions.keys.contains { $0.account == "unknown" })
        try await bench.stop()
    }

    @Test("a restart shows stored counters and limits before AWS has answered, a reload leaves what is shown")
    func restored() async throws {
        let traffic = traffic()
        let folder = try TestFolder()
        let before = try await PollBench(traffic, folder: folder)
        await (try before.poller()).poll()
        let totals = try before.totals()
        try await before.stop()
        let bench = try await PollBench(traffic, folder: folder)
        bench.simulator.faults.add(.accessDenied, times: nil)
        let poller = try bench.poller()
        await poller.poll()
        #expect(!bench.isUp())
        #expect(try bench.totals() == totals)
        #expect(try bench.use().quota.limit == 6_000_000)
        #expect(try bench.use().usage == nil)
        bench.simulator.faults.removeAll()
        await poller.poll()
        #expect(try bench.use().usage == 3_500_000)
        bench.simulator.faults.add(.hang, times: nil)
        let next = try bench.poller()
        let asked = bench.simulator.log.total
        let task = Task { await next.poll() }
        #expect(await eventually { bench.simulator.log.total > asked })
        #expect(try bench.use().usage == 3_500_000)
        task.cancel()
        await task.value
        try await bench.stop()
    }
}
