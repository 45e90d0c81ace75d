import AWSSimulator
import Alerting
import QuotaModel
import Testing

@testable import Notifications
@testable import Polling
@testable import Reading
@testable import System

/// Regions whose data come late, fall silent, or come now and then, polled minute by minute.
@Suite("Late data", .timeLimit(.minutes(5)))
struct LateDataTests {
    private let noon = PollBench.noon

    /// A Region polled every minute, of which CloudWatch delivers what a test lets it.
    private final class Bench {
        let polls: PollBench
        let poller: RegionPoller
        let center: AlertCenter
        let board = AlertBoard()
        private let traffic: Traffic

        init(
            _ traffic: Traffic,
            settings: PollingSettings = PollingSettings { $0.backfill = .minutes(24 * 60) }
        )
            async throws
        {
            self.traffic = traffic
            polls = try await PollBench(Traffic(), settings: settings)
            let clock = polls.clock
            center = AlertCenter(
                AlertCenter.Settings(rules: AlertRules(), receivers: [:], isWatched: { _ in true }),
                services: AlertCenter.Services(
                    store: polls.store, board: board,
                    clock: PollClock(
                        now: { clock.now }, sleep: { _ in try await Task.sleep(for: .seconds(3600)) }),
                    log: Log(write: { _ in }), storageFailed: {}, firingChanged: {}))
            await center.restore()
            poller = try #require(try polls.pollers(alerts: center).first)
        }

        /// Polls at the clock's minute, of which CloudWatch is this far behind.
        func poll(late minutes: Int, others: [SimulatedSeries] = []) async {
            var delivered = traffic
            let end = polls.minute.advanced(by: 1 - minutes).index
            for (region, modelIDs) in traffic.table {
                for (modelID, metrics) in modelIDs {
                    for (metric, values) in metrics {
                        delivered.table[region]?[modelID]?[metric] = values.filter { $0.key < end }
                    }
                }
            }
            var scenario = delivered.scenario
            scenario.series += others
            polls.show(scenario)
            await poller.poll()
        }

        var firing: Set<String> {
            Set(board.alerts.filter { $0.phase == .firing }.map(\.identity.kind.rawValue))
        }

        func coverage() async throws -> MinuteRanges {
            try await polls.store.coverage(account: "prod", region: Traffic.region)[Traffic.sonnet]
                ?? MinuteRanges()
        }
    }

    private func busy(from first: Int, to end: Int, _ requests: Double = 160) -> Traffic {
        var traffic = Traffic()
        traffic.addGolden(requests, noon.advanced(by: first)..<noon.advanced(by: end))
        return traffic
    }

    @Test(
        "Invariant 2 and 9: data that come later than usual are no zeros, alerts hold, and every minute is right in the end",
        arguments: [3, 15, 30])
    func later(lag: Int) async throws {
        let traffic = busy(from: -120, to: 120)
        let bench = try await Bench(traffic)
        var resolved = false
        for step in 0..<90 {
            // On time, then late, then on time again.
            await bench.poll(late: (20..<60).contains(step) ? 1 + lag : 1)
            if let use = try bench.polls.use().usage { #expect(use == 160 * 35_000, "step \(step)") }
            if step > 10, !bench.firing.contains("BedrockQuotaCritical") { resolved = true }
            bench.polls.clock.advance(60)
        }
        #expect(!resolved)
        #expect(bench.firing == ["BedrockQuotaCritical", "BedrockQuotaWarning"])
        let settled = bench.polls.settled.advanced(by: -1)
        #expect(try await bench.coverage().contains(noon.advanced(by: -100)..<settled))
        let rows = try await bench.polls.store.window(
            account: "prod", region: Traffic.region, noon.advanced(by: -100)..<settled)
        #expect(rows[Traffic.sonnet]?.count == noon.advanced(by: -100).distance(to: settled))
        #expect(
            try bench.polls.totals()[.invocations]
                == traffic.sum("Invocations", before: bench.polls.minute.advanced(by: -1)))
        try await bench.polls.stop()
    }

