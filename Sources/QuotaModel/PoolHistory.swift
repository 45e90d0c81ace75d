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

    private static let coveredBit: UInt8 = 7
    private static let knownBit: UInt8 = 6
    private static let coveredFlag: UInt8 = 1 << coveredBit
    private static let knownFlag: UInt8 = 1 << knownBit
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
            advance(over: minute..<minute.advanced(by: 1))
            guard holds(minute) else { return }
            set(newValue, at: slot(minute))
        }
    }

    /// Takes the figures of minutes that follow each other, the first at `start`.
    package mutating func take(_ minutes: [PoolMinute], from start: Minute) {
        guard !minutes.isEmpty else { return }
        let told = start..<start.advanced(by: minutes.count)
        advance(over: told)
        let held = told.clamped(to: held)
        guard !held.isEmpty else { return }
        var figures = minutes[start.distance(to: held.lowerBound)...]
        // Around the end of the ring in two pieces.
        for slots in slots(held) {
            let piece = figures.prefix(slots.count)
            quotaTokens.take(piece, { $0.quotaTokens }, at: slots.lowerBound)
            requests.take(piece, { $0.requests }, at: slots.lowerBound)
            for (slot, figures) in zip(slots, piece) { flags[slot] = Self.flags(of: figures) }
            figures = figures.dropFirst(slots.count)
        }
    }

    private static func flags(of figures: PoolMinute) -> UInt8 {
        figures.sources.rawValue | (figures.isCovered ? coveredFlag : 0) | (figures.isKnown ? knownFlag : 0)
    }

    private mutating func set(_ figures: PoolMinute, at slot: Int) {
        quotaTokens[slot] = figures.quotaTokens
        requests[slot] = figures.requests
        flags[slot] = Self.flags(of: figures)
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

    /// The range's known minutes, added up; many slots at a time, as closures of plain arithmetic allow.
    package func total(in range: Range<Minute>) -> Total {
        var total = Total()
        for slots in slots(range) {
            total.quotaTokens += quotaTokens.sum(of: slots)
            let flags = flags[slots]
            let sources = flags.reduce(UInt8(0)) { $0 | $1 } & Self.sourceFlags
            total.sources.formUnion(PoolMinute.Sources(rawValue: sources))
            total.coveredMinutes += Int(flags.reduce(UInt32(0)) { $0 &+ UInt32($1 >> Self.coveredBit) })
            total.knownMinutes += Int(flags.reduce(UInt32(0)) { $0 &+ UInt32($1 >> Self.knownBit & 1) })
        }
        return total
    }

    /// The minutes that there is room for now.
    private var held: Range<Minute> {
        guard let newest else { return Minute(index: 0)..<Minute(index: 0) }
        return newest.advanced(by: 1 - Self.capacityMinutes)..<newest.advanced(by: 1)
    }

    /// Where the range's minutes are, as far as they are held: ascending, around the end of the ring in two pieces.
    private func slots(_ range: Range<Minute>) -> [Range<Int>] {
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

    private func holds(_ minute: Minute) -> Bool { held.contains(minute) }

    /// Makes room for minutes that are about to be told; what lies between them and the newest becomes unknown.
    private mutating func advance(over told: Range<Minute>) {
        let last = told.upperBound.advanced(by: -1)
        guard let newest else { return self.newest = last }
        guard last > newest else { return }
        self.newest = last
        let passed = (newest.advanced(by: 1)..<max(newest.advanced(by: 1), told.lowerBound)).clamped(to: held)
        for offset in 0..<passed.count { set(PoolMinute(), at: slot(passed.lowerBound.advanced(by: offset))) }
    }
}

/// Counts of a ring's minutes. Mostly they are whole and fit in 16 bits, or in 32 where more is used than small pools use; as
/// soon as one does not fit, all are kept in the next larger form.
private struct RingCounts: Sendable {
    /// Of the three, the one in use is not empty.
    private var narrow: [UInt16]
    private var small: [UInt32] = []
    private var large: [Double] = []

    init(count: Int) {
        narrow = Array(repeating: 0, count: count)
    }

    subscript(slot: Int) -> Double {
        get {
            if !narrow.isEmpty { return Double(narrow[slot]) }
            return small.isEmpty ? large[slot] : Double(small[slot])
        }
        set {
            if !narrow.isEmpty {
                if let whole = UInt16(exactly: newValue) { return narrow[slot] = whole }
                small = narrow.map(UInt32.init)
                narrow = []
            }
            if !small.isEmpty {
                if let whole = UInt32(exactly: newValue) { return small[slot] = whole }
                large = small.map(Double.init)
                small = []
            }
            large[slot] = newValue
        }
    }

    /// Takes a figure of minutes whose slots follow each other.
    mutating func take(_ minutes: ArraySlice<PoolMinute>, _ figure: (PoolMinute) -> Double, at first: Int) {
        var slot = first
        for minute in minutes {
            self[slot] = figure(minute)
            slot += 1
        }
    }

    /// 0 for no slots. A whole day is looked through at each poll: in the narrow forms several slots at a time.
    func max(in slots: Range<Int>) -> Double {
        if !narrow.isEmpty { return Double(narrow[slots].reduce(0) { $0 > $1 ? $0 : $1 }) }
        guard large.isEmpty else { return large[slots].reduce(0, Swift.max) }
        return Double(small[slots].reduce(0) { $0 > $1 ? $0 : $1 })
    }

    func sum(of slots: Range<Int>) -> Double {
        // Whole numbers, as many as a day has minutes, add up exactly either way.
        if !narrow.isEmpty { return Double(narrow[slots].reduce(UInt32(0)) { $0 &+ UInt32($1) }) }
        guard large.isEmpty else { return large[slots].reduce(0, +) }
        return Double(small[slots].reduce(UInt64(0)) { $0 &+ UInt64($1) })
    }
}
