import AWSSimulator
import QuotaModel
import SimulatedFaults
import TestBench
import Testing

@testable import Reading
@testable import Web

@Suite("Long backfill beside polls, and measured rates", .timeLimit(.minutes(5)))
struct BackfillStageTests {
    private let noon = PollBench.noon

    private func settings(days: Int) -> PollingSettings {
        PollingSettings { $0.backfill = .minutes(days * 1440) }
    }

    @Test("beyond 15 days longer periods are read between polls and stored as what they are, counters stay")
    func periods() async throws {
        var traffic = Traffic()
        traffic.addGolden(100, noon.advanced(by: -120)..<noon.advanced(by: 1))
        traffic.addGolden(7, noon.advanced(by: -20 * 1440)..<noon.advanced(by: -20 * 1440 + 60))
        let bench = try await PollBench(traffic, settings: settings(days: 22))
        let poller = try bench.poller()
        await poller.poll()
        let counted = try bench.totals()
        bench.clock.advance(60)
        await poller.poll()
        await poller.readHistory(until: bench.clock.now + 4)
        let coverage = try await bench.store.periodCoverage(
            account: "prod", region: Traffic.region, resolution: .fiveMinutes)
        let covered = try #require(coverage[Traffic.sonnet]?.span)
        #expect(covered.lowerBound == noon.advanced(by: 1 - 22 * 1440).roundedUp(to: 5))
        let minutes = try await bench.store.coverage(account: "prod", region: Traffic.region)
        #expect(minutes[Traffic.sonnet]?.span?.lowerBound == covered.upperBound, "no hole between the two")
        let asked = bench.answered(.getMetricData)
        await poller.readHistory(until: bench.clock.now + 4)
        await poller.poll()
        await poller.readHistory(until: bench.clock.now + 4)
        #expect(bench.answered(.getMetricData) == asked + 2, "only the poll's own")
        #expect(try bench.totals() == counted)
        try await bench.stop()
    }

    @Test("15 days and less ask for single minutes alone; no request begins when the next poll is near")
    func short() async throws {
        var traffic = Traffic()
        traffic.addGolden(100, noon.advanced(by: -120)..<noon.advanced(by: 1))
        let bench = try await PollBench(traffic, settings: settings(days: 15))
        let poller = try bench.poller()
        await poller.poll()
        let asked = bench.answered(.getMetricData)
        await poller.readHistory(until: bench.clock.now + 50)
        #expect(bench.answered(.getMetricData) == asked)
        try await bench.stop()
        let long = try await PollBench(traffic, settings: settings(days: 30))
        let other = try long.poller()
        await other.poll()
        let before = long.answered(.getMetricData)
        await other.readHistory(until: long.clock.now + BackfillPace.secondsForRequest)
        #expect(long.answered(.getMetricData) == before)
        try await long.stop()
    }

    @Test("a failing CloudWatch fails no poll and its series waits")
    func failure() async throws {
        var traffic = Traffic()
        traffic.addGolden(100, noon.advanced(by: -120)..<noon.advanced(by: 1))
        let bench = try await PollBench(traffic, settings: settings(days: 30))
        let poller = try bench.poller()
        await poller.poll()
        bench.simulator.faults.add(.internalFailure, operation: .getMetricData, times: 1)
        await poller.readHistory(until: bench.clock.now + 4)
        #expect(bench.isUp())
        let asked = bench.simulator.log.count(.getMetricData)
        await poller.readHistory(until: bench.clock.now + 4)
        #expect(bench.simulator.log.count(.getMetricData) == asked, "waits")
        bench.clock.advance(61)
        await poller.readHistory(until: bench.clock.now + 4)
        #expect(bench.simulator.log.count(.getMetricData) == asked + 1)
        try await bench.stop()
    }

    @Test("a table rate that AWS's estimates contradict is reported and stays in use; 5 minutes are too few")
    func mismatch() async throws {
        var traffic = Traffic()
        traffic.addGolden(100, noon.advanced(by: -120)..<noon.advanced(by: 1))
        for minute in noon.advanced(by: -100)..<noon.advanced(by: -50) {
            traffic[Traffic.region, Traffic.sonnet, "EstimatedTPMQuotaUsage", minute] =
                100 * (10_000 + 5000 * 10)
        }
        let bench = try await PollBench(traffic)
        await (try bench.poller()).poll()
        let pool = try #require(try bench.snapshot().pools.first)
        #expect(pool.rate == BurndownRate(value: 5, source: .table))
        #expect(pool.mismatch?.measuredRate == 10)
        let families = UsageFamilies.families(of: bench.board.snapshot(at: bench.clock.now))
        let family = try #require(families.first { $0.descriptor.name == "bedrock_burndown_mismatch_info" })
        #expect(family.sampleCount == 1)
        let rates = try await bench.store.burndownRates(account: "prod", region: Traffic.region)
        #expect(rates[ScopedModel(scope: .global, model: Traffic.model)]?.value == 5)
        try await bench.stop()
    }

    @Test("an assumed rate gives way to the measured one, which is kept over a restart")
    func measured() async throws {
        let model = "anthropic.claude-haiku-5"
        var traffic = Traffic()
        for minute in noon.advanced(by: -100)..<noon.advanced(by: 1) {
            traffic.addGolden(100, minute..<minute.advanced(by: 1), modelID: "global." + model)
            if minute < noon.advanced(by: -40) {
                traffic[Traffic.region, "global." + model, "EstimatedTPMQuotaUsage", minute] =
                    100 * (10_000 + 5000 * 8)
            }
        }
        var scenario = traffic.scenario
        scenario.models.append(
            SimulatedModel(
                id: model, name: "Claude Haiku 5", provider: "Anthropic",
                inferenceTypes: ["INFERENCE_PROFILE"]))
        scenario.profiles.append(
            SimulatedProfile(
                regions: [Traffic.region], id: "global." + model, name: "Global Anthropic Claude Haiku 5",
                modelID: model, modelRegions: ["", "*"]))
        scenario.quotas.append(
            SimulatedQuota(
                code: "L-00000001",
                name: "Global cross-region model inference tokens per minute for Anthropic Claude Haiku 5",
                defaultValue: 6_000_000))
        let folder = try TestFolder()
        let bench = try await PollBench(traffic, folder: folder)
        bench.show(scenario)
        await (try bench.poller()).poll()
        let pool = try #require(try bench.snapshot().pools.first { $0.pool.model == model })
        #expect(pool.rate == BurndownRate(value: 8, source: .measured))
        #expect(pool.mismatch == nil)
        #expect(pool.quotas.first?.usage == 5_000_000 as Double?)
        try await bench.stop()
        // Two days later the last day holds no estimate.
        let later = try await PollBench(
            Traffic(), folder: folder, now: Double(noon.advanced(by: 2 * 1440).epochSeconds))
        later.show(scenario)
        await (try later.poller()).poll()
        #expect(
            try later.snapshot().pools.first { $0.pool.model == model }?.rate
                == BurndownRate(value: 8, source: .measured))
        try await later.stop()
    }
}
