import QuotaModel
import TestBench
import Testing
import UsageStore

@testable import History
@testable import Polling

@Suite("Report of a store", .timeLimit(.minutes(5)))
struct ReportReaderTests {
    private static let pool = QuotaPool(
        account: "prod", region: "r", scope: .global, model: "anthropic.claude-sonnet-4-6")
    private static let limit = 100_000.0
    /// Twelve days, from 00:00 UTC.
    private static let days =
        PollBench.noon.startOfDay.advanced(by: -12 * 1440)..<PollBench.noon.startOfDay

    /// Two model IDs of one pool with random minutes; some minutes are not covered.
    private static func traffic(_ seed: UInt64) -> [String: [Minute: UsageMinute]] {
        var random = SeededGenerator(seed: seed)
        var traffic: [String: [Minute: UsageMinute]] = [:]
        for modelID in ["global.a", "global.b"] {
            for minute in days where Int.random(in: 0..<20, using: &random) == 0 {
                var usage = UsageMinute()
                usage.invocations = Double(Int.random(in: 1...50, using: &random))
                usage.inputTokens = Double(Int.random(in: 0...60_000, using: &random))
                usage.outputTokens = Double(Int.random(in: 0...12_000, using: &random))
                traffic[modelID, default: [:]][minute] = usage
            }
        }
        return traffic
    }

    private static func fill(_ store: UsageStore, _ traffic: [String: [Minute: UsageMinute]]) async throws {
        let covered = [days.lowerBound..<days.upperBound.advanced(by: -600)]
        let series = traffic.map { modelID, minutes in
            SeriesRecord(
                modelID: modelID, minutes: minutes.map { RecordedMinute(minute: $0, usage: $1) },
                covered: covered)
        }
        try await store.record(PollRecord(account: "prod", region: "r", recordedAt: 0, series: series))
        let assignment = pool.scopedModel
        try await store.recordAssignments(
            account: "prod", region: "r", ["global.a": assignment, "global.b": assignment])
        let quota = Quota(kind: .tokensPerMinute, limit: limit, source: .applied, code: "L-7BEE40FB")
        try await store.recordQuotas(
            account: "prod", region: "r",
            [PoolQuota(scope: pool.scope, model: pool.model, quota: quota)], at: 0)
        let listed = ListedQuota(
            code: "L-7BEE40FB", name: "n", appliedValue: limit, defaultValue: nil, isAdjustable: false)
        try await store.saveInventory(account: "prod", region: "r", Inventory(quotas: [listed]), at: 0)
        try await store.recordRates(
            account: "prod", region: "r",
            [(assignment, BurndownRate(value: 5, source: .table))], at: 0)
    }

    @Test("every figure equals a plain computation over the minutes", arguments: [1, 2, 3] as [UInt64])
    func bruteForce(seed: UInt64) async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let traffic = Self.traffic(seed)
        try await Self.fill(store, traffic)
        let reader = try UsageReader.open(path: folder.database)
        let figures = try await ReportReader(reader).figures(
            UsageQuery(range: Self.days), of: try await reader.series())
        try #require(figures.count == 1)

