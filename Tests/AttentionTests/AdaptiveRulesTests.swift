import QuotaModel
import Testing

@testable import Alerting
@testable import Polling

@Suite("From what use on a pool is looked at every poll")
struct AdaptiveRulesTests {
    private static func rules(_ warning: Double, _ critical: Double, hysteresis: Double) -> PoolRules {
        var rules = PoolRules()
        (rules.warning, rules.critical, rules.hysteresis) = (warning, critical, hysteresis)
        return rules
    }

    @Test(
        "a minute that keeps an alert from resolving keeps its pool under watch, a calm one alone does not",
        arguments: [
            (rules(0.7, 0.8, hysteresis: 0.02), 0.68), (rules(0.9, 0.6, hysteresis: 0.1), 0.5),
            (rules(0.7, 0.8, hysteresis: 0.6), 0.35), (rules(0.3, 0.31, hysteresis: 0), 0.3),
        ])
    func calm(rules: PoolRules, calmBelow: Double) {
        let watched = AdaptiveRules(rules, settleMinutes: 3)
        for limit in [3.0, 10_000, 4_000_000, 7e9] {
            for tokens in [calmBelow * limit, (calmBelow * limit).nextUp, (calmBelow * limit).nextDown] {
                let calm = [rules.warning, rules.critical].allSatisfy {
                    Self.isCalm(tokens / limit, $0, rules)
                }
                if !calm { #expect(tokens >= watched.hotRatio * limit, "\(tokens) of \(limit)") }
            }
            #expect(calmBelow * 0.999 * limit < watched.hotRatio * limit)
        }
    }

    /// As the evaluator decides it, of a minute after idle ones.
    private static func isCalm(_ ratio: Double, _ threshold: Double, _ rules: PoolRules) -> Bool {
        let check = MinuteCheck(
            threshold: threshold, calmBelow: rules.calmBelow(threshold), minutes: rules.minutes,
            resolveAfterSeconds: 60)
        let settled = Minute(index: 1_000_000)
        let verdict = check.verdict(settled: settled, newest: settled) { minute in
            MinuteReading(minute == settled ? ratio : 0, .exact)
        }
        guard case .quiet(let calmFrom, _) = verdict else { return false }
        return calmFrom != nil
    }

    @Test("a pool stays under watch for longer than its alerts take to resolve")
    func watch() {
        var rules = PoolRules()
        rules.resolveAfterSeconds = 601
        rules.forSeconds = 120
        let watched = AdaptiveRules(rules, settleMinutes: 3)
        #expect(watched.watchMinutes > 13 + rules.minutes.of + 3)
        #expect(watched.quietRatio < rules.warning && watched.quietClientErrors < rules.clientErrorFloor)
    }
}
