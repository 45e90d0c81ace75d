import Testing

@testable import AWSSimulator

@Suite struct NoiseTests {
    @Test("Picks cover their range evenly") func picks() {
        var counts = [Int](repeating: 0, count: 10)
        for value in 0..<10_000 { counts[Noise.pick(Noise.mixed(UInt64(value)), shift: 7, below: 10)] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
        #expect(Noise.pick(.max, shift: 0, below: 7) == 6)
        #expect(Noise.pick(0, shift: 0, below: 7) == 0)
    }

    @Test("The numbers are the same for ever") func fixed() {
        #expect(Noise.mixed(0) == 0xE220_A839_7B1D_CDAF)
        #expect(Noise.seed("") == 0xCBF2_9CE4_8422_2325)
        #expect(Noise.seed("a") == 0xAF63_DC4C_8601_EC8C)
    }

    @Test("Wandering stays in its bounds and makes no jumps") func wandering() {
        var last = Noise.wandering(seed: 5, minute: 0, low: 780, high: 1220)
        for minute in 1..<5000 {
            let value = Noise.wandering(seed: 5, minute: minute, low: 780, high: 1220)
            #expect((780...1220).contains(value))
            #expect(abs(value - last) <= 440 / 16 + 1)
            last = value
        }
    }
}
