import AWSSimulator
import Alerting
import QuotaModel
import SimulatedFaults
import Testing
import UsageStore

@testable import Notifications
@testable import Polling
@testable import System

@Suite("Alerts of polled Regions", .timeLimit(.minutes(5)))
struct RegionAlertsTests {
    private let noon = PollBench.noon

    /// A bench with a center whose rules fire at once.
    private struct Bench {
        let polls: PollBench
        let board = AlertBoard()
        let center: AlertCenter

        init(_ traffic: Traffic, isWatched: @escaping @Sendable (RegionKey) -> Bool = { _ in true })
            async throws
        {
            polls = try await PollBench(traffic)
            var rules = AlertRules()
            rules.standard.forSeconds = 0
            rules.pollFailingAfterSeconds = 0
            let clock = polls.clock
            center = AlertCenter(
                AlertCenter.Settings(rules: rules, receivers: [:], isWatched: isWatched),
                services: AlertCenter.Services(
                    store: polls.store, board: board,
                    clock: PollClock(
                        now: { clock.now }, sleep: { _ in try await Task.sleep(for: .seconds(3600)) }),
                    log: Log(write: { _ in }), storageFailed: {}, firingChanged: {}))
            await center.restore()
        }

        func poller(account: String? = "prod", roster: FleetRoster? = nil) throws -> RegionPoller {
            try #require(
                try polls.pollers(account: account, alerts: center, roster: roster).first)
        }

