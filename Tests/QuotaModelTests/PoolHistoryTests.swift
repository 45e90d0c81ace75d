import Testing

@testable import QuotaModel

struct PoolHistoryTests {
    private let start = Minute(index: 29_000_000)

    @Test("Invariant 2: a covered idle minute is zero, an uncovered one is unknown")
    func zeroIsNotUnknown() {
        var history = PoolHistory()
        history[start] = PoolMinute(isCovered: true)
        history[start.advanced(by: 2)] = PoolMinute(quotaTokens: 5, requests: 1, sources: .weighted)
        let range = start..<start.advanced(by: 1)
        #expect(history.peak(of: .quotaTokens, in: range) == 0)
        #expect(history.peak(of: .quotaTokens, in: start.advanced(by: 1)..<start.advanced(by: 2)) == nil)
        #expect(history.peak(of: .quotaTokens, in: start..<start.advanced(by: 3)) == 5)
        #expect(history.total(in: start..<start.advanced(by: 3)).coveredMinutes == 1)
    }

    @Test(
        "the ring agrees with a dictionary under random writes, gaps and rewrites, also of figures that are no small whole numbers",
        arguments: [1.0, 0.5, 1e6])
    func oracle(unit: Double) {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<10 {
            var history = PoolHistory()
            var oracle: [Minute: PoolMinute] = [:]
            var newest = start
            for _ in 0..<3000 {
                let jump =
                    Int.random(in: 0..<100, using: &random) == 0
                    ? Int.random(in: 0..<3000, using: &random) : 1
                let minute =
                    Bool.random(using: &random)
                    ? newest.advanced(by: jump)
                    : newest.advanced(by: -Int.random(in: 0..<1600, using: &random))
                newest = max(newest, minute)
                let value = PoolMinute(
                    quotaTokens: Double(Int.random(in: 0..<1_000_000, using: &random)) * unit, requests: 3,
                    sources: .estimate, isCovered: Bool.random(using: &random))
                history[minute] = value
                if minute.distance(to: newest) < PoolHistory.capacityMinutes { oracle[minute] = value }
            }
            for offset in 0..<PoolHistory.capacityMinutes + 100 {
                let minute = newest.advanced(by: -offset)
                let expected = offset < PoolHistory.capacityMinutes ? oracle[minute] : nil
                #expect(history[minute] == expected ?? PoolMinute())
            }
            for _ in 0..<20 {
                let first = newest.advanced(by: -Int.random(in: 0..<1700, using: &random))
                let range = first..<first.advanced(by: Int.random(in: 0..<1700, using: &random))
                let held = range.clamped(
                    to: newest.advanced(by: 1 - PoolHistory.capacityMinutes)..<newest.advanced(by: 1))
                let known = held.compactMap { oracle[$0] }.filter(\.isKnown)
                #expect(history.peak(of: .quotaTokens, in: range) == known.map(\.quotaTokens).max())
                let total = history.total(in: range)
                #expect(total.quotaTokens == known.reduce(0) { $0 + $1.quotaTokens })
                #expect(total.coveredMinutes == known.count { $0.isCovered })
                #expect(total.knownMinutes == known.count)
                #expect(total.sources == (known.isEmpty ? [] : .estimate))
            }
        }
    }
}
