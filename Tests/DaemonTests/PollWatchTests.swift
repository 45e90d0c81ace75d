import Testing

@testable import System

struct PollWatchTests {
    private final class Poller {}

    @Test("alive until one poller is overdue, and again once it is heard of")
    func overdue() {
        let clock = Shared(100.0)
        let watch = PollWatch(now: { clock.value })
        let (a, b) = (Poller(), Poller())
        #expect(watch.isAlive)
        watch.expect(ObjectIdentifier(a), within: 10)
        watch.expect(ObjectIdentifier(b), within: .infinity)
        clock.change { $0 = 110 }
        #expect(watch.isAlive)
        clock.change { $0 = 110.5 }
        #expect(!watch.isAlive)
        watch.expect(ObjectIdentifier(a), within: 10)
        #expect(watch.isAlive)
        watch.expect(ObjectIdentifier(b), within: 1)
        clock.change { $0 = 112 }
        #expect(!watch.isAlive)
    }

    @Test("the clock of the machine goes forward")
    func clock() {
        let first = PollWatch.monotonicSeconds()
        #expect(first > 0)
        #expect(PollWatch.monotonicSeconds() >= first)
    }
}
