import Testing

@testable import QuotaModel

@Suite("Delivery: what CloudWatch's silence means")
struct DeliveryTests {
    private let start = Minute(index: 29_500_000)
    private let timeout = 45

    /// After these minutes since the start had data.
    private func delivery(_ minutes: some Sequence<Int>) -> Delivery {
        var delivery = Delivery()
        for minute in minutes { delivery.take(start.advanced(by: minute)) }
        return delivery
    }

    private func edge(_ delivery: Delivery, at edge: Int) -> Int {
        start.distance(to: delivery.settledEdge(before: start.advanced(by: edge), timeoutMinutes: timeout))
    }

    @Test(
        "Invariant 2: a Region busy every minute does not fall silent: what follows is unknown until the timeout"
    )
    func busy() {
        let delivery = delivery(0...60)
        #expect(edge(delivery, at: 58) == 58)
        #expect(edge(delivery, at: 61) == 60, "the newest minute itself has nothing newer behind it")
        for silence in 1..<timeout {
            let clock = start.advanced(by: 61 + silence)
            // One minute is within what any traffic does, but zeros follow a usual silence late.
            #expect(
                silence == 1
                    || delivery.silence(before: clock, timeoutMinutes: timeout) == .doubtful)
            #expect(edge(delivery, at: 61 + silence) == 60)
        }
        #expect(edge(delivery, at: 61 + timeout) == 61 + timeout)
        #expect(
            delivery.silence(before: start.advanced(by: 61 + timeout), timeoutMinutes: timeout) == .over)
    }

    @Test("something newer settles what came before it", arguments: [1, 7, 30, 44, 200])
    func newer(gap: Int) {
        var delivery = delivery(0...60)
        delivery.take(start.advanced(by: 60 + gap))
        #expect(edge(delivery, at: 60 + gap) == 60 + gap)
    }

    @Test("CloudWatch's count of other things shows that nothing is late, but not how busy the Region is")
    func other() {
        var delivery = delivery(0...60)
        delivery.takeOther(start.advanced(by: 69))
        #expect(edge(delivery, at: 70) == 69)
        #expect(delivery.newest == start.advanced(by: 69) && delivery.newestTraffic == start.advanced(by: 60))
        #expect(delivery.silence(before: start.advanced(by: 72), timeoutMinutes: timeout) == .doubtful)
    }

    @Test(
        "a request now and then: zeros five minutes after they have settled, for as long as such pauses last")
    func sparse() {
        let delivery = delivery(stride(from: 0, through: 120, by: 10))
        for clock in 121...140 { #expect(edge(delivery, at: clock) == max(120, clock - 5)) }
    }

    @Test(
        "a short busy time is no certainty that the next minute is busy, a longer one is",
        arguments: [2, 15, 30])
    func burst(length: Int) {
        let delivery = delivery(0..<length)
        let silence = delivery.silence(before: start.advanced(by: length + 8), timeoutMinutes: timeout)
        #expect(silence == (length < 15 ? .usual : .doubtful))
    }

    @Test("without any data nothing can be late")
    func nothing() {
        let delivery = Delivery()
        #expect(edge(delivery, at: 7) == 7)
        #expect(delivery.lagSeconds(now: 1e9, edge: start, timeoutMinutes: timeout) == nil)
    }

    @Test("the lag is known while data flow or are missed, and absent in a usual silence")
    func lag() {
        func lag(_ delivery: Delivery, after minutes: Int) -> Double? {
            let now = Double(start.advanced(by: minutes).epochSeconds)
            return delivery.lagSeconds(
                now: now, edge: start.advanced(by: minutes - 3), timeoutMinutes: timeout)
        }
        let busy = delivery(0...60)
        #expect(lag(busy, after: 62) == 60.0)
        #expect(lag(busy, after: 75) == 840.0)
        #expect(lag(busy, after: 61 + 3 + timeout) == nil)
        let sparse = delivery(stride(from: 0, through: 60, by: 10))
        #expect(lag(sparse, after: 62) == 60)
        #expect(lag(sparse, after: 75) == nil)
    }

    @Test("the order in which minutes come does not matter", arguments: 1...20 as ClosedRange<UInt64>)
    func order(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let minutes = (0..<50).map { _ in Int.random(in: 0..<300, using: &generator) }
        let one = delivery(minutes)
        let other = delivery(minutes.shuffled(using: &generator))
        // What fell out of the window on the way may be missing, never the newest hour.
        #expect(one.newestTraffic == other.newestTraffic)
        for clock in stride(from: 0, through: 400, by: 7) {
            #expect(edge(one, at: clock) == edge(other, at: clock))
        }
    }

    /// The share of minutes that stay unknown longer than the usual delay, of a Region with this density.
    @Test(
        "punctual data of thin traffic hardly ever raise a doubt",
        arguments: [0.02, 0.05, 0.1, 0.2, 0.3, 0.5])
    func punctual(density: Double) {
        var generator = SeededGenerator(seed: UInt64(density * 1000))
        var delivery = Delivery()
        var known = start
        var late = 0
        let minutes = 20_000
        for minute in 0..<minutes {
            let now = start.advanced(by: minute)
            if Double.random(in: 0..<1, using: &generator) < density { delivery.take(now) }
            let clock = now.advanced(by: -3)
            known = max(known, delivery.settledEdge(before: clock, timeoutMinutes: timeout))
            if known < clock.advanced(by: -Delivery.usualSilenceDelayMinutes) { late += 1 }
        }
        #expect(Double(late) < 0.02 * Double(minutes), "\(late) of \(minutes)")
    }
}
