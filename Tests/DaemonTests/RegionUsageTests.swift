import QuotaModel
import Testing
import UsageStore

@testable import Polling

struct RegionUsageTests {
    private let key = RegionKey(account: "prod", region: "ap-southeast-1")
    private let model = "anthropic.claude-sonnet-4-6"
    private let start = Minute(index: 29_500_000)

    private func catalog(
        _ limits: [QuotaKind: Double] = [.tokensPerMinute: 1000, .requestsPerMinute: 100, .tokensPerDay: 1e6]
    )
        -> QuotaCatalog
    {
        let profile = InferenceProfile(
            id: "q7x2m9k4v1zd", name: "agent", kind: .application,
            modelARNs: ["arn:aws:bedrock:::foundation-model/\(model)"])
        return QuotaCatalog(
            inventory: Inventory(profiles: [profile]),
            overrides: [QuotaOverride(scope: .global, model: model, limits: limits)], account: "prod",
            region: key.region)
    }

    private func mapped(_ modelIDs: [String], active: [String]? = nil) -> RegionUsage {
        var usage = RegionUsage(key: key)
        _ = usage.map(
            modelIDs: modelIDs, active: Set(active ?? modelIDs), catalog: catalog(), rates: BurndownTable())
        return usage
    }

    private func row(_ offset: Int, input: Double? = nil, output: Double? = nil, estimate: Double? = nil)
        -> RecordedMinute
    {
        var minute = UsageMinute()
        minute.invocations = 1
        minute.inputTokens = input
        minute.outputTokens = output
        minute.estimatedQuotaTokens = estimate
        return RecordedMinute(minute: start.advanced(by: offset), usage: minute)
    }

    private func use(_ usage: RegionUsage, _ kind: QuotaKind, at offset: Int) throws -> QuotaUse {
        var usage = usage
        let snapshot = usage.snapshot(
            settled: start.advanced(by: offset), newestDatapoint: nil, totals: [:], settledRows: [:])
        return try #require(snapshot.pools.first?.quotas.first { $0.quota.kind == kind })
    }

    private var ids: [String] { ["global.\(model)", "q7x2m9k4v1zd"] }

    private func covered(_ range: Range<Int>, _ modelIDs: [String]) -> [String: MinuteRanges] {
        let minutes = MinuteRanges([
            start.advanced(by: range.lowerBound)..<start.advanced(by: range.upperBound)
        ])
        return Dictionary(modelIDs.map { ($0, minutes) }, uniquingKeysWith: { a, _ in a })
    }

    @Test("a pool adds up its model IDs; estimate, weighted and mixed are told apart")
    func sources() throws {
        var usage = mapped(ids)
        usage.update(
            RegionUsage.Window(
                range: start..<start.advanced(by: 10),
                rows: [
                    ids[0]: [
                        row(0, input: 10, output: 2), row(1, estimate: 77), row(2, input: 5, estimate: 9),
                    ],
                    ids[1]: [row(0, input: 1), row(1, input: 3), row(2, estimate: 1)],
                ], coverage: covered(0..<10, ids)))
        let uses = try (0..<4).map { try use(usage, .tokensPerMinute, at: $0) }
        let usages: [Double?] = [21, 80, 10, 0]
        #expect(uses.map(\.usage) == usages)
        let sources: [UseSource?] = [.weighted, .mixed, .awsEstimate, .weighted]
        #expect(uses.map(\.source) == sources)
        #expect(uses.map(\.coveredMinutes) == [1, 1, 1, 1])
        #expect(try use(usage, .requestsPerMinute, at: 0).usage == 2)
        #expect(try use(usage, .requestsPerMinute, at: 0).source == .invocations)
        #expect(uses[0].peaks[.fiveMinutes] == 80.0 / 1000)
    }

