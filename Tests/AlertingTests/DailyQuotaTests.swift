import QuotaModel
import Testing

@testable import Alerting

/// Two models of a Region, minute by minute.
private struct Day {
    var machine = AlertStateMachine()
    var histories = [PoolHistory(), PoolHistory()]
    var errors = [ErrorHistory(), ErrorHistory()]
    var settled = start
    var isListed = true
    var isEnabled = true

    private let pools = ["anthropic.claude-sonnet-4-6", "amazon.nova-lite-v1:0"].map {
        QuotaPool(account: "prod", region: "ap-southeast-1", scope: .global, model: $0)
    }

    /// Throttles and requests of each model in the minute; the tokens of the first.
    mutating func set(
        _ minute: Minute, _ first: (Double, Double), _ second: (Double, Double), tokens: Double = 100
    ) {
        for (index, (throttles, requests)) in [first, second].enumerated() {
            histories[index][minute] = PoolMinute(
                quotaTokens: index == 0 ? tokens : 0, requests: requests, sources: .weighted, isCovered: true)
            errors[index][minute] = ErrorHistory.Counts(throttles: throttles)
        }
        settled = minute
    }

    mutating func evaluate() -> [AlertTransition] {
        let now = Double(settled.advanced(by: 3).epochSeconds)
        var observation = AlertObservation(
            account: "prod", region: "ap-southeast-1", now: now, settled: settled, upSince: 0,
            pools: pools.indices.map { index in
                let quota = Quota(kind: .tokensPerMinute, limit: 1000, source: .applied, code: "L-1")
                return PoolObservation(
                    pool: pools[index], quotas: [ObservedQuota(quota: quota)], history: histories[index],
                    errors: errors[index])
            })
        if isListed {
            observation.dailyQuota = Quota(
                kind: .tokensPerDay, limit: 700_000_000, source: .default, code: "L-E3F10727")
        }
        let tracked = machine.tracked(account: "prod", region: "ap-southeast-1")
        var rules = AlertRules()
        rules.standard.disabled = Set(AlertKind.allCases).subtracting(isEnabled ? [.dailyQuotaExhausted] : [])
        let findings = AlertEvaluator(rules: rules).findings(of: observation, tracked: tracked)
        return machine.evaluate(findings, account: "prod", region: "ap-southeast-1", rules: rules, now: now)
    }

    /// The names of what happened in a row of like minutes.
    mutating func play(
        _ minutes: Range<Int>, _ first: (Double, Double), _ second: (Double, Double), tokens: Double = 100
    ) -> [String] {
        minutes.flatMap { offset in
            set(start.advanced(by: offset), first, second, tokens: tokens)
            return evaluate().map { "\(offset): \($0.kind.rawValue)" }
        }
    }
}

@Suite("The daily quota that all models share")
struct DailyQuotaTests {
    @Test("it is used up when all models are throttled while their minutes are low, for five minutes")
    func fires() throws {
        var day = Day()
        #expect(day.play(0..<10, (0, 50), (0, 5)) == [])
        #expect(day.play(10..<14, (40, 1), (3, 0)) == [])
        day.set(start.advanced(by: 14), (40, 1), (3, 0))
        let fired = try #require(day.evaluate().first)
        #expect(fired.kind.rawValue == "fired" && fired.identity.severity == .critical)
        #expect(fired.identity.labels["alertname"] == "BedrockDailyQuotaExhausted")
        #expect(fired.annotations["summary"]?.contains("ap-southeast-1 of account prod") == true)
        #expect(fired.annotations["quota_code"] == "L-E3F10727")
        #expect(fired.annotations["description"]?.contains("in 5 minutes") == true)
    }

    @Test("it holds while nothing is asked for, and ends at 00:00 UTC")
    func untilMidnight() {
        var day = Day()
        #expect(day.play(0..<6, (40, 1), (3, 0)) == ["4: fired"])
        // The test begins at 10:00.
        #expect(day.play(6..<840, (0, 0), (0, 0)) == [])
        #expect(day.play(840..<842, (0, 0), (0, 0)) == ["840: resolved"])
    }

    @Test("it ends when a request of any model comes through")
    func served() {
        var day = Day()
        #expect(day.play(0..<6, (40, 1), (3, 0)) == ["4: fired"])
        #expect(day.play(6..<8, (40, 1), (0, 3)) == ["6: resolved"])
    }

    @Test(
        "a model near a quota of its minutes, one model alone, or one that is served explains the throttles")
    func others() {
        var high = Day()
        #expect(high.play(0..<20, (40, 1), (3, 0), tokens: 500) == [])
        var alone = Day()
        #expect(alone.play(0..<20, (40, 1), (0, 0)) == [])
        var served = Day()
        #expect(served.play(0..<20, (40, 1), (1, 2)) == [])
    }

    @Test("it can be switched off")
    func switchedOff() {
        var day = Day()
        day.isEnabled = false
        #expect(day.play(0..<20, (40, 1), (3, 0)) == [])
    }

    @Test("without the quota in the list nothing is said, and a minute that is not known raises nothing")
    func unknown() {
        var day = Day()
        day.isListed = false
        #expect(day.play(0..<20, (40, 1), (3, 0)) == [])
        var gap = Day()
        #expect(gap.play(0..<4, (40, 1), (3, 0)) == [])
        gap.histories[1][start.advanced(by: 3)] = PoolMinute()
        #expect(gap.play(4..<8, (40, 1), (3, 0)) == [])
        #expect(gap.play(8..<9, (40, 1), (3, 0)) == ["8: fired"])
    }
}
