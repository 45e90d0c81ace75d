import QuotaModel

/// Whether a pool refuses far more requests than usual for what is in them.
struct ClientErrorCheck {
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
    func verdict() -> (Verdict, peak: Double) {
        let edge = settled ?? newest.advanced(by: -AlertLimits.unsettledMinutes)
        let recent = edge.advanced(by: 1 - rules.minutes.of)..<newest.advanced(by: 1)
        let peak = recent.lazy.map { pool.errors[$0].clientErrors }.max() ?? 0
        let threshold = threshold(peak: peak, before: recent.lowerBound)
        let check = MinuteCheck(
            threshold: threshold, calmBelow: threshold, minutes: rules.minutes,
            resolveAfterSeconds: rules.resolveAfterSeconds)
        let verdict = check.verdict(settled: edge, newest: newest) { minute in
            MinuteReading(pool.errors[minute].clientErrors, certainty(minute))
        }
        guard settled == nil, case .quiet = verdict else { return (verdict, peak) }
        return (.undecided, peak)
    }

    /// An error that was counted has happened, whatever else is unknown of the minute.
    private func certainty(_ minute: Minute) -> Certainty {
        if pool.history[minute].isCovered { return .exact }
        return pool.errors[minute].clientErrors > 0 ? .lowerBound : .unknown
    }

    private func threshold(peak: Double, before first: Minute) -> Double {
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