        var use: [Minute: Double] = [:]
        for (minute, usage) in traffic.values.joined() {
            use[minute, default: 0] += (usage.inputTokens ?? 0) + 5 * (usage.outputTokens ?? 0)
        }
        let sorted = use.values.filter { $0 > 0 }.sorted()
        let coveredEnd = Self.days.upperBound.advanced(by: -600)
        let known = Self.days.count { $0 < coveredEnd || use[$0] != nil }
        let report = QuotaReport(figures[0].quotas[0], in: figures[0], headroom: 0.7)
        #expect(report.steadyMedian == sorted[(sorted.count + 1) / 2 - 1])
        #expect(report.steady95 == sorted[Int((Double(sorted.count) * 0.95).rounded(.up)) - 1])
        #expect(report.peak == sorted.last)
        #expect(report.peakMinute == use.filter { $0.value == sorted.last }.keys.min())
        #expect(figures[0].knownMinutes == known)
        for (share, ratio) in [
            (report.shareAbove70, 0.7), (report.shareAbove80, 0.8), (report.shareAbove100, 1),
        ] {
            #expect(share == Double(use.values.count { $0 / Self.limit >= ratio }) / Double(known))
        }
        let peaks = Dictionary(grouping: use) { $0.key.index / 1440 }.mapValues { $0.map(\.value).max() }
        let found = figures[0].series[.tokensPerMinute]?.dailyPeaks ?? []
        // The last day is covered to its half.
        #expect(found.count == 11 && found.allSatisfy { peaks[$0.day] == $0.ratio })
        #expect(figures[0].knownFrom == Self.days.lowerBound)
        // A forecast's days do not begin with the report; its peaks do.
        let end = Self.days.upperBound
        let short = try await ReportReader(reader).figures(
            UsageQuery(range: end.advanced(by: -2 * 1440)..<end), of: try await reader.series())
        #expect(short[0].series[.tokensPerMinute]?.dailyPeaks == found)
        #expect(
            short[0].series[.tokensPerMinute]?.peak
                == use.filter { $0.key >= end.advanced(by: -2 * 1440) }.values.max())
        let sums = traffic.values.joined().reduce(0) { $0 + ($1.value.inputTokens ?? 0) }
        #expect(figures[0].sums[.inputTokens] == sums)
        #expect(report.isAdjustable == false && report.requestCommand(for: figures[0].pool) == nil)
        #expect(figures[0].rate == BurndownRate(value: 5, source: .table))
        try await store.close()
    }

    @Test(
        "a day that is whole only by longer periods has no highest minute, and its tokens count all the same")
    func coarseDays() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        try await Self.fill(store, Self.traffic(1))
        let coarse = Self.days.lowerBound.advanced(by: -4 * 1440)..<Self.days.lowerBound
        var usage = UsageMinute()
        usage.invocations = 3
        usage.inputTokens = 900
        let periods = stride(from: coarse.lowerBound, to: coarse.upperBound, by: 5).map {
            RecordedMinute(minute: $0, usage: usage)
        }
        try await store.recordPeriods(
            PeriodRecord(
                account: "prod", region: "r", recordedAt: 0, resolution: .fiveMinutes,
                series: ["global.a", "global.b"].map {
                    PeriodRecord.Series(modelID: $0, periods: periods, covered: [coarse])
                }))
        // One minute of such a day is known, and must not stand for it.
        try await store.record(
            PollRecord(
                account: "prod", region: "r", recordedAt: 0,
                series: [
                    SeriesRecord(
                        modelID: "global.a",
                        minutes: [RecordedMinute(minute: coarse.lowerBound.advanced(by: 1500), usage: usage)],
                        covered: [])
                ]))
        let reader = try UsageReader.open(path: folder.database)
        let range = coarse.lowerBound..<Self.days.upperBound
        let figures = try #require(
            try await ReportReader(reader).figures(
                UsageQuery(range: range), of: try await reader.series()
            ).first)
        // Twelve days of minutes, of which the last is covered to its half.
        #expect(figures.series[.tokensPerMinute]?.dailyPeaks.count == 11)
        #expect(figures.series[.requestsPerMinute]?.dailyPeaks.count == 11)
        #expect(figures.series[.tokensPerDay]?.dailyPeaks.count == 15)
        let use = try await DailyUse.read(
            RegionKey(account: "prod", region: "r"), before: range.upperBound, from: reader)
        func peaks(_ kind: QuotaKind) -> [DailyPeak] {
            use.peaks(of: Self.pool, Quota(kind: kind, limit: 1, source: .applied, code: nil))
        }
        #expect(peaks(.tokensPerMinute) == figures.series[.tokensPerMinute]?.dailyPeaks)
        #expect(peaks(.requestsPerMinute) == figures.series[.requestsPerMinute]?.dailyPeaks)
        #expect(peaks(.tokensPerDay) == figures.series[.tokensPerDay]?.dailyPeaks)
        try await store.close()
    }

    @Test("a plan is set against the quotas of its pool")
    func plan() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        try await Self.fill(store, [:])
        // Places come from the model IDs that are known.
        try await store.rememberSeries(account: "prod", region: "r", ["global.a": []], at: 0)
        let reader = ReportReader(try UsageReader.open(path: folder.database))
        let plan = try UsagePlan("rpm=1,input=10000,output=8000,model=\(Self.pool.model)")
        let document = PlanDocument(plan, rates: BurndownTable(), places: try await reader.places(of: plan))
        #expect(document.quotas.map(\.ratio.value) == [0.5])
        var other = plan
        other.scope = .crossRegion
        #expect(try await reader.places(of: other).isEmpty)
        try await store.close()
    }
}
