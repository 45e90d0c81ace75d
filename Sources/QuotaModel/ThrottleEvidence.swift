/// Why requests of a pool were refused; the raw value is written in the store, in JSON and on pages.
package enum ThrottleCause: String, CaseIterable, Sendable {
    /// Minutes were full of tokens.
    case tokensPerMinute = "tokens_per_minute"
    /// Minutes were full of requests.
    case requestsPerMinute = "requests_per_minute"
    /// The tokens of a day were used up, the pool's own or those that all models share.
    case dailyQuota = "daily_quota"
    /// Use was far below the limit: `max_tokens` was reserved for requests that used little of it.
    case reservation
    /// High minutes, but none full: seconds of them were.
    case burstWithinMinute = "burst_within_minute"
    /// AWS had no room: server errors instead of throttles.
    case capacity
    /// What is known does not say.
    case unknown
}

/// Why a cause is not known.
package enum ThrottleDoubt: String, CaseIterable, Sendable, Codable {
    /// No limit of a minute is known for the pool.
    case noLimit = "no_limit"
    /// A limit is 0: AWS does not permit the use at all.
    case notPermitted = "not_permitted"
    /// Minutes around the throttles are not covered, or not settled yet.
    case notCovered = "not_covered"
    /// Tokens and requests of the minutes were both near their limits.
    case bothFull = "both_full"
    /// Nearly all requests were refused while use was low, and no quota of a day explains it.
    case allRefused = "all_refused"
    /// Server errors and throttles came together.
    case mixed
    /// Use was low, and no reservation that AWS allows would explain it.
    case reservationTooLarge = "reservation_too_large"
    /// Use was low, and without a latency nothing says how many requests were in flight.
    case noLatency = "no_latency"
    /// The minutes contradict each other.
    case contradictory
}

/// The figures that a cause rests on; nil for what is not known or does not matter.
package struct ThrottleEvidence: Equatable, Sendable, Codable {
    /// Of the episode's minutes, those with throttles or many server errors.
    package var throttledMinutes = 0
    /// Of the episode's minutes, those that are covered.
    package var coveredMinutes = 0
    /// Accepted, in the throttled minutes.
    package var requests = 0.0
    /// Throttles by all requests of the throttled minutes, 0 to 1.
    package var throttledShare: Double?
    package var serverErrors = 0.0
    /// Quota tokens of the highest minute in or beside the throttles.
    package var peakTokensPerMinute: Double?
    package var tokensPerMinuteLimit: Double?
    package var tokensPerMinuteLimitSource: String?
    package var tokensPerMinuteRatio: Double?
    package var peakRequestsPerMinute: Double?
    package var requestsPerMinuteLimit: Double?
    package var requestsPerMinuteLimitSource: String?
    package var requestsPerMinuteRatio: Double?
    /// Quota tokens from 00:00 UTC to the episode's end, a lower bound where the day is not covered whole.
    package var tokensSinceMidnight: Double?
    package var tokensPerDayLimit: Double?
    package var tokensPerDayLimitSource: String?
    package var tokensPerDayRatio: Double?
    /// Minutes in which every model that was called was throttled while none was near a limit, and how many models.
    package var allModelsThrottledMinutes: Int?
    package var modelsThrottled: Int?
    /// Nothing was accepted until 00:00 UTC, and then requests were again.
    package var endedAtMidnight: Bool?
    /// Requests in flight at a time, on average: requests a minute by latency.
    package var requestsInFlight: Double?
    /// Tokens that each request in flight would have held for the pool to be full.
    package var reservedTokensPerRequest: Double?
    /// By how much that is more than a request used.
    package var reservationFactor: Double?
    package var doubt: ThrottleDoubt?

    package init() {}
}

/// A cause with the figures that it rests on.
package struct ThrottleJudgement: Equatable, Sendable {
    package var cause: ThrottleCause
    package var evidence: ThrottleEvidence

    package init(cause: ThrottleCause, evidence: ThrottleEvidence) {
        self.cause = cause
        self.evidence = evidence
    }
}
