import QuotaModel

/// Whether a pool is throttled, or refuses far more requests than usual.
struct ThrottlingCheck {
    private let pool: PoolObservation
    private let rules: PoolRules
    private let newest: Minute
    private let settled: Minute?

    init(_ pool: PoolObservation, _ rules: PoolRules, _ observation: AlertObservation) {
        self.pool = pool
        self.rules = rules
        newest = observation.newestMinute
        settled = observation.settled
    }

    /// The verdict and the highest recent count of a minute.
    func verdict(of cause: ThrottlingCause) -> (Verdict, peak: Double) {
        let edge = settled ?? newest.advanced(by: -AlertLimits.unsettledMinutes)
        let recent = edge.advanced(by: 1 - rules.minutes.of)..<newest.advanced(by: 1)
        let peak = recent.lazy.map { count(cause, $0) }.max() ?? 0
        let threshold = threshold(cause, peak: peak, before: recent.lowerBound)
        let check = MinuteCheck(
            threshold: threshold, calmBelow: threshold,
            // A single throttle is one too many.
            minutes: cause == .throttles ? MinuteCount(atLeast: 1, of: 1) : rules.minutes,
            resolveAfterSeconds: rules.resolveAfterSeconds)
        let verdict = check.verdict(settled: edge, newest: newest) { minute in
            MinuteReading(count(cause, minute), certainty(minute, cause))
        }
        guard settled == nil, case .quiet = verdict else { return (verdict, peak) }
        return (.undecided, peak)
    }

    private func count(_ cause: ThrottlingCause, _ minute: Minute) -> Double {
        switch cause {
        case .throttles: pool.errors[minute].throttles
        case .clientErrors: pool.errors[minute].clientErrors
        }
    }

    /// An error that was counted has happened, whatever else is unknown of the minute.
    private func certainty(_ minute: Minute, _ cause: ThrottlingCause) -> Certainty {
        if pool.history[minute].isCovered { return .exact }
        return count(cause, minute) > 0 ? .lowerBound : .unknown
    }

    private func threshold(_ cause: ThrottlingCause, peak: Double, before first: Minute) -> Double {
        switch cause {
        // Any count above 0; counts are whole numbers.
        case .throttles: return 1
        case .clientErrors:
            // The day's median is worth its price only where a spike is possible at all.
            guard peak >= rules.clientErrorFloor else { return rules.clientErrorFloor }
            let day = first.advanced(by: -AlertLimits.baselineMinutes)..<first
            let level = pool.errors.level(in: day, of: pool.history)
            return level?.spike(deviations: rules.clientErrorDeviations, floor: rules.clientErrorFloor)
                ?? rules.clientErrorFloor
        }
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
