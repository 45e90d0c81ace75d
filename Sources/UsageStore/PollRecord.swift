import QuotaModel

/// What one poll of one account and Region brought, recorded as a whole.
package struct PollRecord: Sendable {
    package var account: String
    package var region: String
    /// When it was read, Unix seconds; the `first_seen` of series that are new.
    package var recordedAt: Int
    package var series: [SeriesRecord]
    /// False for history from before the counters began: such minutes never enter the totals.
    package var countsTowardTotals: Bool
    /// True for minutes that are read again long after: those from before the first counted one of their series stay
    /// history, as they are stored.
    package var isReread: Bool
    /// What AWS has billed for this Region by now, of the months that changed.
    package var spending: [MonthSpending]

    package init(
        account: String, region: String, recordedAt: Int, series: [SeriesRecord],
        countsTowardTotals: Bool = true, isReread: Bool = false, spending: [MonthSpending] = []
    ) {
        self.account = account
        self.region = region
        self.recordedAt = recordedAt
        self.series = series
        self.countsTowardTotals = countsTowardTotals
        self.isReread = isReread
        self.spending = spending
    }
}

/// One model ID's part of a poll.
package struct SeriesRecord: Sendable {
    package var modelID: String
    /// The datapoints, in any order; minutes without any may be left out.
    package var minutes: [RecordedMinute]
    /// What was asked for and answered; a covered minute without a datapoint had no traffic.
    package var covered: [Range<Minute>]

    package init(modelID: String, minutes: [RecordedMinute], covered: [Range<Minute>]) {
        self.modelID = modelID
        self.minutes = minutes
        self.covered = covered
    }
}

/// One minute of one series.
package struct RecordedMinute: Equatable, Sendable {
    package var minute: Minute
    package var usage: UsageMinute

    package init(minute: Minute, usage: UsageMinute) {
        self.minute = minute
        self.usage = usage
    }
}

/// What recording a poll did.
package struct RecordOutcome: Equatable, Sendable {
    /// Model IDs that the store had never seen.
    package var newSeries = 0
    /// Minutes written because they are new, revised or newly counted.
    package var changedMinutes = 0
    /// Minutes whose rows or coverage changed, of any series.
    package var changed = MinuteRanges()
    /// Minutes that count as asked for and answered since, by model ID; what was covered before is left out.
    package var covered: [String: MinuteRanges] = [:]
    /// Minutes that were stored like that already.
    package var unchangedMinutes = 0
    /// Minutes not taken: deleted by retention before, or outside 1970 to 9999.
    package var refusedMinutes = 0
    /// Datapoints not taken: negative, not finite, or counts above 2^53.
    package var refusedDatapoints = 0
    /// Series not taken: the model ID is empty or longer than 4,096 bytes.
    package var refusedSeries = 0

    package init() {}
}
