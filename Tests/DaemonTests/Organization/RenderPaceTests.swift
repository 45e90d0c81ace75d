import Synchronization
import Testing

@testable import Daemon

@Suite("Render pace")
struct RenderPaceTests {
    /// A clock that stands still but for what rendering costs and what is slept.
    private final class Bench: Sendable {
        let now = Mutex(100.0)
        let renders = Mutex(0)
        let sleeps = AsyncStream.makeStream(of: Double.self)
        let wakes = AsyncStream.makeStream(of: Void.self)

        func pace(costs seconds: Double) -> RenderPace {
            RenderPace(
                uptime: { self.now.withLock { $0 } },
                sleep: { seconds in
                    self.sleeps.continuation.yield(seconds)
                    for await _ in self.wakes.stream { break }
                    self.now.withLock { $0 += seconds }
                },
                render: {
                    self.renders.withLock { $0 += 1 }
                    self.now.withLock { $0 += seconds }
                })
        }
    }

    @Test("a cheap page is rendered at once, each time")
    func cheap() {
        let bench = Bench()
        let pace = bench.pace(costs: 0)
        for _ in 0..<5 { pace.request() }
        #expect(bench.renders.withLock { $0 } == 5)
    }

    @Test("after a page that costs much, all who ask meanwhile share the next one")
    func dear() async {
        let bench = Bench()
        let pace = bench.pace(costs: 0.2)
        pace.request()
        #expect(bench.renders.withLock { $0 } == 1)
        for _ in 0..<50 { pace.request() }
        #expect(bench.renders.withLock { $0 } == 1)
        var slept = bench.sleeps.stream.makeAsyncIterator()
        #expect(await slept.next().map { abs($0 - 2) < 1e-9 } == true)
        bench.wakes.continuation.yield()
        // Those that came while one was waited for are on it; nobody else asked, but one of them may have been late.
        while bench.renders.withLock({ $0 }) < 2 { await Task.yield() }
        bench.now.withLock { $0 += 60 }
        pace.request()
        #expect(bench.renders.withLock { $0 } >= 2)
    }

    @Test("however dear, no longer pause than the longest")
    func longest() async {
        let bench = Bench()
        let pace = bench.pace(costs: 30)
        pace.request()
        pace.request()
        var slept = bench.sleeps.stream.makeAsyncIterator()
        #expect(await slept.next() == RenderPace.longestPauseSeconds)
        bench.wakes.continuation.yield()
    }
}
