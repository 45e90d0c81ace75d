import AWSClient
import Alerting
import QuotaModel
import Testing
import UsageStore

@testable import Polling
@testable import Reading

/// What really happened in a few minutes, what of it is known, and what the plan is told.
private struct Scene {
    static let start = Minute(index: 29_000_010)
    static let minutes = start..<start.advanced(by: 14)

    var actual: [String: [Minute: UsageMinute]] = [:]
    var subjects: [ReadGroup] = []
    var recent = RecentCounts(window: minutes)
    let account: AccountSeries
    /// Day totals known beside the recent minutes.
    var earlier: [String: Double] = [:]

    /// - Parameter isPoor: The account-wide series lack throttles and cache writes.
    init(seed: UInt64, isPoor: Bool) {
        var random = SeededGenerator(seed: seed)
        let names = WatchedCounts.metrics.filter {
            !isPoor || ($0 != .throttles && $0 != .cacheWriteInputTokens)
        }
        account = AccountSeries(names: Set(names.compactMap(\.cloudWatchNames.first)))
        for pool in 0..<Int.random(in: 1...8, using: &random) { add(pool, &random) }
    }

    private mutating func add(_ pool: Int, _ random: inout SeededGenerator) {
        var subject = ReadGroup(
            name: "pool \(pool)", members: [], cost: 0,
            unreadFrom: Self.start.advanced(by: Int.random(in: 0...13, using: &random)),
            rules: AdaptiveRules(PoolRules(), settleMinutes: 3))
        subject.rate = [1, 5, 15].randomElement(using: &random) ?? 1
        subject.limits.tokensPerMinute = [10_000, 100_000, 1_000_000].randomElement(using: &random)
        subject.limits.requestsPerMinute = Bool.random(using: &random) ? 100 : nil
        subject.limits.tokensPerDay = Bool.random(using: &random) ? 2_000_000 : nil
        let size = pow10(Int.random(in: 0...4, using: &random))
        for member in 0..<Int.random(in: 1...3, using: &random) {
            let modelID = "model-\(pool)-\(member)"
            subject.members.append(modelID)
            subject.cost += 10
            subject.names[modelID] = Set(WatchedCounts.metrics.compactMap(\.cloudWatchNames.first))
            for minute in Self.minutes where Int.random(in: 0..<3, using: &random) > 0 {
                let usage = Self.usage(size, &random)
                actual[modelID, default: [:]][minute] = usage
                note(subject, modelID, minute, usage, &random)
            }
        }
        subject.hasEstimates = true
        subject.hasThrottles = true
        subject.hasClientErrors = true
        earlier[subject.name] = Double.random(in: 0...2_000_000, using: &random)
        subjects.append(subject)
    }

    private func pow10(_ exponent: Int) -> Double { (0..<exponent).reduce(1.0) { value, _ in value * 10 } }

    private static func usage(_ size: Double, _ random: inout SeededGenerator) -> UsageMinute {
        var usage = UsageMinute()
        usage.invocations = Double.random(in: 0...size / 50, using: &random).rounded()
        usage.inputTokens = Double.random(in: 0...size * 5, using: &random).rounded()
        usage.outputTokens = Double.random(in: 0...size, using: &random).rounded()
        if Bool.random(using: &random) {
            usage.cacheWriteInputTokens = Double.random(in: 0...size, using: &random).rounded()
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            usage.estimatedQuotaTokens = Double.random(in: 0...size * 9, using: &random).rounded()
        }
        if Int.random(in: 0..<80, using: &random) == 0 { usage.throttles = 1 }
        if Int.random(in: 0..<40, using: &random) == 0 { usage.clientErrors = 14 }
        return usage
    }

    /// Read minutes are known; of later ones, a part may have been seen before they had settled.
    private mutating func note(
        _ subject: ReadGroup, _ modelID: String, _ minute: Minute, _ usage: UsageMinute,
        _ random: inout SeededGenerator
    ) {
        var known = usage
        if minute >= subject.unreadFrom {
            guard Int.random(in: 0..<4, using: &random) == 0 else { return }
            for metric in WatchedCounts.metrics {
                known[metric] = known[metric].map { ($0 / 2).rounded(.down) }
            }
        }
        recent.take(modelID, [RecordedMinute(minute: minute, usage: known)])
    }

