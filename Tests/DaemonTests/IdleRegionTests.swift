import AWSSimulator
import QuotaModel
import TestBench
import Testing

@testable import Polling
@testable import Reading

@Suite("Regions without traffic, and quota lists", .timeLimit(.minutes(5)))
struct IdleRegionTests {
    private let noon = PollBench.noon

    /// Quotas, profiles and models, and no metric.
    private var idle: SimulatedScenario { Traffic().scenario }

    private func operations(_ bench: PollBench) -> Set<SimulatedOperation> {
        Set(bench.simulator.log.entries.compactMap(\.operation))
    }

    /// Polls once a minute; the minutes in which CloudWatch's list was read.
    private func looks(_ bench: PollBench, _ poller: RegionPoller, minutes: Int) async -> [Int] {
        var looks: [Int] = []
        for minute in 0..<minutes {
            let before = bench.simulator.log.count(.listMetrics)
            await poller.poll()
            #expect(bench.isUp())
            if bench.simulator.log.count(.listMetrics) > before { looks.append(minute) }
            bench.clock.advance(60)
        }
        return looks
    }

    @Test(
        "nothing is asked for but ListMetrics, after pauses that grow up to the discovery interval; nothing is stale"
    )
    func nothingElse() async throws {
        let bench = try await PollBench(Traffic())
        let poller = try bench.poller()
        #expect(await looks(bench, poller, minutes: 61) == [0, 1, 3, 7, 15, 30, 45, 60])
        #expect(operations(bench) == [.listMetrics])
        #expect(bench.metrics.billedMetrics == 0)
        let snapshot = try bench.snapshot()
        #expect(snapshot.isIdle)
        #expect(snapshot.settledMinute == bench.settled.advanced(by: -1))
        try await bench.stop()
    }

