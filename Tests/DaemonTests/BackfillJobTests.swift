import AWSSimulator
import Configuration
import QuotaModel
import SimulatedFaults
import TestBench
import Testing
import UsageStore

@testable import Commands
@testable import Polling
@testable import Reading
@testable import System

/// A simulated AWS with 455 days of generated traffic, and jobs against it, on a clock that only sleeps move.
private final class BackfillBench: Sendable {
    static let region = "ap-southeast-1"
    static let key = RegionKey(account: "prod", region: region)
    static let now = Double(29_630_880 * 60 + 30)

    let clock = ManualClock(now)
    let simulator: SimulatedAWS
    let endpoint: String

    init() async throws {
        var scenario = SimulatedScenario()
        scenario.traffic = ["global.anthropic.claude-haiku-4-5-20251001-v1:0", "q7x2m9k4v1zd"].map {
            modelID in
            var traffic = ModelTraffic(
                region: Self.region, modelID: modelID, tokens: .init(input: 400, output: 90),
                peakInvocationsPerMinute: 40, tokensPerMinuteQuota: 1_000_000)
            traffic.rhythm = .office
            return traffic
        }
        scenario.delivery = .immediate
        let clock = clock
        simulator = SimulatedAWS(scenario: scenario, clock: { clock.now })
        endpoint = try await simulator.start()
    }

    func sessions(_ meter: SpendingMeter = SpendingMeter()) throws -> [AccountSession] {
        var configuration = Configuration()
        configuration.accounts[0].name = "prod"
        configuration.accounts[0].regions = [Self.region]
        return try AccountFactory(
            environment: PollBench.environment(endpoint), metrics: SelfMetrics(), meter: meter
        ).sessions(for: configuration.accounts)
    }

    func job(
        _ store: UsageStore, start: String? = nil, meter: SpendingMeter = SpendingMeter()
    ) throws -> BackfillJob {
        let order = try BackfillOrder(start: start, end: nil, account: nil, region: nil, now: Int(clock.now))
        let clock = clock
        return BackfillJob(
            store: store, clock: PollClock(now: { clock.now }, sleep: { clock.advance($0) }),
            plan: order.plan(polling: PollingSettings(), now: Int(clock.now)),
            quotas: QuotaSettings(), meter: meter)
    }

    var metricsAsked: Int { simulator.log.metricsRequested() }
}

/// Everything that a backfill leaves in a store.
private struct Held: Equatable {
    var minutes: [String: [RecordedMinute]] = [:]
    var coverage: [String: MinuteRanges] = [:]
    var periods: [PeriodRecord.Resolution: [String: MinuteRanges]] = [:]
    var totals: [String: UsageTotals] = [:]
    var sums: [Double] = []

    init(_ store: UsageStore) async throws {
        let key = BackfillBench.key
        let current = Minute(containingEpochSeconds: Int(BackfillBench.now))
        minutes = try await store.window(
            account: key.account, region: key.region,
            current.advanced(by: -16 * 1440)..<current.advanced(by: 2))
        coverage = try await store.coverage(account: key.account, region: key.region)
        for resolution in PeriodRecord.Resolution.allCases {
            periods[resolution] = try await store.periodCoverage(
                account: key.account, region: key.region, resolution: resolution)
        }
        totals = try await store.totals(account: key.account, region: key.region)
        try await store.close()
    }
}

@Suite("Backfill against the simulated AWS's 455 days", .timeLimit(.minutes(2)))
struct BackfillJobTests {
    @Test("reads 455 days at three resolutions, costs what it said, and has nothing to ask afterwards")
    func whole() async throws {
        let bench = try await BackfillBench()
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let job = try bench.job(store)
        let preview = try #require(try await job.prepare(bench.sessions(), where: { _ in true }).first)
        #expect(preview.seriesCount == 2)
        let shown = Shared<[BackfillJob.Progress]>([])
        let result = try await job.run(
            isStopped: { false }, report: { step in shown.change { $0.append(step) } })
        #expect(result.isComplete && result.problems.isEmpty && !result.wasStopped)
        #expect(result.done == preview.estimate)
        #expect(bench.metricsAsked == preview.estimate.metrics)
        #expect(bench.simulator.log.count(.getMetricData) == preview.estimate.requests)
        #expect(shown.value.last?.done == preview.estimate)
        #expect(shown.value.last?.total == preview.estimate)
        let again = try bench.job(store)
        let nothing = try await again.prepare(bench.sessions(), where: { _ in true })
        #expect(nothing.first?.estimate.requests == 0)
        let held = try await Held(store)
        let current = Minute(containingEpochSeconds: Int(BackfillBench.now))
        for modelID in held.coverage.keys {
            let hours = try #require(held.periods[.hour]?[modelID]?.span)
            #expect(hours.lowerBound.distance(to: current) > 454 * 1440)
            let all = MinuteRanges(
                [held.coverage[modelID], held.periods[.fiveMinutes]?[modelID], held.periods[.hour]?[modelID]]
                    .compactMap { $0 }.flatMap(\.ranges))
            #expect(all.ranges.count == 1, "no hole between resolutions")
        }
        await bench.simulator.stop()
    }

