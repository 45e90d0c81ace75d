import QuotaModel

/// The requests of a pool in one minute, as far as AWS counted them.
struct ThrottledMinute: Equatable {
    let minute: Minute
    let throttles: Double
    /// Throttled requests count as neither invocations nor errors, so these are the others.
    let invocations: Double

    var requests: Double { throttles + invocations }

    /// The throttled part of the requests; 0 without any.
    var share: Double { requests > 0 ? throttles / requests : 0 }
}

/// What share of a pool's requests AWS throttled in each recent minute.
struct ThrottleSeries {
    private let pool: PoolObservation
    private let rules: PoolRules
    private let settled: Minute?
    private let edge: Minute
    private let newest: Minute
    /// Invocations that a minute is taken to have at least before it is settled: else a minute whose throttles are
    /// delivered first would show a share above its own, which is no lower bound.
    private let usualInvocations: Double

    init(_ pool: PoolObservation, _ rules: PoolRules, _ observation: AlertObservation) {
        self.pool = pool
        self.rules = rules
        settled = observation.settled
        newest = observation.newestMinute
        edge = settled ?? newest.advanced(by: -AlertLimits.unsettledMinutes)
        let window = edge.advanced(by: 1 - rules.minutes.of)...edge
        usualInvocations = window.reduce(0) { most, minute in
            let figures = pool.history[minute]
            return figures.isCovered ? max(most, figures.requests) : most
        }
    }

    /// Whether any of the minutes that may raise an alert has enough throttles for one.
    var isNoteworthy: Bool { peak.map(counts) ?? false }

    /// The worst of the minutes that may raise an alert, as far as they are known.
    var peak: ThrottledMinute? { worst(edge.advanced(by: 1 - rules.minutes.of)...max(newest, edge)) }

    /// The settled minute, or a later one that is worse already; nil when none is known.
    var now: ThrottledMinute? { worst(edge...max(newest, edge)) }

    func verdict(of kind: AlertKind) -> Verdict {
        let share = rules.throttleShare(of: kind)
        let check = MinuteCheck(
            threshold: share, calmBelow: rules.calmBelow(share), minutes: rules.minutes,
            resolveAfterSeconds: rules.resolveAfterSeconds)
        let verdict = check.verdict(settled: edge, newest: newest) { minute in
            let figures = self[minute]
            return MinuteReading(counts(figures) ? figures.share : 0, certainty(figures))
        }
        guard settled == nil, case .quiet = verdict else { return verdict }
        return .undecided
    }

    private subscript(minute: Minute) -> ThrottledMinute {
        let figures = pool.history[minute]
        return ThrottledMinute(
            minute: minute, throttles: pool.errors[minute].throttles,
            invocations: figures.isCovered ? figures.requests : max(figures.requests, usualInvocations))
    }

    private func worst(_ minutes: ClosedRange<Minute>) -> ThrottledMinute? {
        minutes.lazy.map { self[$0] }.filter { certainty($0) != .unknown }.max { rank($0) < rank($1) }
    }

    /// Of equally bad minutes the newest is the worst.
    private func rank(_ figures: ThrottledMinute) -> (Int, Double, Minute) {
        (counts(figures) ? 1 : 0, figures.share, figures.minute)
    }

    /// Fewer throttles say nothing, whatever their share: a pool with a request a minute has half of them throttled once.
    private func counts(_ figures: ThrottledMinute) -> Bool { figures.throttles >= rules.throttleFloor }

    /// A throttle that was counted has happened, whatever else is unknown of the minute.
    private func certainty(_ figures: ThrottledMinute) -> Certainty {
        if pool.history[figures.minute].isCovered { return .exact }
        return figures.throttles > 0 ? .lowerBound : .unknown
    }
}
