import QuotaModel

/// Throttles and client errors of a pool in the last day and some. Minutes without either take no room.
package struct ErrorHistory: Equatable, Sendable {
    /// What went wrong in one minute, counted in requests.
    package struct Counts: Equatable, Sendable {
        package var throttles: Double
        package var clientErrors: Double

        package init(throttles: Double = 0, clientErrors: Double = 0) {
            self.throttles = throttles
            self.clientErrors = clientErrors
        }
    }

    private var counts: [Minute: Counts] = [:]
    private var newest: Minute?

    package init() {}

    /// The counts of a minute. One without errors reads as zero, whether or not it was covered.
    package subscript(minute: Minute) -> Counts {
        get { counts[minute] ?? Counts() }
        set {
            counts[minute] = newValue == Counts() ? nil : newValue
            newest = max(newest ?? minute, minute)
            if counts.count > PoolHistory.capacityMinutes { forgetOld() }
        }
    }

    package var isEmpty: Bool { counts.isEmpty }

    private mutating func forgetOld() {
        guard let newest else { return }
        counts = counts.filter { $0.key.distance(to: newest) < PoolHistory.capacityMinutes }
    }

    /// The usual client errors of the range's covered minutes; nil when these are too few.
    func level(in range: Range<Minute>, of history: PoolHistory) -> ErrorLevel? {
        ErrorLevel(range.filter { history[$0].isCovered }.map { self[$0].clientErrors })
    }
}

/// What is usual: median and median absolute deviation, which a spike hardly moves.
struct ErrorLevel: Equatable, Sendable {
    let median: Double
    let deviation: Double

    /// Nil with too few values.
    init?(_ values: [Double]) {
        guard values.count >= AlertLimits.minimumBaselineMinutes else { return nil }
        var values = values
        guard let median = Median.of(&values) else { return nil }
        var distances = values.map { ($0 - median).magnitude }
        guard let deviation = Median.of(&distances) else { return nil }
        self.median = median
        self.deviation = deviation
    }

    /// From how many errors on a minute is a spike; never below the floor or twice the median.
    func spike(deviations: Double, floor: Double) -> Double {
        max(
            floor, AlertLimits.spikeFactor * median,
            median + deviations * AlertLimits.normalConsistency * deviation)
    }
}