        /// The firing alerts by name, with their causes.
        var firing: [String: TrackedAlert] {
            Dictionary(
                board.alerts.filter { $0.phase == .firing }.map {
                    let cause = $0.identity.cause.map { " \($0.rawValue)" } ?? ""
                    return ($0.identity.kind.rawValue + cause, $0)
                }, uniquingKeysWith: { $1 })
        }
    }

    @Test("A pool above 80 % fires with the shares of its model IDs; throttles and client errors have causes")
    func utilization() async throws {
        var traffic = Traffic()
        traffic.addGolden(100, noon.advanced(by: -120)..<noon.advanced(by: 1))
        traffic.addGolden(50, noon.advanced(by: -120)..<noon.advanced(by: 1), modelID: Traffic.profile)
        for offset in -120...0 {
            traffic[Traffic.region, Traffic.sonnet, "InvocationClientErrors", noon.advanced(by: offset)] = 2
        }
        // Of 150 requests served a minute, so 9 % of all that were made.
        for offset in [-2, -1] {
            traffic[Traffic.region, Traffic.sonnet, "InvocationThrottles", noon.advanced(by: offset)] = 15
        }
        traffic[Traffic.region, Traffic.sonnet, "InvocationClientErrors", noon.advanced(by: -4)] = 90
        traffic[Traffic.region, Traffic.sonnet, "InvocationClientErrors", noon.advanced(by: -5)] = 95
        let bench = try await Bench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        #expect(
            Set(bench.firing.keys) == [
                "BedrockQuotaWarning", "BedrockQuotaCritical", "BedrockThrottling throttles",
                "BedrockThrottling client_errors",
            ])
        let critical = try #require(bench.firing["BedrockQuotaCritical"])
        #expect(critical.annotations["ratio"] == "0.875")
        #expect(
            critical.annotations["model_ids"]
                == "\(Traffic.sonnet) (66.7 %), agent [\(Traffic.profile)] (33.3 %)")
        #expect(bench.firing["BedrockThrottling throttles"]?.annotations["used"] == "15")
        let clientErrors = bench.firing["BedrockThrottling client_errors"]?.annotations
        #expect(clientErrors?["when_fired"] == "95" && clientErrors?["now"] == "90")
        // CloudWatch takes the throttles back: they do not fire anew after they have resolved.
        for offset in [-2, -1] {
            traffic[Traffic.region, Traffic.sonnet, "InvocationThrottles", noon.advanced(by: offset)] = 0
        }
        traffic.addGolden(100, noon.advanced(by: 1)..<noon.advanced(by: 13))
        bench.polls.show(traffic.scenario)
        bench.polls.clock.advance(12 * 60)
        await poller.poll()
        #expect(bench.firing["BedrockThrottling throttles"] == nil)
        try await bench.polls.stop()
    }

    @Test("A model ID without a quota fires while it has traffic and is forgotten when it gets a quota")
    func unmapped() async throws {
        var traffic = Traffic()
        traffic.addGolden(1, noon.advanced(by: -30)..<noon, modelID: "vendor.unheard-of-v1:0")
        let bench = try await Bench(traffic)
        await (try bench.poller()).poll()
        let alert = try #require(bench.firing["BedrockUnmappedModel"])
        #expect(alert.identity.modelID == "vendor.unheard-of-v1:0")
        #expect(alert.since == Double(noon.advanced(by: -1).epochSeconds))
        try await bench.polls.stop()
    }

    @Test("A limit that moves is announced; one that is only seen for the first time is not")
    func limits() async throws {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -30)..<noon)
        let bench = try await Bench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        #expect(bench.firing.isEmpty)
        var scenario = traffic.scenario
        scenario.quotas = scenario.quotas.map { quota in
            guard quota.code == "L-7BEE40FB" else { return quota }
            return SimulatedQuota(
                code: quota.code, name: quota.name, defaultValue: quota.defaultValue, appliedValue: 12_000_000
            )
        }
        bench.polls.show(scenario)
        bench.polls.clock.advance(3600)
        await poller.poll()
        let alert = try #require(bench.firing["BedrockQuotaChanged"])
        #expect(
            alert.annotations["previous_limit"] == "6,000,000" && alert.annotations["limit"] == "12,000,000")
        // Also for a poller that did not see it happen.
        await (try bench.poller()).poll()
        #expect(bench.firing["BedrockQuotaChanged"] == alert)
        try await bench.polls.stop()
    }

    @Test(
        "While no poll ends, the clock alone shows that data are stale; before the first poll nothing is said"
    )
    func hanging() async throws {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -30)..<noon)
        let bench = try await Bench(traffic)
        let poller = try bench.poller()
        await poller.evaluateIfDue()
        #expect(await poller.lastEvaluation == nil)
        await poller.poll()
        let first = await poller.lastEvaluation
        bench.polls.clock.advance(60)
        await poller.evaluateIfDue()
        #expect(await poller.lastEvaluation == first)
        bench.polls.clock.advance(16)
        await poller.evaluateIfDue()
        #expect(await poller.lastEvaluation == first.map { $0 + 76 })
        bench.polls.clock.advance(900)
        await poller.evaluateIfDue()
        #expect(bench.firing.isEmpty && bench.board.alerts.count == 1)
        bench.polls.clock.advance(76)
        await poller.evaluateIfDue()
        #expect(Array(bench.firing.keys) == ["BedrockDataStale"])
        try await bench.polls.stop()
    }

    @Test("Failing polls fire, those of an account without a name as well, whose alert ends when it has one")
    func failing() async throws {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -30)..<noon)
        let identified = Shared(false)
        let bench = try await Bench(traffic) { key in !identified.value || key.account != "unknown" }
        let poller = try bench.poller(account: nil)
        bench.polls.simulator.faults.add(.accessDenied, operation: .getCallerIdentity, times: nil)
        await poller.poll()
        #expect(bench.firing["BedrockPollFailing"]?.identity.account == "unknown")
        bench.polls.simulator.faults.removeAll()
        identified.change { $0 = true }
        bench.polls.clock.advance(60)
        await poller.poll()
        #expect(bench.firing.isEmpty)
        // A Region that does not answer is not stale as well.
        bench.polls.simulator.faults.add(.accessDenied, operation: .getMetricData, times: nil)
        for _ in 0..<20 {
            bench.polls.clock.advance(120)
            await poller.poll()
        }
        #expect(Array(bench.firing.keys) == ["BedrockPollFailing"])
        try await bench.polls.stop()
    }

    @Test("Growing peaks of past days fire a forecast, by the limit of now and without the day in progress")
    func forecast() async throws {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -30)..<noon)
        let bench = try await Bench(traffic)
        let today = noon.startOfDay
        let rows = (1...25).map { age in
            var usage = UsageMinute()
            usage.invocations = 1
            // From 20 to 68 % of the limit; one day more would be 70 %.
            usage.inputTokens = (0.70 - 0.02 * Double(age)) * Traffic.tokensPerMinute
            return RecordedMinute(minute: today.advanced(by: -age * 1440 + 600), usage: usage)
        }
        try await bench.polls.store.record(
            PollRecord(
                account: "prod", region: Traffic.region, recordedAt: noon.epochSeconds,
                series: [
                    SeriesRecord(
                        modelID: Traffic.sonnet, minutes: rows,
                        covered: [today.advanced(by: -25 * 1440)..<today])
                ]))
        let poller = try bench.poller()
        await poller.poll()
        while try await bench.polls.store.rollStep(atMost: 1000) > 0 {}
        #expect(bench.firing.isEmpty)
        try await poller.forecastIfDue()
        let alert = try #require(bench.firing["BedrockQuotaExhaustionForecast"])
        #expect(alert.identity.quota == .tokensPerMinute)
        #expect(alert.annotations["ratio"] == "0.68" && alert.annotations["days"] == "6")
        // Without another look nothing is decided.
        bench.polls.clock.advance(600)
        await poller.evaluateAlerts()
        let last = await poller.lastEvaluation
        try await poller.forecastIfDue()
        #expect(await poller.lastEvaluation == last)
        #expect(bench.firing["BedrockQuotaExhaustionForecast"] != nil)
        try await bench.polls.stop()
    }
}
