import QuotaModel
import Testing

@testable import Alerting

/// Random minutes, delays, gaps, revisions and restarts against what must always hold.
@Suite("State machine under random scripts")
struct StateMachinePropertyTests {
    private static let steps = 200
    private static let limit = 1_000_000.0

    /// A random world: what the minutes truly hold, and how much of it is seen when.
    private struct World {
        var random: SeededGenerator
        var script = Script()
        var truth: [Double] = []
        var isHot = false

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            script.rules.standard.minutes = MinuteCount(
                atLeast: Int.random(in: 1...3, using: &random), of: Int.random(in: 3...6, using: &random))
            script.rules.standard.forSeconds = Double(Int.random(in: 0...4, using: &random) * 60)
            script.rules.standard.resolveAfterSeconds = Double(Int.random(in: 1...6, using: &random) * 60)
        }

        /// One more minute passes; a poll sees some of the trailing minutes, some only in part.
        mutating func step(_ offset: Int) {
            if Int.random(in: 0..<12, using: &random) == 0 { isHot.toggle() }
            let level = isHot ? 0.55...1.1 : 0.0...0.72
            truth.append(Double.random(in: level, using: &random) * StateMachinePropertyTests.limit)
            // Now and then nothing is polled for a while, which may leave a gap.
            guard Int.random(in: 0..<6, using: &random) > 0 else { return }
            for minute in max(0, offset - 8)...offset {
                let age = offset - minute
                let isSettled = age >= 3
                let isMissed = Int.random(in: 0..<25, using: &random) == 0
                let part = isSettled ? 1 : Double.random(in: 0...1, using: &random)
                guard !isMissed, !script.history[Script.minute(minute)].isCovered else { continue }
                script.set(minute, tokens: truth[minute] * part, covered: isSettled)
            }
            if offset >= 3 { script.settled = Script.minute(offset - 3) }
        }
    }

    @Test("No alert resolves but by exact settled calm; none is announced twice; numbers have no gaps")
    func invariants() {
        var fired = 0
        var resolved = 0
        for seed in 0..<60 {
            var world = World(seed: UInt64(seed))
            var firing: Set<AlertIdentity> = []
            var lastID = 0
            for offset in 0..<Self.steps {
                world.step(offset)
                for transition in world.script.transitions(
                    now: Double(Script.minute(offset + 1).epochSeconds))
                {
                    #expect(transition.id == lastID + 1)
                    lastID = transition.id
                    switch transition.kind {
                    case .fired:
                        fired += 1
                        #expect(firing.insert(transition.identity).inserted, "seed \(seed) fired twice")
                    case .resolved:
                        resolved += 1
                        #expect(firing.remove(transition.identity) != nil, "seed \(seed) resolved twice")
                        checkCalm(world.script, transition)
                    case .uncovered: #expect(firing.contains(transition.identity))
                    case .pending, .dropped: #expect(!firing.contains(transition.identity))
                    }
                }
            }
        }
        // Else the checks above would have seen nothing.
        #expect(fired > 200 && resolved > 200)
    }

    private func checkCalm(_ script: Script, _ transition: AlertTransition) {
        let rules = script.rules.standard
        guard let settled = script.settled else {
            Issue.record("resolved without a settled minute")
            return
        }
        for back in 0..<Int(rules.resolveAfterSeconds / 60) {
            let minute = script.history[settled.advanced(by: -back)]
            let threshold = rules.threshold(of: transition.identity.kind)
            #expect(minute.isCovered && minute.quotaTokens / Self.limit < threshold - rules.hysteresis)
        }
    }

    @Test("An alert fires at the very step at which a plain search finds M of N minutes")
    func oracle() {
        var compared = 0
        for seed in 100..<140 {
            var world = World(seed: UInt64(seed))
            world.script.rules.standard.forSeconds = 0
            for offset in 0..<Self.steps {
                world.step(offset)
                let before = world.script.machine.firing.map(\.identity.kind)
                _ = world.script.transitions(now: Double(Script.minute(offset + 1).epochSeconds))
                let after = world.script.machine.firing.map(\.identity.kind)
                for kind in [AlertKind.quotaWarning, .quotaCritical] where !before.contains(kind) {
                    compared += 1
                    #expect(after.contains(kind) == isRaised(world.script, kind, newest: offset + 1))
                }
            }
        }
        #expect(compared > 3000)
    }

    private func isRaised(_ script: Script, _ kind: AlertKind, newest: Int) -> Bool {
        let rules = script.rules.standard
        let threshold = rules.threshold(of: kind) * Self.limit
        // Before anything has settled, the hour that may be unsettled counts.
        let edge = script.settled.map { start.distance(to: $0) } ?? newest - AlertLimits.unsettledMinutes
        for end in edge...newest {
            let window = (end - rules.minutes.of + 1)...end
            let above = window.filter { script.history[Script.minute($0)].quotaTokens >= threshold }.count
            if above >= rules.minutes.atLeast { return true }
        }
        return false
    }

    @Test("Taken apart and put together at any step, the machine gives the same transitions")
    func restart() {
        for seed in 200..<220 {
            var world = World(seed: UInt64(seed))
            var restored = AlertStateMachine()
            for offset in 0..<Self.steps {
                world.step(offset)
                var other = world.script
                other.machine = restored
                let now = Double(Script.minute(offset + 1).epochSeconds)
                let expected = world.script.transitions(now: now)
                #expect(other.transitions(now: now) == expected)
                restored = AlertStateMachine(
                    alerts: other.machine.alerts, lastTransition: other.machine.lastTransition,
                    refusedAlerts: other.machine.refusedAlerts)
                #expect(restored == world.script.machine)
                // The same poll evaluated once more, as after a crash between storing and sending.
                #expect(other.transitions(now: now).isEmpty)
            }
        }
    }
}
