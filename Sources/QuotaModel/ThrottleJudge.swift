/// What is known around an episode of throttling.
package struct ThrottleFacts: Sendable {
    /// Minutes beside an episode that belong to the judgement: tokens are counted when a request ends, throttles when it
    /// begins.
    package static let contextMinutes = 1

    package var episode: Range<Minute>
    /// The known minutes of the episode and those beside it, ascending.
    package var minutes: [ThrottleMinute]
    package var limitSources: [QuotaKind: LimitSource] = [:]
    package var day: Day?
    package var shared: Shared?

    /// What of the pool's own tokens per day was used up to the end of the episode.
    package struct Day: Sendable {
        package var limit: Double
        /// Exact or a lower bound.
        package var quotaTokens: Double

        package init(limit: Double, quotaTokens: Double) {
            self.limit = limit
            self.quotaTokens = quotaTokens
        }
    }

    /// How all pools of the account and Region fared in the throttled minutes.
    package struct Shared: Sendable {
        /// Minutes in which every model that was called was throttled while none was near a limit.
        package var shutMinutes: Int
        /// The throttled minutes that were looked at.
        package var ofMinutes: Int
        package var models: Int

        package init(shutMinutes: Int, ofMinutes: Int, models: Int) {
            self.shutMinutes = shutMinutes
            self.ofMinutes = ofMinutes
            self.models = models
        }
    }

    package init(episode: Range<Minute>, minutes: [ThrottleMinute]) {
        self.episode = episode
        self.minutes = minutes
    }
}