    var ceiling: AccountCeiling {
        var ceiling = AccountCeiling(window: Self.minutes, metrics: account.metrics)
        for minutes in actual.values {
            for (minute, usage) in minutes {
                for metric in account.metrics {
                    guard let value = usage[metric] else { continue }
                    ceiling.add(MetricPoint(epochSeconds: minute.epochSeconds, value: value), metric)
                }
            }
        }
        return ceiling
    }

    /// What CloudWatch answers to probes.
    func answer(_ probes: [MetricProbe]) -> ProbedCounts {
        var probed = ProbedCounts()
        for probe in probes {
            guard let metric = UsageMetric(cloudWatchName: probe.name) else { continue }
            let points = (actual[probe.modelID] ?? [:]).compactMap { minute, usage in
                usage[metric].map { MetricPoint(epochSeconds: minute.epochSeconds, value: $0) }
            }
            probed.take(MetricSeries(status: .complete, points: points), metric, of: probe.modelID)
        }
        return probed
    }

    /// The probes that stand in for series that the account does not have.
    var standingProbes: [MetricProbe] {
        subjects.flatMap { subject in
            subject.members.flatMap { account.probes(of: $0, names: subject.names[$0] ?? []) ?? [] }
        }
    }

    /// The subjects as they are told to the plan: with the day's tokens as far as minutes are known.
    var told: [ReadGroup] {
        subjects.map { subject in
            var subject = subject
            let known = Self.minutes.reduce(0.0) { sum, minute in
                sum + subject.members.reduce(0) { $0 + tokens(recent[$1, minute], subject) }
            }
            subject.dayTokens[Self.start.startOfDay] = known + (earlier[subject.name] ?? 0)
            return subject
        }
    }

    private func tokens(_ counts: WatchedCounts, _ subject: ReadGroup) -> Double {
        counts.estimatedQuotaTokens > 0
            ? counts.estimatedQuotaTokens : counts.weightedTokens(rate: subject.rate)
    }

    private func usage(_ subject: ReadGroup, _ minute: Minute) -> [UsageMinute] {
        subject.members.compactMap { actual[$0]?[minute] }
    }

    /// By brute force: whether an unread minute of the subject matters to any rule.
    func matters(_ subject: ReadGroup) -> Bool {
        var day = subject.dayTokens[Self.start.startOfDay] ?? 0
        let before = day
        for minute in subject.unreadFrom..<Self.minutes.upperBound {
            let all = usage(subject, minute)
            let tokens = all.reduce(0) { $0 + (QuotaTokens(of: $1, rate: subject.rate)?.value ?? 0) }
            let requests = all.reduce(0) { $0 + ($1.invocations ?? 0) }
            if tokens >= 0.7 * (subject.limits.tokensPerMinute ?? .infinity) { return true }
            if requests >= 0.7 * (subject.limits.requestsPerMinute ?? .infinity) { return true }
            if all.contains(where: { $0.throttles ?? 0 > 0 }) { return true }
            if all.reduce(0, { $0 + ($1.clientErrors ?? 0) }) >= 10 { return true }
            let known = subject.members.reduce(0) { $0 + self.tokens(recent[$1, minute], subject) }
            day += tokens - known
        }
        let limit = subject.limits.tokensPerDay ?? .infinity
        return [0.7, 0.8].contains { before < $0 * limit && day >= $0 * limit }
    }
}

@Suite("What is read now and what can wait")
struct AdaptivePlanTests {
    @Test(
        "no series that waits could have raised an alert, however often was asked: 1,000 scenes against brute force",
        arguments: [false, true])
    func neverMissed(isPoor: Bool) {
        var waiting = 0
        var read = 0
        var asked = 0
        for seed in 0..<500 {
            let scene = Scene(seed: UInt64(seed), isPoor: isPoor)
            let subjects = scene.told
            let ceiling = scene.ceiling
            var probed = scene.answer(scene.standingProbes)
            for round in 0...2 {
                let plan = AdaptivePlan(ceiling: ceiling, recent: scene.recent, probed: probed)
                for subject in subjects where plan.reason(for: subject) == nil {
                    #expect(!scene.matters(subject), "seed \(seed), round \(round): \(subject.name) waits")
                }
                let choice = ProbeChoice(plan: plan, groups: subjects)
                let probes = round == 0 ? choice.cheapest() : choice.ofAll()
                asked += probes.count
                probed.add(scene.answer(probes))
            }
            let plan = AdaptivePlan(ceiling: ceiling, recent: scene.recent, probed: probed)
            read += subjects.count { plan.reason(for: $0) != nil }
            waiting += subjects.count { plan.reason(for: $0) == nil }
        }
        // Neither all nor none, or the test would say nothing.
        #expect(waiting > 250 && read > 250 && asked > 250)
    }