    @Test("what it spends is stored with each request, so that a killed backfill is not forgotten")
    func spending() async throws {
        let bench = try await BackfillBench()
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let meter = SpendingMeter(now: { [clock = bench.clock] in clock.now })
        let job = try bench.job(store, start: "-100d", meter: meter)
        _ = try await job.prepare(bench.sessions(meter), where: { _ in true })
        let left = Shared(2)
        _ = try await job.run(isStopped: { left.value == 0 }, report: { _ in left.change { $0 -= 1 } })
        let asked = bench.metricsAsked
        #expect(asked > 0)
        #expect(try await store.spending().reduce(0) { $0 + $1.billedMetrics } == asked)
        try await store.close()
    }

    @Test("stopped ten times on the way it ends like an uninterrupted one and asks for nothing twice")
    func stopped() async throws {
        let bench = try await BackfillBench()
        let straight = try TestFolder()
        let one = try UsageStore.open(path: straight.database)
        let job = try bench.job(one, start: "-100d")
        let estimate = try #require(try await job.prepare(bench.sessions(), where: { _ in true }).first)
            .estimate
        _ = try await job.run(isStopped: { false }, report: { _ in })
        let expected = try await Held(one)
        bench.simulator.log.reset()
        bench.clock.now = BackfillBench.now

        let folder = try TestFolder()
        var requests = 0
        var stops = 0
        while true {
            let store = try UsageStore.open(path: folder.database)
            let job = try bench.job(store, start: "-100d")
            _ = try await job.prepare(bench.sessions(), where: { _ in true })
            let left = Shared(stops < 10 ? 1 : Int.max)
            let result = try await job.run(
                isStopped: { left.value == 0 }, report: { _ in left.change { $0 -= 1 } })
            requests += result.done.requests
            bench.clock.now = BackfillBench.now
            if !result.wasStopped {
                #expect(result.isComplete)
                #expect(try await Held(store) == expected)
                break
            }
            stops += 1
            try await store.close()
        }
        #expect(stops == 10 || stops == estimate.requests)
        #expect(requests == estimate.requests)
        #expect(bench.metricsAsked == estimate.metrics)
        await bench.simulator.stop()
    }

    @Test("a failure is told, its series waits, and the next run asks only for what is missing")
    func failures() async throws {
        let bench = try await BackfillBench()
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        bench.simulator.faults.add(.internalFailure, operation: .getMetricData, times: 1)
        let job = try bench.job(store, start: "-40d")
        _ = try await job.prepare(bench.sessions(), where: { _ in true })
        let result = try await job.run(isStopped: { false }, report: { _ in })
        #expect(result.isComplete, "tried again after a pause")
        bench.simulator.faults.add(.internalFailure, operation: .getMetricData, times: 100)
        let more = try bench.job(store, start: "-80d")
        _ = try await more.prepare(bench.sessions(), where: { _ in true })
        let failed = try await more.run(isStopped: { false }, report: { _ in })
        #expect(!failed.isComplete)
        #expect(!failed.problems.isEmpty)
        #expect(failed.done.requests <= 10)
        try await store.close()
        await bench.simulator.stop()
    }

    @Test("a Region that cannot be listed is a problem and hides nothing of the others")
    func refusedRegion() async throws {
        let bench = try await BackfillBench()
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        bench.simulator.faults.add(.accessDenied, operation: .listMetrics, times: 1)
        let job = try bench.job(store)
        #expect(try await job.prepare(bench.sessions(), where: { _ in true }).isEmpty)
        #expect(await job.problems.count == 1)
        try await store.close()
        await bench.simulator.stop()
    }
}

@Suite("Words of a backfill")
struct BackfillReportTests {
    @Test(
        "prices are never shown as nothing",
        arguments: [
            (0.0, "0.000"), (0.00001, "0.001"), (0.0355, "0.036"), (12.5, "12.500"), (1234.0, "1,234.000"),
        ])
    func dollars(value: Double, text: String) {
        #expect(BackfillReport.dollars(value) == text)
    }

    @Test("a bar fits its terminal")
    func bar() {
        var done = BackfillEstimate()
        (done.requests, done.metrics) = (1, 9)
        var total = BackfillEstimate()
        (total.requests, total.metrics) = (4, 36)
        let progress = BackfillJob.Progress(
            done: done, total: total, key: RegionKey(account: "prod", region: "ap-southeast-1"),
            resolution: .hour, window: Minute(index: 29_500_560)..<Minute(index: 29_500_620))
        #expect(
            BackfillReport.line(progress).hasPrefix(
                "25 %  1 of 4 requests, 0.001 USD, prod ap-southeast-1 back to 2"))
        #expect(BackfillReport.bar(progress, width: 40).count == 39)
        #expect(BackfillReport.bar(progress, width: 200).hasPrefix("██████░░"))
    }
}