    @Test("Invariant 2: zero needs coverage of every model ID of the pool; data without is a lower bound")
    func zeroAndUnknown() throws {
        var usage = mapped(ids)
        var coverage = covered(0..<10, [ids[0]])
        coverage.merge(covered(0..<5, [ids[1]])) { $1 }
        usage.update(
            RegionUsage.Window(
                range: start..<start.advanced(by: 10), rows: [ids[0]: [row(7, input: 4)]], coverage: coverage)
        )
        #expect(try use(usage, .tokensPerMinute, at: 4).usage == 0)
        #expect(try use(usage, .tokensPerMinute, at: 5).usage == nil)
        #expect(try use(usage, .tokensPerMinute, at: 5).source == nil)
        #expect(try use(usage, .tokensPerMinute, at: 7).usage == 4)
        #expect(try use(usage, .tokensPerMinute, at: 7).coveredMinutes == 0)
        #expect(try use(usage, .tokensPerMinute, at: 20).usage == nil)
    }

    @Test("a model ID that is listed no more counts as zero, a pool of nothing else as unknown")
    func inactive() throws {
        var usage = mapped(ids, active: [ids[0]])
        usage.update(
            RegionUsage.Window(
                range: start..<start.advanced(by: 10), rows: [:], coverage: covered(0..<10, [ids[0]])))
        #expect(try use(usage, .tokensPerMinute, at: 4).usage == 0)
        var none = mapped(ids, active: [])
        none.update(RegionUsage.Window(range: start..<start.advanced(by: 10), rows: [:], coverage: [:]))
        #expect(try use(none, .tokensPerMinute, at: 4).usage == nil)
    }

    @Test("tokens per day are those since 00:00 UTC, with the share of covered minutes")
    func tokensPerDay() throws {
        var usage = mapped([ids[0]])
        let midnight = start.startOfDay.advanced(by: 1440)
        func row(_ offset: Int) -> RecordedMinute {
            var minute = UsageMinute()
            minute.inputTokens = 100
            return RecordedMinute(minute: midnight.advanced(by: offset), usage: minute)
        }
        usage.update(
            RegionUsage.Window(
                range: midnight.advanced(by: -60)..<midnight.advanced(by: 60),
                rows: [ids[0]: [row(-1), row(0), row(59)]],
                coverage: [ids[0]: MinuteRanges([midnight.advanced(by: -60)..<midnight.advanced(by: 30)])]))
        let snapshot = usage.snapshot(
            settled: midnight.advanced(by: 59), newestDatapoint: nil, totals: [:], settledRows: [:])
        let day = try #require(snapshot.pools.first?.quotas.first { $0.quota.kind == .tokensPerDay })
        #expect(day.usage == 200)
        #expect(day.ratio == 200 / 1e6)
        #expect(day.peaks.isEmpty)
        #expect((day.coveredMinutes, day.expectedMinutes) == (30, 60))
    }

    @Test("Invariant 5: a limit of 0 means not permitted: use is shown, a ratio is not")
    func limitZero() throws {
        var usage = RegionUsage(key: key)
        _ = usage.map(
            modelIDs: [ids[0]], active: [ids[0]], catalog: catalog([.tokensPerMinute: 0]),
            rates: BurndownTable())
        usage.update(
            RegionUsage.Window(
                range: start..<start.advanced(by: 2), rows: [ids[0]: [row(0, input: 9)]],
                coverage: covered(0..<2, ids)))
        let tokens = try use(usage, .tokensPerMinute, at: 0)
        #expect(tokens.usage == 9)
        #expect(tokens.ratio == nil)
        #expect(tokens.peaks.isEmpty)
        #expect(tokens.quota.limit == 0)
    }

    @Test(
        "golden values of quota tokens",
        arguments: [
            (10_000.0, 0.0, 5000.0, 35_000.0), (26, 0, 1203, 6041), (13, 8814, 4, 8847),
            (1_000_000, 0, 500_000, 3_500_000),
        ])
    func golden(input: Double, cacheWrite: Double, output: Double, tokens: Double) throws {
        var usage = mapped([ids[0]])
        var minute = UsageMinute()
        minute.inputTokens = input
        minute.cacheWriteInputTokens = cacheWrite
        minute.outputTokens = output
        minute.cacheReadInputTokens = 1e9
        usage.update(
            RegionUsage.Window(
                range: start..<start.advanced(by: 1),
                rows: [ids[0]: [RecordedMinute(minute: start, usage: minute)]],
                coverage: covered(0..<1, ids)))
        #expect(try use(usage, .tokensPerMinute, at: 0).usage == tokens)
    }

