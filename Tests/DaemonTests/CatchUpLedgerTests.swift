import Testing

@testable import Reading

struct CatchUpLedgerTests {
    @Test("a series that stays uncovered is tried again after pauses that double up to an hour")
    func pauses() {
        var ledger = CatchUpLedger()
        var now = 1000.0
        #expect(ledger.isDue("a", now: now))
        for pause in [60.0, 120, 240, 480, 960, 1920, 3600, 3600, 3600] {
            ledger.note(["a", "b"], uncovered: ["a"], now: now)
            #expect(ledger.tried == ["a"])
            #expect(ledger.isDue("b", now: now))
            #expect(!ledger.isDue("a", now: now + pause - 1))
            #expect(ledger.isDue("a", now: now + pause))
            now += pause
        }
        ledger.note(["a"], uncovered: [], now: now)
        #expect(ledger.tried.isEmpty)
        #expect(ledger.isDue("a", now: now))
        ledger.note(["a"], uncovered: ["a"], now: now)
        #expect(ledger.isDue("a", now: now + 60))
    }

    @Test("a clock set back postpones no series for ever")
    func clockSetBack() {
        var ledger = CatchUpLedger()
        ledger.note(["a"], uncovered: ["a"], now: 1_000_000)
        #expect(ledger.isDue("a", now: 900_000))
    }
}