    @Test("while data are late figures are withdrawn, lag is shown and reported, and nothing more is billed")
    func withdrawn() async throws {
        let bench = try await Bench(busy(from: -120, to: 10))
        var billed: [Int] = []
        var shown: [Double?] = []
        var lags: [Double?] = []
        var late: Set<Int> = []
        for step in 0..<70 {
            let before = bench.polls.metrics.billedMetrics
            await bench.poll(late: max(1, step - 8))
            billed.append(
                bench.polls.metrics.billedMetrics
                    - before)
            shown.append(try bench.polls.use().usage)
            lags.append(try bench.polls.snapshot().deliveryLagSeconds)
            if bench.firing.contains("BedrockDeliveryLag") { late.insert(step) }
            #expect(!bench.firing.contains("BedrockDataStale"))
            bench.polls.clock.advance(60)
        }
        // The newest minute that came is the one of step 9; 45 minutes after it had settled silence is no traffic.
        #expect(shown[..<15].allSatisfy { $0 == 160 * 35_000 })
        #expect(shown[26...55].allSatisfy { $0 == nil })
        #expect(shown[60...].allSatisfy { $0 == 0 })
        #expect(lags[30] == 1290.0 && lags[60] == nil)
        #expect(
            late.isSuperset(of: 25...50) && late.isDisjoint(with: 0...18) && late.isDisjoint(with: 66...69))
        // While in doubt, CloudWatch's count of this program's calls is asked for, and nothing else.
        let usual = billed[8]
        #expect(billed[20...50].allSatisfy { $0 <= usual + 1 })
        #expect(billed.dropFirst().allSatisfy { $0 <= usual + 1 })
        let end = noon.advanced(by: 60)
        #expect(try await bench.coverage().contains(noon.advanced(by: -100)..<end))
        try await bench.polls.stop()
    }

    @Test("Invariant 2: a request now and then keeps its known zeros, also when it is alone in its Region")
    func nowAndThen() async throws {
        var traffic = Traffic()
        for offset in stride(from: -240, to: 200, by: 9) {
            traffic.addGolden(1, noon.advanced(by: offset)..<noon.advanced(by: offset + 1))
        }
        let bench = try await Bench(traffic)
        for step in 0..<60 {
            await bench.poll(late: 1)
            let settled = try #require(try bench.polls.snapshot().settledMinute)
            #expect(settled.distance(to: bench.polls.minute) <= 4 + Delivery.usualSilenceDelayMinutes)
            let expected = traffic[Traffic.region, Traffic.sonnet, "Invocations", settled] ?? 0
            #expect(try bench.polls.use().usage == expected * 35_000, "step \(step)")
            bench.polls.clock.advance(60)
        }
        #expect(bench.firing.isEmpty)
        try await bench.polls.stop()
    }

    @Test("another model ID, or CloudWatch's count of this program's calls, shows that a silent pool is idle")
    func evidence() async throws {
        let calls = SimulatedSeries(
            region: Traffic.region, namespace: "AWS/Usage", metricName: "CallCount",
            dimensions: [
                SimulatedDimension("Class", "None"), SimulatedDimension("Resource", "GetMetricData"),
                SimulatedDimension("Service", "CloudWatch"), SimulatedDimension("Type", "API"),
            ],
            values: Dictionary(
                uniqueKeysWithValues: (-120..<120).map { (noon.advanced(by: $0).index, 3.0) }))
        var accompanied = busy(from: -120, to: 5)
        accompanied.addGolden(
            1, noon.advanced(by: -120)..<noon.advanced(by: 60), modelID: "cohere.rerank-v3-5:0")
        for (traffic, others) in [(busy(from: -120, to: 5), [calls]), (accompanied, [])] {
            let bench = try await Bench(traffic)
            for _ in 0..<20 {
                await bench.poll(late: 1, others: others)
                bench.polls.clock.advance(60)
            }
            #expect(try bench.polls.use().usage == 0)
            try await bench.polls.stop()
        }
    }

    @Test(
        "what comes after the window of every poll is found by reading each series a whole day every six hours"
    )
    func wholeDay() async throws {
        var traffic = busy(from: -1500, to: 450)
        // One metric of these minutes comes an hour late, while others show that CloudWatch delivers.
        let hole = noon.advanced(by: 10)..<noon.advanced(by: 20)
        let whole = traffic
        for minute in hole { traffic[Traffic.region, Traffic.sonnet, "OutputTokenCount", minute] = nil }
        let bench = try await PollBench(traffic, settings: PollingSettings { $0.interval = .seconds(300) })
        let poller = try bench.poller()
        var billed: [Int] = []
        for step in 0..<80 {
            if step == 16 { bench.show(whole.scenario) }
            let before = bench.metrics.billedMetrics
            await poller.poll()
            billed.append(bench.metrics.billedMetrics - before)
            bench.clock.advance(300)
        }
        let rows = try await bench.store.window(account: "prod", region: Traffic.region, hole)
        #expect(rows[Traffic.sonnet]?.compactMap { $0.usage.outputTokens }.reduce(0, +) == 8_000_000.0)
        let usual = billed.dropFirst(2)
        // What is not listed yet is looked for two and three names a poll.
        let span = (usual.max() ?? 0) - (usual.min() ?? 0)
        #expect(span <= 1, "a whole day costs what the live window costs")
        #expect(
            try bench.totals()[.outputTokens]
                == whole.sum("OutputTokenCount", before: bench.minute.advanced(by: -4))
                - whole.sum("OutputTokenCount", before: noon.advanced(by: -1443)))
        try await bench.stop()
    }
}