    @Test("what CloudWatch lists at last is read at once, with the minutes that had passed")
    func wakes() async throws {
        var traffic = Traffic()
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        #expect(await looks(bench, poller, minutes: 16) == [0, 1, 3, 7, 15])
        traffic.addGolden(7, noon.advanced(by: 2)..<noon.advanced(by: 40))
        bench.show(traffic.scenario)
        #expect(await looks(bench, poller, minutes: 14).isEmpty)
        #expect(bench.answered(.getMetricData) == 0)
        await poller.poll()
        #expect(try !bench.snapshot().isIdle)
        #expect(try bench.use().usage == 7 * 35_000)
        #expect(try bench.use().quota.limit == Traffic.tokensPerMinute)
        #expect(
            try bench.totals()[.invocations]
                == traffic.sum("Invocations", before: bench.minute.advanced(by: 1)))
        #expect(
            operations(bench).isSuperset(of: [
                .listServiceQuotas, .listInferenceProfiles, .listFoundationModels,
            ]))
        try await bench.stop()
    }

    @Test("batch jobs alone keep a Region from being idle, and so does a list that cannot be read")
    func otherSigns() async throws {
        let bench = try await PollBench(Traffic())
        var scenario = idle
        scenario.series = [
            SimulatedSeries(
                region: Traffic.region, namespace: "AWS/Bedrock/Batch",
                metricName: "NumberOfRecordsPendingProcessing", dimensions: [.modelID("m")],
                values: [noon.index: 1])
        ]
        bench.show(scenario)
        await (try bench.poller()).poll()
        #expect(try !bench.snapshot().isIdle)
        #expect(bench.answered(.listModelInvocationJobs) == 1)
        let other = try bench.poller(Traffic.other)
        bench.simulator.faults.add(.internalFailure, operation: .listMetrics, times: 1)
        await other.poll()
        #expect(!bench.isUp(Traffic.other), "nothing is known of it")
        await other.poll()
        #expect(try bench.isUp(Traffic.other) && bench.snapshot(Traffic.other).isIdle)
        try await bench.stop()
    }

    @Test("data of the last day keeps a Region from being idle; after that its pools are shown all the same")
    func stored() async throws {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -60)..<noon.advanced(by: 1))
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        bench.show(idle)
        bench.clock.advance(3600)
        await poller.poll()
        #expect(try !bench.snapshot().isIdle)
        let quotas = bench.answered(.listServiceQuotas)
        #expect(quotas > 1, "listed again after an hour")
        bench.clock.advance(30 * 3600)
        await poller.poll()
        let snapshot = try bench.snapshot()
        #expect(snapshot.isIdle)
        #expect(snapshot.pools.map(\.modelIDs) == [[Traffic.sonnet]])
        #expect(try bench.use().quota.limit == Traffic.tokensPerMinute)
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        #expect(bench.answered(.listServiceQuotas) == quotas)
        try await bench.stop()
    }

    @Test(
        "a stored list of quotas serves a restart until it is as old as the interval, also when it never changed"
    )
    func resumed() async throws {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -60)..<noon.advanced(by: 400))
        let folder = try TestFolder()
        let first = try await PollBench(traffic, folder: folder)
        let poller = try first.poller()
        await poller.poll()
        // Listed once more, and nothing has changed.
        first.clock.advance(3600)
        await poller.poll()
        #expect(first.answered(.listServiceQuotas) > 1)
        let listed = first.clock.now
        try await first.stop()

        let second = try await PollBench(traffic, folder: folder, now: listed + 2000)
        let resumed = try second.poller()
        await resumed.poll()
        #expect(try second.use().quota.limit == Traffic.tokensPerMinute)
        #expect(second.answered(.listServiceQuotas) == 0)
        second.clock.advance(600)
        await resumed.poll()
        #expect(second.answered(.listServiceQuotas) == 0)
        second.clock.advance(1000)
        await resumed.poll()
        #expect(second.answered(.listServiceQuotas) > 0)
        try await second.stop()
    }

    @Test(
        "so many Regions list quotas at once, half of them only with traffic; a Region without a turn asks at the next poll"
    )
    func turns() async throws {
        let listings = QuotaListings()
        let quiet = (0..<100).count { _ in listings.begin(hasTraffic: false) }
        let busy = (0..<100).count { _ in listings.begin(hasTraffic: true) }
        #expect(quiet == QuotaListings.atOnce / 2 && quiet + busy == QuotaListings.atOnce)

        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -60)..<noon.advanced(by: 10))
        let bench = try await PollBench(traffic)
        let poller = try bench.pollers(quotaListings: listings)[0]
        await poller.poll()
        #expect(bench.isUp() && bench.answered(.listServiceQuotas) == 0)
        #expect(try (bench.totals()[.invocations] ?? 0) > 0)
        listings.end()
        bench.clock.advance(60)
        await poller.poll()
        #expect(try bench.use().quota.limit == Traffic.tokensPerMinute)
        #expect(listings.begin(hasTraffic: true), "the turn was given back")
        try await bench.stop()
    }

    @Test("an account that had nothing costs the series that tell so; one with traffic costs all of them")
    func firstLook() async throws {
        let names = ["Invocations", "InputTokenCount", "OutputTokenCount"]
        var scenario = idle
        // Of long ago, so that all is listed.
        for name in names {
            for dimensions in [[], [.modelID(Traffic.sonnet)], [.modelID(Traffic.profile)]]
                as [[SimulatedDimension]]
            {
                scenario.series.append(
                    SimulatedSeries(
                        region: Traffic.region, metricName: name, dimensions: dimensions,
                        values: [noon.advanced(by: -300).index: 5]))
            }
        }
        let bench = try await PollBench(Traffic())
        bench.show(scenario)
        let poller = try bench.poller()
        func cost() async -> Int {
            bench.clock.advance(60)
            let before = bench.metrics.billedMetrics
            await poller.poll()
            return bench.metrics.billedMetrics - before
        }
        _ = await cost()
        _ = await cost()
        #expect(await cost() == 1)
        #expect(await cost() == 1)
        for index in scenario.series.indices where scenario.series[index].dimensions.isEmpty {
            scenario.series[index].values[bench.minute.index] = 1
        }
        bench.show(scenario)
        #expect(await cost() == names.count, "far from any limit: no model ID is read")
        try await bench.stop()
    }
}
