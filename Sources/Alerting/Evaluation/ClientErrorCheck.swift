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
