/// One known minute of a pool as far as throttling goes, all its model IDs added up.
package struct ThrottleMinute: Equatable, Sendable {
    package var minute: Minute
    package var quotaTokens: Double
    /// Requests that AWS accepted; throttled ones are not among them.
    package var requests: Double
    package var throttles: Double
    package var serverErrors: Double
    /// Average of the accepted requests; nil where AWS gave none.
    package var latencyMilliseconds: Double?
    /// Exact: else every figure is a lower bound.
    package var isCovered: Bool
    /// The limits that held then; nil where none was known.
    package var tokensLimit: Double?
    package var requestsLimit: Double?

    package init(
        minute: Minute, quotaTokens: Double = 0, requests: Double = 0, throttles: Double = 0,
        serverErrors: Double = 0, latencyMilliseconds: Double? = nil, isCovered: Bool = true,
        tokensLimit: Double? = nil, requestsLimit: Double? = nil
    ) {
        self.minute = minute
        self.quotaTokens = quotaTokens
        self.requests = requests
        self.throttles = throttles
        self.serverErrors = serverErrors
        self.latencyMilliseconds = latencyMilliseconds
        self.isCovered = isCovered
        self.tokensLimit = tokensLimit
        self.requestsLimit = requestsLimit
    }

    /// Whether so many requests failed on AWS's side that the minute counts beside throttled ones; single ones do not.
    package var isFailing: Bool {
        serverErrors >= ThrottleEpisode.leastServerErrors
            && serverErrors >= ThrottleEpisode.leastFailingShare * (max(requests, serverErrors) + throttles)
    }

    /// Whether the minute is one of an episode's.
    package var isThrottled: Bool { throttles > 0 || isFailing }
}

/// Minutes of throttling in a pool that belong together, and why.
package struct ThrottleEpisode: Equatable, Sendable {
    /// So many covered minutes without a throttle end an episode.
    package static let quietMinutes = 5
    /// Minutes that are not known prove no end; but so far apart nothing connects two minutes any more.
    package static let longestGapMinutes = 30
    static let leastServerErrors = 10.0
    static let leastFailingShare = 0.1

    package let pool: QuotaPool
    /// From the first throttled minute to the end of the last.
    package let minutes: Range<Minute>
    package let throttles: Double
    package let judgement: ThrottleJudgement
    /// When the cause was last decided, Unix seconds.
    package let judgedAt: Int
    /// All that the judgement rests on is covered.
    package let isSettled: Bool

    package init(
        pool: QuotaPool, minutes: Range<Minute>, throttles: Double, judgement: ThrottleJudgement,
        judgedAt: Int, isSettled: Bool
    ) {
        self.pool = pool
        self.minutes = minutes
        self.throttles = throttles
        self.judgement = judgement
        self.judgedAt = judgedAt
        self.isSettled = isSettled
    }

    package var cause: ThrottleCause { judgement.cause }
    package var evidence: ThrottleEvidence { judgement.evidence }

    /// The minutes that belong together: ended by covered minutes without throttles, and by 00:00 UTC, where the quotas of a
    /// day begin anew.
    ///
    /// - Parameter minutes: The known minutes, ascending; one that is left out is not known.
    package static func grouped(_ minutes: some Sequence<ThrottleMinute>) -> [Range<Minute>] {
        var groups: [Range<Minute>] = []
        var quiet = 0
        for minute in minutes {
            guard minute.isThrottled else {
                if minute.isCovered { quiet += 1 }
                continue
            }
            let end = minute.minute.advanced(by: 1)
            if let last = groups.last, quiet < quietMinutes,
                last.upperBound.distance(to: end) <= longestGapMinutes,
                last.lowerBound.startOfDay == minute.minute.startOfDay
            {
                groups[groups.count - 1] = last.lowerBound..<end
            } else {
                groups.append(minute.minute..<end)
            }
            quiet = 0
        }
        return groups
    }
}
