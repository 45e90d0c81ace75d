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

    private var quotaTokens: [Double]
    private var requests: [Double]
    private var flags: [UInt8]
    private var newest: Minute?

    private static let coveredFlag: UInt8 = 0x80

    package init() {
        quotaTokens = Array(repeating: 0, count: Self.capacityMinutes)
        requests = Array(repeating: 0, count: Self.capacityMinutes)
        flags = Array(repeating: 0, count: Self.capacityMinutes)
    }

    /// The minute's figures, or an unknown minute for one that was never set or has left the ring.
    package subscript(minute: Minute) -> PoolMinute {
        get {
            guard holds(minute) else { return PoolMinute() }
            let slot = slot(minute)
            return PoolMinute(
                quotaTokens: quotaTokens[slot], requests: requests[slot],
                sources: PoolMinute.Sources(rawValue: flags[slot] & ~Self.coveredFlag),
                isCovered: flags[slot] & Self.coveredFlag != 0)
        }
        set {
            advance(to: minute)
            guard holds(minute) else { return }
            let slot = slot(minute)
            quotaTokens[slot] = newValue.quotaTokens
            requests[slot] = newValue.requests
            flags[slot] = newValue.sources.rawValue | (newValue.isCovered ? Self.coveredFlag : 0)
        }
    }

    /// The highest known minute of the range, which may be a lower bound; nil when nothing in it is known.
    package func peak(_ value: (PoolMinute) -> Double, in range: Range<Minute>) -> Double? {
        var peak: Double?
        for minute in range {
            let figures = self[minute]
            if figures.isKnown { peak = max(peak ?? 0, value(figures)) }
        }
        return peak
    }

    /// Quota tokens of the range's known minutes and how many of its minutes are covered.
    package func total(in range: Range<Minute>) -> (quotaTokens: Double, coveredMinutes: Int) {
        var tokens = 0.0
        var covered = 0
        for minute in range {
            let figures = self[minute]
            tokens += figures.quotaTokens
            if figures.isCovered { covered += 1 }
        }
        return (tokens, covered)
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
