import Testing

@testable import Reading

struct ReadPausesTests {
    @Test("a series that stays uncovered is tried again after pauses that double up to an hour")
    func pauses() {
        var pauses = ReadPauses()
        var now = 1000.0
        #expect(pauses.isDue("a", now: now))
        for pause in [60.0, 120, 240, 480, 960, 1920, 3600, 3600, 3600] {
            pauses.note(["a", "b"], uncovered: ["a"], now: now)
            #expect(pauses.tried == ["a"])
            #expect(pauses.isDue("b", now: now))
            #expect(!pauses.isDue("a", now: now + pause - 1))
            #expect(pauses.isDue("a", now: now + pause))
            now += pause
        }
        pauses.note(["a"], uncovered: [], now: now)
        #expect(pauses.tried.isEmpty)
        #expect(pauses.isDue("a", now: now))
        pauses.note(["a"], uncovered: ["a"], now: now)
        #expect(pauses.isDue("a", now: now + 60))
    }

    @Test("a clock set back postpones no series for ever")
    func clockSetBack() {
        var pauses = ReadPauses()
        pauses.note(["a"], uncovered: ["a"], now: 1_000_000)
        #expect(pauses.isDue("a", now: 900_000))
    }
}
