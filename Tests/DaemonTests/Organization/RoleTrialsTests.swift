import Testing

@testable import Reading

@Suite("Role trials")
struct RoleTrialsTests {
    @Test("a failing role is tried again with growing pauses up to the refresh interval, and told once")
    func pauses() {
        var trials = RoleTrials(longestPauseSeconds: 600)
        var now = 0.0
        var pauses: [Double] = []
        for attempt in 0..<6 {
            #expect(trials.due(["a"], now: now) == ["a"])
            #expect(trials.noteFailing("a", "no", fraction: 0, now: now) == (attempt == 0))
            guard let next = trials.nextDue else { return }
            #expect(trials.due(["a"], now: next - 1).isEmpty)
            pauses.append(next - now)
            now = next
        }
        #expect(pauses == [60, 120, 240, 480, 600, 600])
        #expect(trials.failures["a"]?.since == 0)
        trials.noteWorking("a")
        #expect(trials.failures.isEmpty && trials.nextDue == nil && trials.due(["a"], now: now).isEmpty)
    }

    @Test("those that fail together do not stay together, and a clock set back postpones nothing for ever")
    func spread() {
        var trials = RoleTrials(longestPauseSeconds: 600)
        _ = trials.noteFailing("a", "no", fraction: 0, now: 1000)
        _ = trials.noteFailing("b", "no", fraction: 0.9, now: 1000)
        #expect(trials.failures["a"]?.retryAt == 1060 && trials.failures["b"]?.retryAt == 1073.5)
        #expect(trials.due(["a", "b"], now: -1000) == ["a", "b"])
        trials.keep(["b"])
        #expect(trials.isUntried("a") && !trials.isUntried("b"))
    }

    @Test("with a refresh shorter than the first pause that is the pause")
    func shortRefresh() {
        var trials = RoleTrials(longestPauseSeconds: 2)
        _ = trials.noteFailing("a", "no", fraction: 0, now: 0)
        #expect(trials.nextDue == 2)
    }
}
