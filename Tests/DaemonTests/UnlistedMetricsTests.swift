import AWSSimulator
import QuotaModel
import Testing
import UsageStore

@testable import Reading

/// Metrics that model IDs get while a Region is polled, and that CloudWatch does not list yet.
@Suite("Metrics that are not listed yet", .timeLimit(.minutes(5)))
struct UnlistedMetricsTests {
    private let noon = PollBench.noon

    /// Whether CloudWatch has series without a dimension, of a metric that a model ID has.
    enum AccountWide: CaseIterable { case published, missing }

    private func traffic(models: Int) -> Traffic {
        var traffic = Traffic()
        for index in 0..<models { traffic.addGolden(10, minutes, modelID: modelID(index)) }
        for index in 0..<models {
            for minute in minutes {
                traffic[Traffic.region, modelID(index), "InvocationLatency", minute] = 1000
                traffic[Traffic.region, modelID(index), "TimeToFirstToken", minute] = 300
                traffic[Traffic.region, modelID(index), "EstimatedTPMQuotaUsage", minute] = 350_000
                traffic[Traffic.region, modelID(index), "CacheReadInputTokenCount", minute] = 5
                traffic[Traffic.region, modelID(index), "InvocationServerErrors", minute] = 0
            }
        }
        return traffic
    }

    private var minutes: Range<Minute> { noon.advanced(by: -120)..<noon.advanced(by: 120) }

    private func modelID(_ index: Int) -> String {
        index == 0 ? Traffic.sonnet : "us.vendor.model-\(index)"
    }

    /// Plays 40 polls; from the 20th minute on the first model ID has the metric, which CloudWatch does not list.
    ///
    /// - Returns: The polls after the first datapoint until it was stored, and the metrics billed before and after it.
    private func play(
        _ metric: String, models: Int, _ accountWide: AccountWide
    ) async throws -> (polls: Int?, usual: Double, bench: PollBench) {
        let first = noon.advanced(by: 20)
        let values = Dictionary(
            uniqueKeysWithValues: (20..<120).map { (noon.advanced(by: $0).index, 40_000.0) })
        var scenario = traffic(models: models).scenario
        scenario.series.append(
            SimulatedSeries(
                region: Traffic.region, metricName: metric, dimensions: [.modelID(modelID(0))],
                values: values, isListed: false))
        if accountWide == .published {
            scenario.series.append(
                SimulatedSeries(
                    region: Traffic.region, metricName: metric, dimensions: [], values: values,
                    isListed: false))
        }
        let bench = try await PollBench(Traffic())
        bench.show(scenario)
        let poller = try bench.poller()
        var polls = 0
        var found: Int?
        var usual: [Int] = []
        for _ in 0..<40 {
            let before = bench.metrics.billedMetrics
            // What has not happened yet is not delivered.
            let now = bench.minute.index
            var visible = scenario
            visible.series = scenario.series.map { series in
                var series = series
                series.values = series.values.filter { $0.key <= now }
                return series
            }
            bench.show(visible)
            await poller.poll()
            if bench.minute < first {
                usual.append(bench.metrics.billedMetrics - before)
            } else {
                polls += 1
                let row = try await bench.store.window(
                    account: "prod", region: Traffic.region, first..<first.advanced(by: 1))
                let usage = row[modelID(0)]?.first?.usage
                let kept = try #require(UsageMetric(cloudWatchName: metric))
                if usage?[kept] == 40_000, found == nil { found = polls }
            }
            bench.clock.advance(60)
        }
        let steady = usual.dropFirst(4).map(Double.init)
        return (found, steady.reduce(0, +) / Double(steady.count), bench)
    }

    private static let names = UnlistedMetrics.names.filter { $0 != "EstimatedTPMQuotaUsage" }

    @Test(
        "Invariant 2: a metric that is new to the only model ID of a Region is seen within two polls",
        arguments: names, AccountWide.allCases)
    func alone(metric: String, accountWide: AccountWide) async throws {
        let (polls, usual, bench) = try await play(metric, models: 1, accountWide)
        #expect(polls ?? .max <= 2)
        #expect(usual <= 8 + 2.5, "\(usual) metrics a poll")
        try await bench.stop()
    }

    @Test(
        "Invariant 2: among many model IDs it is seen within two polls by the account-wide series, for at most a tenth of the bill",
        arguments: names)
    func amongMany(metric: String) async throws {
        let (polls, usual, bench) = try await play(metric, models: 5, .published)
        #expect(polls ?? .max <= 2)
        #expect(usual <= 1.1 * 5 * 8, "\(usual) metrics a poll")
        #expect(bench.logged.value == [])
        try await bench.stop()
    }

    @Test("without account-wide series model IDs are asked in turn, still for at most a tenth of the bill")
    func inTurn() async throws {
        let (polls, usual, bench) = try await play("InvocationThrottles", models: 20, .missing)
        #expect(polls ?? .max <= 8, "\(polls.map(String.init) ?? "never")")
        #expect(usual <= 1.1 * 20 * 8, "\(usual) metrics a poll")
        try await bench.stop()
    }

