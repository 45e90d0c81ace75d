import QuotaModel
import Testing

private func range(_ lower: Int, _ upper: Int) -> Range<Minute> {
    Minute(index: lower)..<Minute(index: upper)
}

private func minutes(of set: MinuteRanges) -> Set<Int> {
    Set(set.ranges.flatMap { $0.map(\.index) })
}

@Suite struct MinuteRangesTests {
    @Test("ranges that touch or overlap are joined, others stay apart")
    func joins() {
        var set = MinuteRanges()
        set.insert(range(10, 20))
        set.insert(range(30, 40))
        #expect(set.ranges == [range(10, 20), range(30, 40)])
        set.insert(range(20, 25))
        #expect(set.ranges == [range(10, 25), range(30, 40)])
        set.insert(range(25, 30))
        #expect(set.ranges == [range(10, 40)])
        set.insert(range(5, 5))
        #expect(set.ranges == [range(10, 40)])
        #expect(set.minuteCount == 30)
        #expect(set.span == range(10, 40))
    }

    @Test("a range taken out of the middle leaves both ends")
    func splits() {
        var set = MinuteRanges([range(0, 10), range(20, 30), range(40, 50)])
        set.subtract(range(5, 45))
        #expect(set.ranges == [range(0, 5), range(45, 50)])
        set.subtract(range(1, 2))
        #expect(set.ranges == [range(0, 1), range(2, 5), range(45, 50)])
        set.subtract(range(3, 3))
        #expect(set.minuteCount == 9)
        set.subtract(set)
        #expect(set.isEmpty)
        #expect(set.span == nil)
    }

    @Test("gaps are what the range has and the set lacks")
    func gaps() {
        let set = MinuteRanges([range(10, 20), range(30, 40)])
        #expect(set.gaps(in: range(0, 50)) == [range(0, 10), range(20, 30), range(40, 50)])
        #expect(set.gaps(in: range(12, 35)) == [range(20, 30)])
        #expect(set.gaps(in: range(12, 18)) == [])
        #expect(set.gaps(in: range(25, 25)) == [])
        #expect(MinuteRanges().gaps(in: range(1, 3)) == [range(1, 3)])
    }

    @Test("the order of insertion does not matter")
    func order() {
        let parts = [range(7, 9), range(1, 3), range(2, 5), range(9, 12), range(20, 20)]
        #expect(MinuteRanges(parts) == MinuteRanges(parts.reversed()))
        #expect(MinuteRanges(parts).ranges == [range(1, 5), range(7, 12)])
    }

    @Test("3,000 random operations agree with a plain set of integers", arguments: [1] as [UInt64])
    func oracle(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var set = MinuteRanges()
        var oracle: Set<Int> = []
        for _ in 0..<3000 {
            let lower = Int.random(in: -60..<60, using: &generator)
            let length = Int.random(in: 0..<20, using: &generator)
            let part = lower..<(lower + length)
            if Bool.random(using: &generator) {
                set.insert(range(part.lowerBound, part.upperBound))
                oracle.formUnion(part)
            } else {
                set.subtract(range(part.lowerBound, part.upperBound))
                oracle.subtract(part)
            }
            check(set, against: oracle, using: &generator)
        }
    }

    private func check(_ set: MinuteRanges, against oracle: Set<Int>, using generator: inout SeededGenerator)
    {
        #expect(minutes(of: set) == oracle)
        #expect(set.minuteCount == oracle.count)
        for (one, next) in zip(set.ranges, set.ranges.dropFirst()) {
            #expect(one.upperBound < next.lowerBound)
        }
        #expect(set.ranges.allSatisfy { !$0.isEmpty })

        let lower = Int.random(in: -90..<90, using: &generator)
        let window = lower..<(lower + Int.random(in: 0..<60, using: &generator))
        let asked = range(window.lowerBound, window.upperBound)
        #expect(set.contains(Minute(index: lower)) == oracle.contains(lower))
        #expect(set.contains(asked) == oracle.isSuperset(of: window))
        #expect(minutes(of: set.intersection(asked)) == oracle.intersection(window))
        #expect(Set(set.gaps(in: asked).flatMap { $0.map(\.index) }) == Set(window).subtracting(oracle))

        let other = MinuteRanges([asked, range(lower - 9, lower - 4)])
        let otherOracle = Set(window).union((lower - 9)..<(lower - 4))
        #expect(minutes(of: set.intersection(other)) == oracle.intersection(otherOracle))
        #expect(set.intersection(other) == other.intersection(set))
        var union = set
        union.insert(other)
        #expect(minutes(of: union) == oracle.union(otherOracle))
        var difference = set
        difference.subtract(other)
        #expect(minutes(of: difference) == oracle.subtracting(otherOracle))
    }
}