    @Test("a model ID that joins a pool empties its histories, so that they are read anew")
    func remapping() throws {
        var usage = mapped([ids[0]])
        usage.update(
            RegionUsage.Window(
                range: start..<start.advanced(by: 1), rows: [ids[0]: [row(0, input: 9)]],
                coverage: covered(0..<1, ids)))
        let unchanged = usage.map(
            modelIDs: [ids[0]], active: [ids[0]], catalog: catalog([.tokensPerMinute: 5]),
            rates: BurndownTable())
        #expect(!unchanged)
        #expect(try use(usage, .tokensPerMinute, at: 0).ratio == 9.0 / 5)
        let changed = usage.map(
            modelIDs: ids, active: Set(ids), catalog: catalog(), rates: BurndownTable())
        #expect(changed)
        #expect(try use(usage, .tokensPerMinute, at: 0).usage == nil)
        let rated = usage.map(
            modelIDs: ids, active: Set(ids), catalog: catalog(),
            rates: BurndownTable(overrides: [BurndownOverride(model: model, rate: 3)]))
        #expect(rated)
    }

    @Test("Invariant 2 and 5: counters appear with the first read, unmapped model IDs while they are listed")
    func models() {
        var usage = mapped(
            ["global.\(model)", "unread", "k3v9wq2n7xtp"], active: ["global.\(model)", "unread"])
        usage.update(
            RegionUsage.Window(
                range: start..<start.advanced(by: 1), rows: [:], coverage: covered(0..<1, [ids[0]])))
        let totals = [ids[0]: UsageTotals(), "unread": UsageTotals(), "k3v9wq2n7xtp": UsageTotals()]
        let snapshot = usage.snapshot(settled: nil, newestDatapoint: nil, totals: totals, settledRows: [:])
        #expect(snapshot.models.map(\.modelID) == [ids[0]])
        #expect(snapshot.unmapped.map(\.modelID) == ["unread"])
        #expect(snapshot.pools.flatMap(\.quotas).allSatisfy { $0.usage == nil && $0.ratio == nil })
    }

    @Test("agrees with a sum over all rows and coverage under random slices")
    func oracle() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<4 {
            var rows: [String: [RecordedMinute]] = [:]
            var coverage: [String: MinuteRanges] = [:]
            for modelID in ids {
                rows[modelID] = (0..<300).filter { _ in Bool.random(using: &random) }.map { offset in
                    row(
                        offset, input: Double(Int.random(in: 0...9, using: &random)),
                        output: Bool.random(using: &random) ? 2 : nil)
                }
                for _ in 0..<4 {
                    let lower = Int.random(in: 0..<290, using: &random)
                    let upper = Int.random(in: lower..<300, using: &random)
                    coverage[modelID, default: MinuteRanges()].insert(
                        start.advanced(by: lower)..<start.advanced(by: upper))
                }
            }
            var usage = mapped(ids)
            var next = 0
            while next < 300 {
                let end = min(300, next + Int.random(in: 1...80, using: &random))
                usage.update(
                    RegionUsage.Window(
                        range: start.advanced(by: next)..<start.advanced(by: end), rows: rows,
                        coverage: coverage))
                next = end
            }
            for offset in stride(from: 0, to: 300, by: 3) {
                let minute = start.advanced(by: offset)
                let usages = ids.compactMap { id in rows[id]?.first { $0.minute == minute }?.usage }
                let tokens = usages.reduce(0) { $0 + ($1.inputTokens ?? 0) + 5 * ($1.outputTokens ?? 0) }
                let isCovered = ids.allSatisfy { coverage[$0]?.contains(minute) == true }
                let expected: Double? = isCovered || !usages.isEmpty ? tokens : nil
                let found = try use(usage, .tokensPerMinute, at: offset)
                #expect(found.usage == expected)
                #expect(found.coveredMinutes == (isCovered ? 1 : 0))
            }
        }
    }
}
