/// One minute of UTC, the resolution of every Bedrock metric and quota.
///
/// Leap seconds do not exist in Unix time, so a minute is always 60 seconds and a day 1,440 minutes.
package struct Minute: Hashable, Comparable, Strideable, Sendable {
    /// Minutes since 1970-01-01T00:00:00Z.
    package let index: Int

    @inlinable package init(index: Int) {
        self.index = index
    }

    /// The minute that holds this second; earlier than 1970 rounds down as well.
    @inlinable package init(containingEpochSeconds seconds: Int) {
        index = seconds >= 0 ? seconds / 60 : -((-seconds + 59) / 60)
    }

    /// The first second of the minute, in Unix time.
    @inlinable package var epochSeconds: Int { index * 60 }

    /// 00:00 UTC of the minute's day: where tokens-per-day quotas start anew.
    @inlinable package var startOfDay: Minute { Minute(index: index - ((index % 1440) + 1440) % 1440) }

    @inlinable package static func < (a: Minute, b: Minute) -> Bool { a.index < b.index }
    @inlinable package func distance(to other: Minute) -> Int { other.index - index }
    @inlinable package func advanced(by minutes: Int) -> Minute { Minute(index: index + minutes) }
}

/// A set of minutes kept as sorted, disjoint, half-open ranges, such as the coverage of a series.
///
/// Ranges that touch are joined and empty ones never kept, so two equal sets are always stored alike.
package struct MinuteRanges: Equatable, Sendable {
    /// Ascending, each non-empty, no two overlapping or touching.
    package private(set) var ranges: [Range<Minute>] = []

    package init() {}

    /// The union of the ranges, which may come in any order, overlap or be empty.
    package init(_ ranges: some Sequence<Range<Minute>>) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) { insert(range) }
    }

    package var isEmpty: Bool { ranges.isEmpty }

    /// How many minutes the set holds.
    package var minuteCount: Int { ranges.reduce(0) { $0 + $1.count } }

    /// From the first minute of the set to the end of the last; nil when it is empty.
    package var span: Range<Minute>? {
        guard let first = ranges.first, let last = ranges.last else { return nil }
        return first.lowerBound..<last.upperBound
    }

    /// Adds every minute of the range.
    package mutating func insert(_ range: Range<Minute>) {
        guard !range.isEmpty else { return }
        // Minutes mostly come one after the other.
        if let last = ranges.last, last.lowerBound <= range.lowerBound, range.lowerBound <= last.upperBound {
            ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            return
        }
        let first = firstIndex { $0.upperBound >= range.lowerBound }
        let end = firstIndex { $0.lowerBound > range.upperBound }
        guard first < end else {
            ranges.insert(range, at: first)
            return
        }
        let lower = min(range.lowerBound, ranges[first].lowerBound)
        let upper = max(range.upperBound, ranges[end - 1].upperBound)
        ranges.replaceSubrange(first..<end, with: CollectionOfOne(lower..<upper))
    }

    /// Adds every minute of the other set.
    package mutating func insert(_ other: MinuteRanges) {
        for range in other.ranges { insert(range) }
    }

    /// Takes every minute of the range away.
    package mutating func subtract(_ range: Range<Minute>) {
        let overlap = overlapping(range)
        guard let first = ranges[overlap].first, let last = ranges[overlap].last else { return }
        var rest: [Range<Minute>] = []
        if first.lowerBound < range.lowerBound { rest.append(first.lowerBound..<range.lowerBound) }
        if range.upperBound < last.upperBound { rest.append(range.upperBound..<last.upperBound) }
        ranges.replaceSubrange(overlap, with: rest)
    }

    /// Takes every minute of the other set away.
    package mutating func subtract(_ other: MinuteRanges) {
        for range in other.ranges { subtract(range) }
    }

    /// Whether the minute is in the set.
    package func contains(_ minute: Minute) -> Bool {
        let index = firstIndex { $0.upperBound > minute }
        return index < ranges.count && ranges[index].lowerBound <= minute
    }

    /// Whether every minute of the range is in the set; true of an empty range.
    package func contains(_ range: Range<Minute>) -> Bool {
        guard !range.isEmpty else { return true }
        let index = firstIndex { $0.upperBound > range.lowerBound }
        guard index < ranges.count else { return false }
        return ranges[index].lowerBound <= range.lowerBound && range.upperBound <= ranges[index].upperBound
    }

    /// The minutes of the set that lie in the range.
    package func intersection(_ range: Range<Minute>) -> MinuteRanges {
        var result = MinuteRanges()
        result.ranges = ranges[overlapping(range)].map { $0.clamped(to: range) }
        return result
    }

    /// The minutes that both sets hold.
    package func intersection(_ other: MinuteRanges) -> MinuteRanges {
        var result = MinuteRanges()
        for range in other.ranges { result.ranges += intersection(range).ranges }
        return result
    }

    /// The minutes of the range that the set lacks, ascending.
    package func gaps(in range: Range<Minute>) -> [Range<Minute>] {
        var result: [Range<Minute>] = []
        var next = range.lowerBound
        for covered in ranges[overlapping(range)] {
            if next < covered.lowerBound { result.append(next..<covered.lowerBound) }
            next = covered.upperBound
        }
        if next < range.upperBound { result.append(next..<range.upperBound) }
        return result
    }

    /// The indices of the ranges that share at least one minute with this one.
    private func overlapping(_ range: Range<Minute>) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        return firstIndex {
            $0.upperBound > range.lowerBound
        }..<firstIndex { $0.lowerBound >= range.upperBound }
    }

    /// Binary search for the first range that fulfils a condition which, once true, stays true.
    private func firstIndex(where condition: (Range<Minute>) -> Bool) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = low + (high - low) / 2
            if condition(ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
