import QuotaModel

/// Whether a pool refuses far more requests than usual for what is in them.
struct ClientErrorCheck {
    private let pool: PoolObservation
    private let rules: PoolRules
    private let settled: Minute?
    private let edge: Minute
    private let newest: Minute
    /// The highest count of the minutes that may raise an alert.
    let peak: Double
    /// The count of the settled minute, or of a later one that is higher already; nil when none is known.
    let now: Double?

    init(_ pool: PoolObservation, _ rules: PoolRules, _ observation: AlertObservation) {
        self.pool = pool
        self.rules = rules
        settled = observation.settled
        newest = observation.newestMinute
        edge = settled ?? newest.advanced(by: -AlertLimits.unsettledMinutes)
        let minutes = edge.advanced(by: 1 - rules.minutes.of)...max(newest, edge)
        peak = minutes.lazy.map { pool.errors[$0].clientErrors }.max() ?? 0
        let latest = (edge...max(newest, edge)).lazy.map { pool.errors[$0].clientErrors }.max() ?? 0
        now = latest > 0 || pool.history[edge].isCovered ? latest : nil
    }

    func verdict() -> Verdict {
        let threshold = threshold(before: edge.advanced(by: 1 - rules.minutes.of))
        let check = MinuteCheck(
            threshold: threshold, calmBelow: threshold, minutes: rules.minutes,
            resolveAfterSeconds: rules.resolveAfterSeconds)
        let verdict = check.verdict(settled: edge, newest: newest) { minute in
            MinuteReading(pool.errors[minute].clientErrors, certainty(minute))
        }
        guard settled == nil, case .quiet = verdict else { return verdict }
        return .undecided
    }

    /// An error that was counted has happened, whatever else is unknown of the minute.
    private func certainty(_ minute: Minute) -> Certainty {
        if pool.history[minute].isCovered { return .exact }
        return pool.errors[minute].clientErrors > 0 ? .lowerBound : .unknown
    }

    private func threshold(before first: Minute) -> Double {
        // The day's median is worth its price only where a spike is possible at all.
        guard peak >= rules.clientErrorFloor else { return rules.clientErrorFloor }
        let day = first.advanced(by: -AlertLimits.baselineMinutes)..<first
        let level = pool.errors.level(in: day, of: pool.history)
        return level?.spike(deviations: rules.clientErrorDeviations, floor: rules.clientErrorFloor)
            ?? rules.clientErrorFloor
    }
}

extension AlertObservation {
    /// The minute in progress, no further from the settled one than the histories reach.
    var newestMinute: Minute {
        let current = Minute(containingEpochSeconds: Int(now))
        guard let settled else { return current }
        return min(max(current, settled), settled.advanced(by: AlertLimits.unsettledMinutes))
    }
}

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
