import Configuration
import QuotaModel
import TestBench
import Testing
import UsageStore

@testable import Commands
@testable import History
@testable import Polling
@testable import Reading
@testable import System

@Suite(
    "What a backfill alone leaves in a new store, and what CloudWatch lists no more", .timeLimit(.minutes(2)))
struct BackfillNewStoreTests {
    private let noon = PollBench.noon

    /// Three hundred throttles twenty days ago and seven at the edge of the minutes, none since: CloudWatch lists their
    /// metric no more.
    private var traffic: Traffic {
        var traffic = Traffic()
        traffic.addGolden(100, noon.advanced(by: -60)..<noon)
        traffic.addGolden(7, noon.advanced(by: -20 * 1440)..<noon.advanced(by: -20 * 1440 + 60))
        traffic[Traffic.region, Traffic.sonnet, "InvocationThrottles", noon.advanced(by: -20 * 1440)] = 300
        traffic[Traffic.region, Traffic.sonnet, "InvocationThrottles", noon.advanced(by: -14 * 1440 - 500)] =
            7
        return traffic
    }

    private func backfill(_ bench: PollBench) async throws {
        var configuration = Configuration()
        configuration.accounts[0].name = "prod"
        configuration.accounts[0].regions = [Traffic.region]
        let sessions = try AccountFactory(
            environment: PollBench.environment(bench.endpoint), metrics: SelfMetrics()
        ).sessions(for: configuration.accounts)
        let now = Int(bench.clock.now)
        let order = try BackfillOrder(start: "-30d", end: nil, account: nil, region: nil, now: now)
        let clock = bench.clock
        let job = BackfillJob(
            store: bench.store, clock: PollClock(now: { clock.now }, sleep: { clock.advance($0) }),
            plan: order.plan(polling: PollingSettings(), now: now),
            quotas: QuotaSettings())
        let preview = try #require(try await job.prepare(sessions, where: { _ in true }).first)
        let result = try await job.run(isStopped: { false }, report: { _ in })
        #expect(result.isComplete && result.problems.isEmpty && result.remarks.isEmpty)
        #expect(result.done == preview.estimate)
        #expect(bench.simulator.log.metricsRequested() == preview.estimate.metrics)
    }

    private func throttles(_ bench: PollBench) async throws -> [Double] {
        let reader = try UsageReader.open(path: bench.folder.database)
        var rows: [UsageRow] = []
        let range = noon.advanced(by: -21 * 1440)..<noon
        try await reader.rows(UsageQuery(range: range, stepMinutes: 1440)) { rows.append($0) }
        return rows.compactMap { $0.sums[.throttles] }.filter { $0 > 0 }
    }

    @Test("Throttles of twenty days ago are found by a backfill")
    func found() async throws {
        let bench = try await PollBench(traffic)
        try await backfill(bench)
        #expect(try await throttles(bench) == [300, 7])
        try await bench.stop()
    }

    @Test("and by the daemon, which reads minutes to their edge and longer periods beyond")
    func foundByDaemon() async throws {
        let bench = try await PollBench(
            traffic, settings: PollingSettings { $0.backfill = .minutes(22 * 1440) })
        let poller = try bench.poller()
        for _ in 0..<3 {
            await poller.poll()
            await poller.readHistory(until: bench.clock.now + 50)
            bench.clock.advance(60)
        }
        #expect(try await throttles(bench) == [300, 7])
        try await bench.stop()
    }

    @Test("Pools, quotas, rates and AWS's lists are in the store, so that a report knows them")
    func pools() async throws {
        let bench = try await PollBench(traffic)
        try await backfill(bench)
        let reader = try UsageReader.open(path: bench.folder.database)
        let figures = try await ReportReader(reader).figures(
            UsageQuery(range: noon.advanced(by: -30 * 1440)..<noon), of: try await reader.series())
        let pool = try #require(figures.first)
        #expect(figures.count == 1)
        #expect(pool.pool.scope == .global && pool.pool.model == Traffic.model)
        #expect(pool.rate == BurndownRate(value: 5, source: .table))
        #expect(pool.quotas.map(\.quota.limit).contains(Traffic.tokensPerMinute))
        #expect(pool.sums[.invocations] == 6420.0)
        #expect(pool.series[.tokensPerMinute]?.peak == 3_500_000.0)
        try await bench.stop()
    }

    @Test("Lists that cannot be read are told of, and what was known of pools before stays")
    func lists() async throws {
        let bench = try await PollBench(traffic)
        try await backfill(bench)
        let before = try await bench.store.quotas(account: "prod", region: Traffic.region)
        var configuration = Configuration()
        configuration.accounts[0].name = "prod"
        configuration.accounts[0].regions = [Traffic.region]
        let session = try #require(
            try AccountFactory(
                environment: PollBench.environment(bench.endpoint), metrics: SelfMetrics()
            ).sessions(for: configuration.accounts).first)
        let pools = BackfillPools(
            account: session, settings: QuotaSettings(),
            key: RegionKey(account: "prod", region: Traffic.region))
        await bench.simulator.stop()
        let problems = try await pools.record(
            [Traffic.sonnet], in: bench.store, at: Int(bench.clock.now) + 60)
        #expect(problems.count == 3 && problems.allSatisfy { $0.contains("prod ap-southeast-1: listing ") })
        #expect(try await bench.store.quotas(account: "prod", region: Traffic.region) == before)
        let reader = try UsageReader.open(path: bench.folder.database)
        #expect(try await reader.series().map(\.pool?.model) == [Traffic.model])
        try await bench.store.close()
    }
}
