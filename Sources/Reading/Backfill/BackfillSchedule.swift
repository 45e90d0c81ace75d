/// How fast history is read beside live polls, as a small part of what CloudWatch allows.
package enum BackfillPace {
    /// Between the starts of two requests of a Region: a fiftieth of CloudWatch's 50 calls of GetMetricData a second.
    package static let secondsBetweenRequests = 1.0
    /// Requests between two polls of a Region.
    package static let requestsPerPoll = 30
    /// Regions that read history at the same time.
    package static let concurrentRegions = 2
    /// With less time than this before the next poll no request begins; it would be cut off and asked again.
    package static let secondsForRequest = 3.0
    /// After everything was read, how long until it is looked for new gaps.
    package static let secondsBetweenPlans = 24 * 3600
}

/// What a Region's history needs to know between two polls.
package struct BackfillSchedule {
    /// Series whose requests failed, and when to try them again.
    package var ledger = CatchUpLedger()
    private var lastComplete: Double?
    private var completeSeries = 0

    package init() {}

    /// Whether there may be something to read: not for a day after everything was read, unless there are new series.
    package func isDue(now: Double, seriesCount: Int) -> Bool {
        seriesCount != completeSeries
            || PollPlan.isDue(last: lastComplete, intervalSeconds: BackfillPace.secondsBetweenPlans, now: now)
    }

    package mutating func noteComplete(now: Double, seriesCount: Int) {
        lastComplete = now
        completeSeries = seriesCount
    }
}
