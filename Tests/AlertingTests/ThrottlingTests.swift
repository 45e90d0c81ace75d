import QuotaModel
import Testing

@testable import Alerting

@Suite("Throttling")
struct ThrottlingTests {
    /// Served and throttled requests of a minute.
    private func put(
        _ script: inout Script, _ offset: Int, _ invocations: Double, _ throttles: Double,
        covered: Bool = true
    ) {
        script.set(offset, tokens: 1, requests: invocations, covered: covered)
        script.errors[Script.minute(offset)].throttles = throttles
    }

    /// Settles minutes one by one from an offset on, evaluating after each.
    private func play(
        _ script: inout Script, from offset: Int, _ minutes: [(invocations: Double, throttles: Double)]
    ) -> [String] {
        var log: [String] = []
        for (index, minute) in minutes.enumerated() {
            put(&script, offset + index, minute.invocations, minute.throttles)
            script.settled = Script.minute(offset + index)
            log += script.evaluate(at: offset + index + 1).map { "\(offset + index): \($0)" }
        }
        return log
    }

    @Test("A throttle now and then in 60 quiet pools raises nothing in six hours")
    func sporadic() {
        var random = SeededGenerator(seed: 11)
        var throttled = 0
        for number in 0..<60 {
            var script = Script()
            script.pool = QuotaPool(account: "prod", region: "r", scope: .global, model: "m\(number)")
            for offset in 0..<360 {
                // As often as 49 pools of 200 in 14 minutes; SDKs try again, so up to three at once.
                let isThrottled = Int.random(in: 0..<57, using: &random) == 0
                let throttles = isThrottled ? Double.random(in: 1...3, using: &random).rounded() : 0
                throttled += isThrottled ? 1 : 0
                let served = Double.random(in: 0...4, using: &random).rounded()
                #expect(play(&script, from: offset, [(served, throttles)]) == [], "pool \(number)")
            }
        }
        #expect(throttled > 300)
    }

    @Test(
        "An episode is a warning after its second minute, critical after its second worse one, and ends late")
    func episode() {
        var script = Script()
        #expect(play(&script, from: 0, Array(repeating: (1000, 5), count: 10)) == [])
        // 2 % of the requests.
        #expect(play(&script, from: 10, Array(repeating: (980, 20), count: 10)) == ["11: fired Throttling"])
        // 20 %.
        #expect(
            play(&script, from: 20, Array(repeating: (800, 200), count: 10)) == [
                "21: fired ThrottlingCritical"
            ])
        // 3 %: no longer critical; then none.
        #expect(
            play(&script, from: 30, Array(repeating: (970, 30), count: 10)) == [
                "34: resolved ThrottlingCritical"
            ])
        #expect(
            play(&script, from: 40, Array(repeating: (1000, 0), count: 10)) == ["44: resolved Throttling"])
    }

    @Test(
        "The floor and the shares are reached exactly, and missed by one request",
        arguments: [
            (990.0, 10.0, ["Throttling"]), (990, 9, []), (0, 9, []), (991, 10, []),
            (90, 10, ["Throttling", "ThrottlingCritical"]), (91, 10, ["Throttling"]),
            (0, 10, ["Throttling", "ThrottlingCritical"]), (1_000_000, 10_000, []),
            (990_000, 10_000, ["Throttling"]),
        ])
    func bounds(invocations: Double, throttles: Double, expected: [String]) {
        var script = Script()
        let log = play(&script, from: 0, [(invocations, throttles), (invocations, throttles)])
        #expect(log == expected.map { "1: fired \($0)" })
    }

    @Test("One bad minute of five raises nothing, two do")
    func minutes() {
        var script = Script()
        let calm = (1000.0, 0.0)
        let bad = (0.0, 500.0)
        #expect(play(&script, from: 0, [bad, calm, calm, calm, calm, bad, calm, calm, calm]) == [])
        #expect(play(&script, from: 9, [bad]) == ["9: fired Throttling", "9: fired ThrottlingCritical"])
    }

    @Test("Severities: throttles warn or are critical, client errors only warn")
    func severities() {
        let identities = [
            AlertIdentity(.throttling, pool: sonnet, cause: .throttles),
            AlertIdentity(.throttlingCritical, pool: sonnet, cause: .throttles),
            AlertIdentity(.throttling, pool: sonnet, cause: .clientErrors),
        ]
        #expect(identities.map(\.severity) == [.warning, .critical, .warning])
        #expect(identities.map(\.labels["cause"]) == ["throttles", "throttles", "client_errors"])
    }

    @Test("Minutes that are not settled raise alerts and resolve none")
    func unsettled() {
        var script = Script()
        _ = play(&script, from: 0, Array(repeating: (100, 0), count: 5))
        for offset in 5...6 { put(&script, offset, 80, 20, covered: false) }
        #expect(script.evaluate(at: 7) == ["fired Throttling", "fired ThrottlingCritical"])
        for offset in 7...9 { put(&script, offset, 100, 0, covered: false) }
        for offset in 7...20 { #expect(script.evaluate(at: offset) == [], "\(offset)") }
        put(&script, 5, 80, 20)
        put(&script, 6, 80, 20)
        script.settled = Script.minute(6)
        #expect(
            play(&script, from: 7, Array(repeating: (100, 0), count: 5)) == [
                "11: resolved Throttling", "11: resolved ThrottlingCritical",
            ])
    }

    @Test(
        "Throttles that are delivered before their minute's invocations do not pass for all of its requests")
    func invocationsLate() {
        var script = Script()
        _ = play(&script, from: 0, Array(repeating: (1000, 0), count: 5))
        // 12 of 1,000 in truth, which warns; of what is there yet, 60 and 100 %.
        put(&script, 5, 8, 12, covered: false)
        put(&script, 6, 0, 12, covered: false)
        #expect(script.evaluate(at: 7) == ["fired Throttling"])
        #expect(play(&script, from: 5, [(988, 12), (988, 12), (1000, 0)]) == [])
    }

    @Test("A gap neither raises nor resolves")
    func gap() {
        var script = Script()
        let bad = (50.0, 50.0)
        #expect(play(&script, from: 0, [bad, bad]).count == 2)
        for offset in 2..<30 {
            script.settled = Script.minute(offset)
            #expect(script.evaluate(at: offset + 1) == [])
        }
        #expect(play(&script, from: 30, Array(repeating: (50, 0), count: 4)) == [])
        #expect(play(&script, from: 34, [(50, 0)]).count == 2)
    }

    @Test("An override has its own floor and shares, and either rule can be switched off")
    func overrides() {
        var override = AlertOverride()
        override.model = ModelPattern("anthropic.*")
        override.throttleFloor = 1
        override.throttleWarning = 0.5
        override.throttleCritical = 0.9
        override.minutes = MinuteCount(atLeast: 1, of: 1)
        var script = Script()
        script.rules.overrides = [override]
        #expect(play(&script, from: 0, [(2, 1)]) == [])
        #expect(play(&script, from: 1, [(1, 1)]) == ["1: fired Throttling"])
        #expect(play(&script, from: 2, [(0, 1)]) == ["2: fired ThrottlingCritical"])
        script.rules.standard.disabled.insert(.throttlingCritical)
        #expect(play(&script, from: 3, [(0, 1)]) == ["3: resolved ThrottlingCritical"])
    }
}
