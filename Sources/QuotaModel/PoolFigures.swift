/// What the minutes of a quota pool showed over a time: the input of a report.
package struct PoolFigures: Equatable, Sendable {
    /// A quota with what is known of it besides its value.
    package struct ReportedQuota: Equatable, Sendable {
        package var quota: Quota
        /// Nil when AWS's list does not tell.
        package var isAdjustable: Bool?
        package var minutesAbove70: Int
        package var minutesAbove80: Int
        package var minutesAbove100: Int
        /// Known minutes with a limit above 0, those above among them; 0 where shares of minutes say nothing.
        package var limitedMinutes: Int

        package init(
            quota: Quota, isAdjustable: Bool?, minutesAbove70: Int = 0, minutesAbove80: Int = 0,
            minutesAbove100: Int = 0, limitedMinutes: Int = 0
        ) {
            self.quota = quota
            self.isAdjustable = isAdjustable
            self.minutesAbove70 = minutesAbove70
            self.minutesAbove80 = minutesAbove80
            self.minutesAbove100 = minutesAbove100
            self.limitedMinutes = limitedMinutes
        }
    }

    /// Tokens or requests of single minutes.
    package struct Series: Equatable, Sendable {
        /// Median and 95th percentile of the minutes with traffic; nil without any, and for quotas per day.
        package private(set) var steadyMedian: Double?
        package private(set) var steady95: Double?
        package var peak: Double?
        package var peakMinute: Minute?
        /// Of each UTC day that is known whole: its highest minute, or its total for quotas per day.
        package var dailyPeaks: [DailyPeak] = []

        package init() {}

        /// Notes the minutes with traffic, in any order. Only their percentiles are kept: a year has half a million.
        package mutating func setBusyMinutes(_ values: [Double]) {
            let sorted = values.sorted()
            steadyMedian = Self.percentile(0.5, ofSorted: sorted)
            steady95 = Self.percentile(0.95, ofSorted: sorted)
        }

        /// By nearest rank: the smallest value that at least this share of all values does not exceed.
        static func percentile(_ share: Double, ofSorted values: [Double]) -> Double? {
            guard !values.isEmpty else { return nil }
            let rank = Int((share * Double(values.count)).rounded(.up))
            return values[max(1, min(rank, values.count)) - 1]
        }
    }

    package var pool: QuotaPool
    package var rate: BurndownRate?
    /// Nil where AWS's lists do not say.
    package var lifecycle: ModelLifecycle?
    package var quotas: [ReportedQuota] = []
    /// The first minute that is known at all, at whatever resolution, inside the time or before it.
    package var knownFrom: Minute?
    /// 0 to 1, of the minutes since the first that is covered; nil when nothing was expected.
    package var coverage: Double?
    /// Single minutes that are known; the percentiles rest on those of them with traffic.
    package var knownMinutes = 0
    package var sums: [UsageMetric: Double] = [:]
    /// Input read from the prompt cache by all input, and what that kept off the pool; nil where nothing is known of it.
    package var cacheReadShare: Double?
    package var cacheSavedQuotaTokens: Double?
    package var series: [QuotaKind: Series] = [:]

    package init(pool: QuotaPool) {
        self.pool = pool
    }
}
