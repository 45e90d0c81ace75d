/// What a pool used in one minute, all its model IDs added up.
package struct PoolMinute: Equatable, Sendable {
    /// Where a minute's quota tokens come from.
    package struct Sources: OptionSet, Equatable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// `EstimatedTPMQuotaUsage` of at least one model ID.
        package static let estimate = Sources(rawValue: 1)
        /// Our own weighting of at least one model ID.
        package static let weighted = Sources(rawValue: 2)
    }

    /// Input tokens alone where the pool's quotas count input and output apart.
    package var quotaTokens: Double
    /// Output tokens where the pool's quotas count input and output apart.
    package var requests: Double
    package var sources: Sources
    /// Every model ID of the pool was asked for in this minute and answered after the minute had settled.
    package var isCovered: Bool

    package init(
        quotaTokens: Double = 0, requests: Double = 0, sources: Sources = [], isCovered: Bool = false
    ) {
        self.quotaTokens = quotaTokens
        self.requests = requests
        self.sources = sources
        self.isCovered = isCovered
    }

    /// A covered minute is exact, zero included; data of an uncovered one is a lower bound; else nothing is known.
    package var isKnown: Bool { isCovered || requests > 0 || quotaTokens > 0 }
}

/// The last day and some of a pool, minute by minute, in a ring of fixed size.
package struct PoolHistory: Sendable {
    /// A day for peaks and tokens per day, an hour for the minutes that are not settled yet.
    package static let capacityMinutes = 25 * 60

    private var quotaTokens = RingCounts(count: capacityMinutes)
    private var requests = RingCounts(count: capacityMinutes)
    private var flags = [UInt8](repeating: 0, count: capacityMinutes)
    private var newest: Minute?

    private static let coveredFlag: UInt8 = 0x80
    private static let knownFlag: UInt8 = 0x40
    private static let sourceFlags: UInt8 = 0x3F

    package init() {}

    /// The minute's figures, or an unknown minute for one that was never set or has left the ring.
    package subscript(minute: Minute) -> PoolMinute {
        get {
            guard holds(minute) else { return PoolMinute() }
            let slot = slot(minute)
            return PoolMinute(
                quotaTokens: quotaTokens[slot], requests: requests[slot],
                sources: PoolMinute.Sources(rawValue: flags[slot] & Self.sourceFlags),
                isCovered: flags[slot] & Self.coveredFlag != 0)
        }
        set {
            advance(to: minute)
            guard holds(minute) else { return }
            let slot = slot(minute)
            quotaTokens[slot] = newValue.quotaTokens
            requests[slot] = newValue.requests
            flags[slot] =
                newValue.sources.rawValue | (newValue.isCovered ? Self.coveredFlag : 0)
                | (newValue.isKnown ? Self.knownFlag : 0)
        }
    }

    /// Takes the figures of minutes that follow each other, the first at `start`.
    package mutating func take(_ minutes: [PoolMinute], from start: Minute) {
        for (offset, figures) in minutes.enumerated() { self[start.advanced(by: offset)] = figures }
    }

    /// What quotas of single minutes count.
    package enum Figure: Sendable {
        case quotaTokens
        case requests
    }

    /// The highest known minute of the range, which may be a lower bound; nil when nothing in it is known.
    package func peak(of figure: Figure, in range: Range<Minute>) -> Double? {
        let slots = slots(range)
        // A minute that is not known counts nothing.
        let peak = slots.reduce(0) {
            max($0, figure == .quotaTokens ? quotaTokens.max(in: $1) : requests.max(in: $1))
        }
        guard peak == 0 else { return peak }
        return slots.contains { flags[$0].contains { $0 & Self.knownFlag != 0 } } ? 0 : nil
    }

    /// What minutes of a range add up to.
    package struct Total: Equatable, Sendable {
        package var quotaTokens = 0.0
        package var sources: PoolMinute.Sources = []
        package var coveredMinutes = 0
        package var knownMinutes = 0
    }

    /// The range's known minutes, added up.
    package func total(in range: Range<Minute>) -> Total {
        var total = Total()
        for slots in slots(range) {
            total.quotaTokens += quotaTokens.sum(of: slots)
            var sources: UInt8 = 0
            var covered = 0
            var known = 0
            for flags in flags[slots] {
                sources |= flags
                covered += Int(flags / Self.coveredFlag)
                known += Int((flags & Self.knownFlag) / Self.knownFlag)
            }
            total.sources.formUnion(PoolMinute.Sources(rawValue: sources & Self.sourceFlags))
            total.coveredMinutes += covered
            total.knownMinutes += known
        }
        return total
    }

    /// Where the range's minutes are, as far as they are held: ascending, around the end of the ring in two pieces.
    private func slots(_ range: Range<Minute>) -> [Range<Int>] {
        guard let newest else { return [] }
        let held = newest.advanced(by: 1 - Self.capacityMinutes)..<newest.advanced(by: 1)
        let range = range.clamped(to: held)
        guard !range.isEmpty else { return [] }
        let first = slot(range.lowerBound)
        let end = first + range.count
        guard end > Self.capacityMinutes else { return [first..<end] }
        return [first..<Self.capacityMinutes, 0..<end - Self.capacityMinutes]
    }

    private func slot(_ minute: Minute) -> Int {
        ((minute.index % Self.capacityMinutes) + Self.capacityMinutes) % Self.capacityMinutes
    }

    private func holds(_ minute: Minute) -> Bool {
        guard let newest else { return false }
        return minute <= newest && minute.distance(to: newest) < Self.capacityMinutes
    }

    /// Makes room up to the minute; what lies between becomes unknown.
    private mutating func advance(to minute: Minute) {
        guard let last = newest else {
            newest = minute
            return
        }
        guard minute > last else { return }
        let first = max(last.advanced(by: 1), minute.advanced(by: 1 - Self.capacityMinutes))
        for passed in first...minute {
            let slot = slot(passed)
            quotaTokens[slot] = 0
            requests[slot] = 0
            flags[slot] = 0
        }
        newest = minute
    }
}

/// Counts of a ring's minutes. Whole numbers below 2^32, as all counts but those of huge pools and odd rates are, take half the
/// room; as soon as one does not fit, all are kept as they are.
private struct RingCounts: Sendable {
    private var small: [UInt32]
    /// In use where it is not empty.
    private var large: [Double] = []

    init(count: Int) {
        small = Array(repeating: 0, count: count)
    }

    subscript(slot: Int) -> Double {
        get { large.isEmpty ? Double(small[slot]) : large[slot] }
        set {
            if large.isEmpty {
                if let whole = UInt32(exactly: newValue) {
                    small[slot] = whole
                    return
                }
                large = small.map(Double.init)
                small = []
            }
            large[slot] = newValue
        }
    }

    /// 0 for no slots. A whole day is looked through at each poll: in the narrow form several slots at a time.
    func max(in slots: Range<Int>) -> Double {
        guard large.isEmpty else { return large[slots].reduce(0, Swift.max) }
        return Double(small[slots].reduce(0) { $0 > $1 ? $0 : $1 })
    }

    func sum(of slots: Range<Int>) -> Double {
        guard large.isEmpty else { return large[slots].reduce(0, +) }
        // Whole numbers, as many as a day has minutes, add up exactly either way.
        return Double(small[slots].reduce(UInt64(0)) { $0 &+ UInt64($1) })
    }
}