    private let minute = Minute(index: 29_000_010)
    private static let names = Set(WatchedCounts.metrics.compactMap(\.cloudWatchNames.first))
    private var window: Range<Minute> { minute..<minute.advanced(by: 3) }

    private func ceiling(_ values: [UsageMetric: Double], metrics: [UsageMetric] = WatchedCounts.metrics)
        -> AccountCeiling
    {
        var ceiling = AccountCeiling(window: window, metrics: Set(metrics))
        for (metric, value) in values {
            ceiling.add(MetricPoint(epochSeconds: minute.epochSeconds, value: value), metric)
        }
        return ceiling
    }

    private var subject: ReadGroup {
        var subject = ReadGroup(
            name: "a", members: ["a"], names: ["a": Self.names], cost: 10, unreadFrom: minute,
            rules: AdaptiveRules(PoolRules(), settleMinutes: 3))
        subject.rate = 5
        subject.limits.tokensPerMinute = 1000
        subject.limits.requestsPerMinute = 100
        return subject
    }

    private func reason(
        _ values: [UsageMetric: Double], _ change: (inout ReadGroup) -> Void = { _ in }
    ) -> ReadReason? {
        var subject = subject
        change(&subject)
        let plan = AdaptivePlan(ceiling: ceiling(values), recent: RecentCounts(window: window))
        return plan.reason(for: subject)
    }

    @Test("from 0.8 times the warning threshold on, what the account had calls for a closer look")
    func thresholds() {
        #expect(reason([:]) == nil)
        #expect(reason([.inputTokens: 559]) == nil)
        #expect(reason([.inputTokens: 560]) == .tokens)
        #expect(reason([.inputTokens: 300, .cacheWriteInputTokens: 110, .outputTokens: 30]) == .tokens)
        #expect(reason([.estimatedQuotaTokens: 560]) == nil)
        #expect(reason([.estimatedQuotaTokens: 560]) { $0.hasEstimates = true } == .tokens)
        #expect(reason([.invocations: 55]) == nil)
        #expect(reason([.invocations: 56]) == .requests)
        #expect(reason([.throttles: 1]) == nil)
        #expect(reason([.throttles: 1]) { $0.hasThrottles = true } == .throttles)
        #expect(reason([.clientErrors: 7]) { $0.hasClientErrors = true } == nil)
        #expect(reason([.clientErrors: 8]) { $0.hasClientErrors = true } == .clientErrors)
        #expect(reason([.invocations: 1]) { $0.reportsFirstRequest = true } == .firstRequest)
        #expect(reason([:]) { $0.isBounded = false } == .unbounded)
        #expect(reason([:]) { $0.unreadFrom = self.minute.advanced(by: -1) } == .unbounded)
        #expect(reason([.inputTokens: 1e9, .invocations: 50]) { $0.limits.tokensPerMinute = nil } == nil)
    }

    @Test("of two model IDs one may have an estimate and the other only our weighting, so both bounds add up")
    func mixed() {
        let values: [UsageMetric: Double] = [.inputTokens: 300, .estimatedQuotaTokens: 300]
        #expect(reason(values) { $0.hasEstimates = true } == nil, "one model ID has the one or the other")
        let both = reason(values) {
            ($0.members, $0.names) = (["a", "b"], ["a": Self.names, "b": Self.names])
            $0.hasEstimates = true
        }
        #expect(both == .tokens)
    }

    @Test("a day's tokens matter when they may have gone past a threshold, not once they are past it")
    func days() {
        let day = minute.startOfDay
        func reason(known: Double, more: Double) -> ReadReason? {
            self.reason([.inputTokens: more]) {
                $0.limits = ReadGroup.Limits(tokensPerDay: 10_000)
                $0.dayTokens = [day: known]
            }
        }
        #expect(reason(known: 6000, more: 799) == nil)
        #expect(reason(known: 6000, more: 800) == .day)
        #expect(reason(known: 7000, more: 799) == nil)
        #expect(reason(known: 7000, more: 800) == .day)
        #expect(reason(known: 9000, more: 1e6) == nil)
    }