/// Decides why an episode's requests were refused. What is not covered is a lower bound: it may show a full minute, never
/// a low one. Thresholds were chosen on simulated episodes, see `make causes`.
package struct ThrottleJudge {
    /// Of a limit: from here on a minute is full.
    static let full = 1.0
    /// Full as well when the minute beside it is.
    static let nearlyFull = 0.9
    /// From here on a minute is high; below it seconds of it were hardly full.
    static let high = 0.65
    /// Below it a minute is far from the limit.
    static let low = 0.4
    /// Of a daily limit: from here on it is used up.
    static let dayFull = 0.97
    /// Of the throttles, the part that must agree.
    static let agreement = 0.7
    /// Of the throttles, the part whose minutes must be known for certain where a minute's use must not be more.
    static let exactPart = 0.5
    /// With so few requests accepted, nothing was in flight that could have held the pool.
    static let nearlyAll = 0.97
    /// Tokens that one request may reserve: the largest `max_tokens` of any model (User Guide, quotas-token-burndown).
    static let largestReservation = 128_000.0
    /// How far the average of a minute may be off what was in flight when it was full.
    static let inFlightTolerance = 1.5
    /// Server errors by throttles: from here on they are what refused the requests.
    static let errorsByThrottles = 3.0

    private let facts: ThrottleFacts
    private let throttled: [ThrottleMinute]
    /// Of each throttled minute.
    private var fullness: [Fullness] = []
    private var evidence = ThrottleEvidence()

    package static func judge(_ facts: ThrottleFacts) -> ThrottleJudgement {
        var judge = ThrottleJudge(facts)
        let cause = judge.cause()
        return ThrottleJudgement(cause: cause ?? .unknown, evidence: judge.evidence)
    }

    /// Whether the other pools of the Region can make a difference, so that they need not be read for nothing.
    package static func asksForOthers(_ facts: ThrottleFacts) -> Bool {
        // Most episodes are told from the first two alone.
        let throttled = throttled(in: facts)
        return throttled.count >= SharedDailyQuota.leastMinutes
            && share(ofThrottlesIn: throttled) ?? 0 >= SharedDailyQuota.lowUse
            && ThrottleJudge(facts).share { $0.level < Self.low } >= Self.agreement
    }

    private static func throttled(in facts: ThrottleFacts) -> [ThrottleMinute] {
        facts.minutes.filter { facts.episode.contains($0.minute) && $0.isThrottled }
    }

    private static func share(ofThrottlesIn minutes: [ThrottleMinute]) -> Double? {
        let throttles = minutes.reduce(0) { $0 + $1.throttles }
        let all = throttles + minutes.reduce(0) { $0 + $1.requests }
        return all > 0 ? throttles / all : nil
    }

    private init(_ facts: ThrottleFacts) {
        self.facts = facts
        throttled = Self.throttled(in: facts)
        fullness = throttled.map { fullness(at: $0.minute) }
        noteFigures()
    }

    // MARK: Figures

    private var throttles: Double { throttled.reduce(0) { $0 + $1.throttles } }

    private mutating func noteFigures() {
        evidence.throttledMinutes = throttled.count
        evidence.coveredMinutes =
            facts.minutes.count { facts.episode.contains($0.minute) && $0.isCovered }
        evidence.requests = throttled.reduce(0) { $0 + $1.requests }
        evidence.serverErrors = throttled.reduce(0) { $0 + $1.serverErrors }
        evidence.throttledShare = Self.share(ofThrottlesIn: throttled)
        let near = facts.minutes.filter { $0.isThrottled || isBeside($0.minute) }
        if let peak = near.max(by: { $0.tokensRatio ?? 0 < $1.tokensRatio ?? 0 }) {
            evidence.peakTokensPerMinute = peak.quotaTokens
            evidence.tokensPerMinuteLimit = peak.tokensLimit
            evidence.tokensPerMinuteRatio = peak.tokensRatio
            evidence.tokensPerMinuteLimitSource =
                peak.tokensLimit == nil ? nil : facts.limitSources[.tokensPerMinute]?.rawValue
        }
        if let peak = near.max(by: { $0.requestsRatio ?? 0 < $1.requestsRatio ?? 0 }) {
            evidence.peakRequestsPerMinute = peak.requests
            evidence.requestsPerMinuteLimit = peak.requestsLimit
            evidence.requestsPerMinuteRatio = peak.requestsRatio
            evidence.requestsPerMinuteLimitSource =
                peak.requestsLimit == nil ? nil : facts.limitSources[.requestsPerMinute]?.rawValue
        }
        if let day = facts.day {
            evidence.tokensSinceMidnight = day.quotaTokens
            evidence.tokensPerDayLimit = day.limit
            evidence.tokensPerDayLimitSource = facts.limitSources[.tokensPerDay]?.rawValue
            evidence.tokensPerDayRatio = day.limit > 0 ? day.quotaTokens / day.limit : nil
        }
        if let shared = facts.shared, shared.shutMinutes > 0 {
            evidence.allModelsThrottledMinutes = shared.shutMinutes
            evidence.modelsThrottled = shared.models
        }
    }

    /// How full a throttled minute was.
    private struct Fullness {
        /// It or one beside it took what the limit allows, or two of the three nearly did.
        var isFullOfTokens: Bool
        var isFullOfRequests: Bool
        /// Its own use by the limit, of tokens or requests, whichever is more.
        var level: Double
        /// All three minutes are covered.
        var isExact: Bool

        var isFull: Bool { isFullOfTokens || isFullOfRequests }
    }

    private func fullness(at minute: Minute) -> Fullness {
        let around = facts.minutes[minute.advanced(by: -1)..<minute.advanced(by: 2)]
        let own = around.first { $0.minute == minute }
        return Fullness(
            isFullOfTokens: Self.isFull(around.lazy.compactMap(\.tokensRatio)),
            isFullOfRequests: Self.isFull(around.lazy.compactMap(\.requestsRatio)),
            level: max(own?.tokensRatio ?? 0, own?.requestsRatio ?? 0),
            isExact: around.count == 3 && around.allSatisfy(\.isCovered))
    }

    private static func isFull(_ ratios: some Sequence<Double>) -> Bool {
        ratios.contains { $0 >= full } || ratios.count { $0 >= nearlyFull } > 1
    }

    /// Whether the minute before or after it is one of the throttled.
    private func isBeside(_ minute: Minute) -> Bool {
        facts.minutes[minute.advanced(by: -1)..<minute.advanced(by: 2)].contains {
            $0.minute != minute && facts.episode.contains($0.minute) && $0.isThrottled
        }
    }

    /// The part of the throttles whose minutes are like that: of all, or of those whose minutes are known for certain.
    private func share(ofExact: Bool = false, _ isLike: (Fullness) -> Bool) -> Double {
        let counted = zip(throttled, fullness).filter { !ofExact || $0.1.isExact }
        let all = counted.reduce(0) { $0 + $1.0.throttles }
        return all > 0 ? counted.reduce(0) { $0 + (isLike($1.1) ? $1.0.throttles : 0) } / all : 0
    }

    // MARK: Judging

    private mutating func doubt(_ doubt: ThrottleDoubt) -> ThrottleCause? {
        evidence.doubt = doubt
        return nil
    }

    private mutating func cause() -> ThrottleCause? {
        let isFailing = throttled.contains(where: \.isFailing)
        if isFailing, evidence.serverErrors >= Self.errorsByThrottles * throttles { return .capacity }
        if throttled.contains(where: { $0.tokensLimit == 0 || $0.requestsLimit == 0 }) {
            return doubt(.notPermitted)
        }
        if isDayUsedUp { return .dailyQuota }
        guard throttled.contains(where: { $0.tokensLimit != nil || $0.requestsLimit != nil }) else {
            return doubt(.noLimit)
        }
        let tokens = share(\.isFullOfTokens)
        let requests = share(\.isFullOfRequests)
        if tokens >= Self.agreement, requests >= Self.agreement { return doubt(.bothFull) }
        if tokens >= Self.agreement { return .tokensPerMinute }
        if requests >= Self.agreement { return .requestsPerMinute }
        if isFailing, evidence.serverErrors * Self.errorsByThrottles >= throttles { return doubt(.mixed) }
        guard share(\.isExact) >= Self.exactPart else { return doubt(.notCovered) }
        if endsAtMidnight() { return .dailyQuota }
        if evidence.throttledShare ?? 0 >= Self.nearlyAll { return doubt(.allRefused) }
        if share(ofExact: true, { !$0.isFull && $0.level >= Self.high }) >= Self.agreement {
            return .burstWithinMinute
        }
        guard share(ofExact: true, { $0.level < Self.low }) >= Self.agreement else {
            return doubt(.contradictory)
        }
        return reservation()
    }

    /// The pool's own tokens of the day, or those of all models.
    private var isDayUsedUp: Bool {
        guard share({ !$0.isFull }) >= Self.agreement else { return false }
        if evidence.tokensPerDayRatio ?? 0 >= Self.dayFull { return true }
        guard let shared = facts.shared else { return false }
        return shared.shutMinutes >= SharedDailyQuota.leastMinutes
            && Double(shared.shutMinutes) >= Self.agreement * Double(shared.ofMinutes)
    }

    /// Nearly nothing came through up to 00:00 UTC, though hardly anything was used, and requests were accepted after it.
    private mutating func endsAtMidnight() -> Bool {
        guard let last = throttled.last, evidence.throttledShare ?? 0 >= 0.9,
            throttled.count >= SharedDailyQuota.leastMinutes, share({ $0.level < Self.low }) >= Self.agreement
        else { return false }
        let next = last.minute.advanced(by: 1)
        guard next.startOfDay == next, let first = facts.minutes[next..<next.advanced(by: 1)].first,
            first.isCovered, first.requests > 0,
            first.throttles <= 0.1 * first.requests
        else { return false }
        evidence.endedAtMidnight = true
        return true
    }

    /// Use is low: what each request in flight would have had to hold for the pool to be full.
    private mutating func reservation() -> ThrottleCause? {
        guard
            let minute = throttled.filter({ $0.tokensLimit ?? 0 > 0 && $0.requests > 0 })
                .max(by: { $0.throttles < $1.throttles })
        else { return doubt(.noLimit) }
        guard let latency = minute.latencyMilliseconds, let limit = minute.tokensLimit, latency > 0 else {
            return doubt(.noLatency)
        }
        let inFlight = minute.requests * latency / 60_000
        let free = limit * (1 - min(1, minute.tokensRatio ?? 0))
        let used = minute.quotaTokens / minute.requests
        let reserved = free / max(inFlight, 1)
        evidence.requestsInFlight = inFlight
        evidence.reservedTokensPerRequest = reserved
        evidence.reservationFactor = used > 0 ? reserved / used : nil
        guard reserved <= Self.inFlightTolerance * (Self.largestReservation + used) else {
            return doubt(.reservationTooLarge)
        }
        return .reservation
    }
}

extension [ThrottleMinute] {
    /// Those of a range, of minutes that ascend.
    fileprivate subscript(range: Range<Minute>) -> ArraySlice<ThrottleMinute> {
        func place(of minute: Minute) -> Int {
            var (low, high) = (0, count)
            while low < high {
                let middle = (low + high) / 2
                if self[middle].minute < minute { low = middle + 1 } else { high = middle }
            }
            return low
        }
        let first = place(of: range.lowerBound)
        return self[first...].prefix { $0.minute < range.upperBound }
    }
}

extension ThrottleMinute {
    /// Nil without a limit, and where it is 0.
    fileprivate var tokensRatio: Double? {
        tokensLimit.flatMap { $0 > 0 ? quotaTokens / $0 : nil }
    }

    fileprivate var requestsRatio: Double? {
        requestsLimit.flatMap { $0 > 0 ? requests / $0 : nil }
    }
}
