import QuotaModel
import Testing

@testable import Alerting

@Suite("Scripts of minutes")
struct ScriptTests {
    private let calm = 100_000.0

    @Test("Two of five minutes at exactly the threshold fire; one does not; a hair below does not")
    func equality() {
        var script = Script()
        #expect(script.play(from: 0, [calm, 700_000, calm, calm, 700_000]) == ["4: fired QuotaWarning"])
        script = Script()
        #expect(script.play(from: 0, [700_000, calm, calm, calm, calm, 700_000, calm]) == [])
        script = Script()
        #expect(script.play(from: 0, [699_999, 699_999, 699_999, 699_999]) == [])
        script = Script()
        #expect(
            script.play(from: 0, [800_000, 800_000]) == ["1: fired QuotaWarning", "1: fired QuotaCritical"])
    }

    @Test("The alert resolves after five settled minutes below the threshold less the hysteresis")
    func resolves() {
        var script = Script()
        let log = script.play(from: 0, [900_000, 900_000, calm, calm, calm, calm, calm, calm])
        #expect(
            log == [
                "1: fired QuotaWarning", "1: fired QuotaCritical", "6: resolved QuotaWarning",
                "6: resolved QuotaCritical",
            ])
        script = Script()
        // 69 % is below the threshold, but not by two hundredths.
        #expect(
            script.play(from: 0, [700_000, 700_000] + Array(repeating: 690_000, count: 30)) == [
                "1: fired QuotaWarning"
            ])
        #expect(script.play(from: 32, Array(repeating: 679_999, count: 5)) == ["36: resolved QuotaWarning"])
    }

    @Test("Invariant 9: unsettled minutes fire as soon as they show enough, and calm nothing")
    func unsettled() {
        var script = Script()
        script.settle(from: 0, [calm, calm, calm])
        script.set(3, tokens: 700_000, covered: false)
        #expect(script.evaluate(at: 5) == [])
        script.set(4, tokens: 750_000, covered: false)
        #expect(script.evaluate(at: 5, seconds: 30) == ["fired QuotaWarning"])
        // Calm but unsettled minutes for an hour, and the clock goes on: nothing resolves.
        for offset in 5..<60 {
            script.set(offset, tokens: 1, covered: false)
            #expect(script.evaluate(at: offset + 1) == [])
        }
    }

    @Test(
        "Invariant 9: an unsettled minute that is up puts off the end of an alert, so that it is not told twice"
    )
    func unsettledEnd() {
        var script = Script()
        #expect(
            script.play(from: 0, [750_000, 750_000, calm, calm, calm, calm]) == ["1: fired QuotaWarning"])
        // Five calm minutes have settled, and the one in progress is up already.
        script.set(7, tokens: 690_000, covered: false)
        #expect(script.play(from: 6, [calm]) == [])
        #expect(script.play(from: 7, [690_000, calm, calm, calm, calm]) == [])
        script.set(13, tokens: 1, covered: false)
        #expect(script.play(from: 12, [calm]) == ["12: resolved QuotaWarning"])
    }

    @Test("One late datapoint and a revision upwards raise the alert afterwards")
    func lateAndRevised() {
        var script = Script()
        #expect(script.play(from: 0, [calm, 900_000, calm]) == [])
        // The minute before was counted too low; now it is known.
        script.set(0, tokens: 900_000)
        #expect(script.evaluate(at: 3, seconds: 20) == ["fired QuotaWarning", "fired QuotaCritical"])
        // Revised upwards while calm was being counted: the count begins anew.
        #expect(script.play(from: 3, [calm, calm]) == [])
        script.set(4, tokens: 800_000)
        #expect(script.evaluate(at: 5, seconds: 20) == [])
        #expect(
            script.play(from: 5, [calm, calm, calm, calm, calm]) == [
                "9: resolved QuotaWarning", "9: resolved QuotaCritical",
            ])
    }

    @Test("A gap neither raises nor resolves, and calm must be in one piece")
    func gaps() {
        var script = Script()
        #expect(script.play(from: 0, [750_000, 750_000, calm, calm]) == ["1: fired QuotaWarning"])
        for offset in 4..<20 {
            script.settled = Script.minute(offset)
            #expect(script.evaluate(at: offset + 1) == [])
        }
        #expect(
            script.play(from: 20, [calm, calm, calm, calm, calm]) == ["24: resolved QuotaWarning"])
    }

    @Test("Data that vanish do not resolve an alert by minutes older than what raised it")
    func vanished() {
        var script = Script()
        script.settle(from: 0, Array(repeating: calm, count: 10))
        script.set(10, tokens: 800_000, covered: false)
        script.set(11, tokens: 800_000, covered: false)
        #expect(script.evaluate(at: 12) == ["fired QuotaWarning", "fired QuotaCritical"])
        script.set(10, tokens: 0, requests: 0, covered: false)
        script.set(11, tokens: 0, requests: 0, covered: false)
        #expect(script.evaluate(at: 13) == [])
        #expect(
            script.play(from: 10, Array(repeating: calm, count: 7)) == [
                "16: resolved QuotaWarning", "16: resolved QuotaCritical",
            ])
    }

    @Test("A quota raised while the alert fires resolves it after settled calm minutes")
    func quotaRaised() {
        var script = Script()
        #expect(script.play(from: 0, [750_000, 750_000]) == ["1: fired QuotaWarning"])
        script.quotas = [ObservedQuota(quota: Script.tokens(4_000_000))]
        #expect(
            script.play(from: 2, Array(repeating: 750_000, count: 5)) == ["6: resolved QuotaWarning"])
        script.quotas = [ObservedQuota(quota: Script.tokens(500_000))]
        #expect(
            script.play(from: 7, [calm, calm]) == ["7: fired QuotaWarning", "7: fired QuotaCritical"])
    }

    @Test("A quota of 0 raises nothing, and ends what fired")
    func quotaZero() {
        var script = Script()
        script.quotas = [ObservedQuota(quota: Script.tokens(0))]
        #expect(script.play(from: 0, [750_000, 750_000, 750_000]) == [])
        script.quotas = [ObservedQuota(quota: Script.tokens(1_000_000))]
        #expect(script.play(from: 3, [750_000]) == ["3: fired QuotaWarning"])
        script.quotas = [ObservedQuota(quota: Script.tokens(0))]
        let transitions = script.transitions(now: Double(Script.minute(5).epochSeconds))
        #expect(transitions.map(\.kind) == [.resolved] && transitions.map(\.reason) == [.quotaGone])
    }

    @Test("A clock that jumps neither raises nor resolves what minutes decide")
    func clockJumps() {
        var script = Script()
        script.settle(from: 0, [750_000, 750_000])
        #expect(script.evaluate(at: 2) == ["fired QuotaWarning"])
        for hours in [1, -3, 48, -48, 0] {
            #expect(script.evaluate(at: 2 + hours * 60) == [], "\(hours)")
        }
        #expect(
            script.play(from: 2, [calm, calm, calm, calm, calm]) == ["6: resolved QuotaWarning"])
    }

    @Test("A rule that a reload removes resolves while it fires, and a Region that is watched no more")
    func reload() {
        var script = Script()
        #expect(
            script.play(from: 0, [850_000, 850_000]) == ["1: fired QuotaWarning", "1: fired QuotaCritical"])
        script.rules.standard.disabled.insert(.quotaWarning)
        let now = Double(Script.minute(2).epochSeconds)
        let first = script.machine.reload(rules: script.rules, isWatched: { _, _ in true }, now: now)
        #expect(first.map(\.identity.kind) == [.quotaWarning] && first.map(\.reason) == [.ruleRemoved])
        #expect(script.evaluate(at: 2) == [])
        let second = script.machine.reload(rules: script.rules, isWatched: { _, _ in false }, now: now)
        #expect(second.map(\.identity.kind) == [.quotaCritical] && second.map(\.reason) == [.regionRemoved])
        #expect(script.machine.alerts.isEmpty)
    }

    @Test("Without a reload, a rule switched off for a pool ends at the next evaluation")
    func overrideSwitchesOff() {
        var script = Script()
        #expect(script.play(from: 0, [750_000, 750_000]) == ["1: fired QuotaWarning"])
        var override = AlertOverride()
        override.model = ModelPattern("anthropic.*")
        override.isEnabled = false
        script.rules.overrides = [override]
        #expect(script.play(from: 2, [750_000]) == ["2: resolved QuotaWarning"])
    }

    @Test("A pool that is no longer seen ends after a quarter of an hour, not before")
    func poolGone() {
        var script = Script()
        #expect(script.play(from: 0, [750_000, 750_000]) == ["1: fired QuotaWarning"])
        script.isKnown = false
        for offset in 3..<18 { #expect(script.evaluate(at: offset) == [], "\(offset)") }
        #expect(script.evaluate(at: 18) == ["resolved QuotaWarning"])
    }

    @Test("`for` counts minutes of data; a condition that does not last is dropped")
    func pending() {
        var script = Script()
        script.rules.standard.forSeconds = 300
        #expect(script.play(from: 0, [750_000, 750_000]) == ["1: pending QuotaWarning"])
        #expect(script.play(from: 2, [750_000, 750_000, 750_000]) == ["4: fired QuotaWarning"])
        script = Script()
        script.rules.standard.forSeconds = 600
        let log = script.play(from: 0, [750_000, 750_000, calm, calm, calm, calm, calm, calm])
        #expect(log == ["1: pending QuotaWarning", "5: dropped QuotaWarning"])
    }

    @Test("Overrides by scope, Region, account and model change thresholds; the last one wins")
    func overrides() {
        var first = AlertOverride()
        first.model = ModelPattern("anthropic.claude-sonnet-4-6")
        first.scope = .global
        first.warning = 0.5
        var second = AlertOverride()
        second.account = "prod"
        second.region = "ap-southeast-1"
        second.critical = 0.6
        second.minutes = MinuteCount(atLeast: 1, of: 1)
        var other = AlertOverride()
        other.region = "us-east-1"
        other.warning = 0.01
        var script = Script()
        script.rules.overrides = [first, second, other]
        script.rules.standard.forSeconds = 60
        #expect(script.play(from: 0, [499_999, 500_000]) == ["1: fired QuotaWarning"])
        #expect(script.play(from: 2, [600_000]) == ["2: fired QuotaCritical"])
    }

    @Test("Tokens per day add up from 00:00 UTC and begin anew, which resolves")
    func tokensPerDay() {
        var script = Script()
        let midnight = Script.minute(0).distance(to: Script.minute(1440).startOfDay)
        script.quotas = [ObservedQuota(quota: Script.daily(1_000_000))]
        // Every minute of the day is known to be idle.
        for offset in (midnight - 1440)..<(midnight - 10) { script.set(offset, tokens: 0) }
        #expect(
            script.play(from: midnight - 10, [300_000, 300_000, 100_000, 0, 100_000, 0, 0, 0, 0, 0])
                == [
                    "-8: fired QuotaWarning", "-6: fired QuotaCritical",
                ].map { line in
                    let offset = line.prefix { $0 != ":" }
                    return "\(midnight + (Int(offset) ?? 0))\(line.dropFirst(offset.count))"
                })
        #expect(
            script.play(from: midnight, [1, 1, 1, 1, 1, 1]) == [
                "\(midnight + 4): resolved QuotaWarning", "\(midnight + 4): resolved QuotaCritical",
            ])
    }
}