    @Test("what is known of other model IDs is no longer what a pool may have had")
    func knownShare() {
        var recent = RecentCounts(window: window)
        var usage = UsageMinute()
        usage.inputTokens = 5000
        recent.take("big", [RecordedMinute(minute: minute, usage: usage)])
        let tight = AdaptivePlan(ceiling: ceiling([.inputTokens: 5500]), recent: recent)
        #expect(tight.reason(for: subject) == nil)
        let loose = AdaptivePlan(ceiling: ceiling([.inputTokens: 5600]), recent: recent)
        #expect(loose.reason(for: subject) == .tokens)
    }

    @Test("one large pool is asked first where that spares asking many small ones, and not where it does not")
    func largestFirst() {
        let before = minute.advanced(by: -5)..<minute.advanced(by: 3)
        var recent = RecentCounts(window: before)
        var usage = UsageMinute()
        usage.inputTokens = 5000
        for offset in -5..<0 {
            recent.take("big", [RecordedMinute(minute: minute.advanced(by: offset), usage: usage)])
        }
        var big = subject
        (big.members, big.names) = (["big"], ["big": Self.names])
        big.limits.tokensPerMinute = 1e6
        let small = (0..<3).map { index in
            var subject = subject
            (subject.members, subject.names) = (["small-\(index)"], ["small-\(index)": Self.names])
            return subject
        }
        let plan = AdaptivePlan(ceiling: ceiling([.inputTokens: 2500]), recent: recent)
        func asked(_ subjects: [ReadGroup]) -> Set<String> {
            Set(ProbeChoice(plan: plan, groups: subjects).cheapest().map(\.modelID))
        }
        #expect(asked([big] + small) == ["big"])
        #expect(asked(small) == ["small-0", "small-1", "small-2"])
        #expect(asked([big, small[0]]) == ["small-0"])
        let names = ProbeChoice(plan: plan, groups: [small[0]]).cheapest().map(\.name)
        #expect(
            names == [
                "CacheWriteInputTokenCount", "EstimatedTPMQuotaUsage", "InputTokenCount", "OutputTokenCount",
            ])
    }

    @Test("a pool that was asked itself is judged by its answer, not by what the account had")
    func exact() {
        let plan = AdaptivePlan(ceiling: ceiling([.inputTokens: 2500]), recent: RecentCounts(window: window))
        #expect(plan.reason(for: subject) == .tokens)
        func reason(_ tokens: Double, _ status: MetricSeries.Status) -> ReadReason? {
            var probed = ProbedCounts()
            for metric in [
                UsageMetric.inputTokens, .outputTokens, .cacheWriteInputTokens, .estimatedQuotaTokens,
            ] {
                let point = MetricPoint(epochSeconds: minute.epochSeconds, value: tokens)
                probed.take(
                    MetricSeries(status: status, points: metric == .inputTokens ? [point] : []), metric,
                    of: "a")
            }
            return AdaptivePlan(
                ceiling: ceiling([.inputTokens: 2500]), recent: RecentCounts(window: window), probed: probed
            ).reason(for: subject)
        }
        #expect(reason(559, .complete) == nil)
        #expect(reason(560, .complete) == .tokens)
        #expect(reason(559, .partial) == .tokens)
    }

    @Test("account-wide series that show less than a settled minute's model IDs are not relied on for a day")
    func trust() {
        var recent = RecentCounts(window: window)
        var usage = UsageMinute()
        usage.inputTokens = 101
        recent.take("a", [RecordedMinute(minute: minute, usage: usage)])
        let edge = minute.advanced(by: 1)
        #expect(AccountTrust.contradiction(ceiling([.inputTokens: 101]), recent, settledEdge: edge) == nil)
        #expect(AccountTrust.contradiction(ceiling([.inputTokens: 100]), recent, settledEdge: minute) == nil)
        let found = AccountTrust.contradiction(ceiling([.inputTokens: 100]), recent, settledEdge: edge)
        #expect(found?.minute == minute && found?.metric == .inputTokens)
        var trust = AccountTrust()
        #expect(trust.isTrusted(now: 1000))
        trust.distrust(now: 1000)
        #expect(!trust.isTrusted(now: 1000) && !trust.isTrusted(now: 87_399))
        #expect(trust.isTrusted(now: 87_400))
    }
}
