import QuotaModel

/// One group in one step of a query. A figure that is not known is nil; a known zero is 0.
package struct UsageRow: Equatable, Sendable {
    /// How much of a quota the minutes of the step used.
    package struct QuotaFigures: Equatable, Sendable {
        /// The limit at the end of the step; nil when the group holds several pools.
        package var limit: Double?
        /// Highest minute by the limit that held then; of several pools the highest. For tokens per day the highest
        /// total since 00:00 UTC. Nil where nothing is known, where only coarser data exists, or the limit is 0.
        package var peakRatio: Double?
        /// The minute of the peak.
        package var peakMinute: Minute?
        /// Mean over the known minutes by the limit that held then; nil like `peakRatio`, and for several pools.
        package var meanRatio: Double?
        /// Known minutes at or above 70, 80 and 100 % of the limit; summed over pools.
        package var minutesAbove70 = 0
        package var minutesAbove80 = 0
        package var minutesAbove100 = 0

        package init() {}
    }

    /// Start and end of the step within the query's range.
    package var step: Range<Minute>
    /// Values of the dimensions that the query groups by, in its order; an empty scope or model is "no pool".
    package var group: [String]
    /// Sums of the eight counted metrics; nil when no minute of the group is known.
    package var sums: [UsageMetric: Double]
    /// Input, cache-write and weighted output tokens, or AWS's estimate where a minute has it.
    package var quotaTokens: Double?
    /// Covered by expected series-minutes, 0 to 1; a series is expected from its first covered minute on. Nil when none
    /// is expected.
    package var coverage: Double?
    package var quotas: [QuotaKind: QuotaFigures]

    package init(
        step: Range<Minute>, group: [String], sums: [UsageMetric: Double] = [:], quotaTokens: Double? = nil,
        coverage: Double? = nil, quotas: [QuotaKind: QuotaFigures] = [:]
    ) {
        self.step = step
        self.group = group
        self.sums = sums
        self.quotaTokens = quotaTokens
        self.coverage = coverage
        self.quotas = quotas
    }
}
