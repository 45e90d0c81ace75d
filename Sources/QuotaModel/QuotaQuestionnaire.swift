/// What AWS Support asks of those who request a higher quota, of one pool: steady state and peak of tokens and requests a
/// minute, average tokens of a request, growth, and whether the model is one that AWS still raises quotas for.
///
/// *Steady state* is the median (p50) of the minutes with traffic, so that idle nights do not hide the load; *peak* is the
/// highest single minute. Both are measured, not projected; the growth tells where they go.
package struct QuotaQuestionnaire: Equatable, Sendable {
    /// What minutes used of one of the pool's quotas, whether or not the quota has a limit that is known.
    package struct Figure: Equatable, Sendable {
        package let kind: QuotaKind
        /// Nil without a minute with traffic.
        package let steady: Double?
        package let peak: Double?
        package let peakMinute: Minute?
        /// Of the daily peaks, in tokens or requests a day; nil with too few days.
        package let growth: WeekdayTrend?
        /// Whole days that are known.
        package let trendDays: Int
    }

    /// Those of minutes, tokens first.
    package let figures: [Figure]
    /// Plain input, without what was read from or written to the prompt cache; nil when it is not known.
    package let inputTokensPerRequest: Double?
    package let cacheWriteTokensPerRequest: Double?
    package let outputTokensPerRequest: Double?
    /// Nil where AWS's lists do not say.
    package let lifecycle: ModelLifecycle?

    package init(_ pool: PoolFigures) {
        figures = pool.pool.scope.quotaKinds.filter { $0 != .tokensPerDay }.map { kind in
            let series = pool.series[kind] ?? PoolFigures.Series()
            let forecast = Forecast(dailyPeaks: series.dailyPeaks)
            return Figure(
                kind: kind, steady: series.steadyMedian, peak: series.peak, peakMinute: series.peakMinute,
                growth: forecast?.trend, trendDays: forecast?.knownDays ?? series.dailyPeaks.count)
        }
        inputTokensPerRequest = pool.perRequest(.inputTokens)
        cacheWriteTokensPerRequest = pool.perRequest(.cacheWriteInputTokens)
        outputTokensPerRequest = pool.perRequest(.outputTokens)
        lifecycle = pool.lifecycle
    }
}

extension PoolFigures {
    /// Tokens of a metric by accepted requests; nil without requests, and when nothing is known of the metric.
    package func perRequest(_ metric: UsageMetric) -> Double? {
        guard let requests = sums[.invocations], requests > 0, let tokens = sums[metric] else { return nil }
        return tokens / requests
    }
}
