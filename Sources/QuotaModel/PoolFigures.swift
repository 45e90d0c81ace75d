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

        package init(
            quota: Quota, isAdjustable: Bool?, minutesAbove70: Int = 0, minutesAbove80: Int = 0,
            minutesAbove100: Int = 0
        ) {
            self.quota = quota
            self.isAdjustable = isAdjustable
            self.minutesAbove70 = minutesAbove70
            self.minutesAbove80 = minutesAbove80
            self.minutesAbove100 = minutesAbove100
        }
    }

    /// Tokens or requests of single minutes.
    package struct Series: Equatable, Sendable {
        /// Of the minutes with traffic, in any order.
        package var busyMinutes: [Double] = []
        package var peak: Double?
        package var peakMinute: Minute?
        /// Of each UTC day with a known minute: its highest minute, or its total for quotas per day.
        package var dailyPeaks: [DailyPeak] = []

        package init() {}
    }

    package var pool: QuotaPool
    package var rate: BurndownRate?
    package var quotas: [ReportedQuota] = []
    /// 0 to 1; nil when nothing was expected.
    package var coverage: Double?
    package var knownMinutes = 0
    package var sums: [UsageMetric: Double] = [:]
    package var series: [QuotaKind: Series] = [:]

    package init(pool: QuotaPool) {
        self.pool = pool
    }
}