    @Test(
        "a name whose account-wide series is empty while a model ID has data is no longer asked for account-wide"
    )
    func learned() {
        var unlisted = UnlistedMetrics()
        let listed: [String: Set<String>] = [
            "a": ["InvocationThrottles"], "b": ["Invocations"], "c": ["Invocations"],
        ]
        let name = "InvocationThrottles"
        var asked: Set<UnlistedMetrics.Ask> = []
        for _ in 0..<2 {
            asked.formUnion(unlisted.asks(listed: listed, busy: ["a", "b", "c"], ofAccount: []))
        }
        #expect(asked.contains(.account(name)))
        let window = noon..<noon.advanced(by: 10)
        let edge = noon.advanced(by: 5)
        let isMore = unlisted.isMore(
            name, account: [:], known: { $0 == edge ? 7 : 0 }, in: window, settledEdge: edge)
        #expect(!isMore && unlisted.withoutAccountSeries.isEmpty, "that minute may still come")
        _ = unlisted.isMore(
            name, account: [:], known: { $0 == noon ? 7 : 0 }, in: window, settledEdge: edge)
        #expect(unlisted.withoutAccountSeries == [name])
        asked = []
        for _ in 0..<2 {
            asked.formUnion(unlisted.asks(listed: listed, busy: ["a", "b", "c"], ofAccount: []))
        }
        #expect(!asked.contains(.account(name)))
        #expect(asked.isSuperset(of: [.modelID("b", name), .modelID("c", name)]))
    }

    @Test("another spelling of a metric says nothing of an account-wide series")
    func otherSpelling() {
        var recent = RecentCounts(window: noon..<noon.advanced(by: 2))
        var usage = UsageMinute()
        usage.cacheWriteInputTokens = 7
        for modelID in ["a", "b"] { recent.take(modelID, [RecordedMinute(minute: noon, usage: usage)]) }
        let names: [String: Set<String>] = [
            "a": ["CacheWriteInputTokenCount"], "b": ["CacheWriteInputTokenCount", "CacheWriteInputTokens"],
        ]
        func known(_ name: String) -> (Minute) -> Double {
            UnlistedMetrics.known(name, of: recent, names: names)
        }
        #expect(known("CacheWriteInputTokenCount")(noon) == 14)
        #expect(known("CacheWriteInputTokens")(noon) == 7)
        #expect(known("CacheWriteInputTokens")(noon.advanced(by: 1)) == 0)
        #expect(known("InvocationThrottles")(noon) == 0)
        var unlisted = UnlistedMetrics()
        for (listing, isMissing) in [(["a"], false), (["a", "b"], true)] {
            let listed = names.filter { listing.contains($0.key) }
            _ = unlisted.isMore(
                "CacheWriteInputTokens", account: [:],
                known: UnlistedMetrics.known("CacheWriteInputTokens", of: recent, names: listed),
                in: recent.window, settledEdge: recent.window.upperBound)
            #expect(unlisted.withoutAccountSeries.isEmpty != isMissing)
        }
    }

    @Test(
        "where reading is adaptive, model IDs are asked one by one only where the account has no such series, three a poll"
    )
    func sparing() {
        let modelIDs = Set((0..<50).map { "model-\($0)" })
        var listed: [String: Set<String>] = [:]
        for modelID in modelIDs {
            listed[modelID] = UsageMetric.everyCloudWatchName.subtracting(UnlistedMetrics.names)
        }
        var usual = UnlistedMetrics()
        var sparing = UnlistedMetrics()
        func single(_ asks: [UnlistedMetrics.Ask]) -> Int {
            asks.count { if case .modelID = $0 { true } else { false } }
        }
        for _ in 0..<2 {
            #expect(single(usual.asks(listed: listed, busy: modelIDs, ofAccount: [])) > 10)
            let asks = sparing.asks(listed: listed, busy: modelIDs, ofAccount: [], isSparing: true)
            #expect(single(asks) == 0 && !asks.isEmpty)
        }
        let window = noon..<noon.advanced(by: 2)
        _ = sparing.isMore(
            "InvocationThrottles", account: [:], known: { _ in 7 }, in: window,
            settledEdge: window.upperBound)
        let asks = sparing.asks(listed: listed, busy: modelIDs, ofAccount: [], isSparing: true)
        #expect(single(asks) == 3)
    }

    @Test("looking in vain is repeated with growing pauses")
    func inVain() {
        var unlisted = UnlistedMetrics()
        let name = "InvocationThrottles"
        var looks: [Int] = []
        for poll in 1...60 {
            _ = unlisted.asks(listed: [:], busy: [], ofAccount: [])
            let isMore = unlisted.isMore(
                name, account: [noon: 9], known: { _ in 8 }, in: noon..<noon.advanced(by: 1),
                settledEdge: noon)
            guard isMore else { continue }
            looks.append(poll)
            unlisted.note(name, found: false)
        }
        #expect(looks == [1, 3, 7, 15, 31, 47])
    }
}
