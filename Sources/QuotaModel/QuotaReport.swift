/// The figures that a request for a higher quota asks for, of one quota of a pool.
package struct QuotaReport: Equatable, Sendable {
    /// When a share of the quota is reached if peaks go on growing at the least rate that the past proves.
    package enum Reach: Equatable, Sendable {
        /// A peak of the time that the report looks at was there already.
        case already
        /// Days since 1970-01-01.
        case day(Int)
        /// Peaks do not surely grow, or not so far within as many days as the forecast rests on.
        case notForeseen
        /// Too few days for a forecast.
        case unknown
    }

    /// The quota that leaves the headroom to the highest peak of some days.
    package struct Need: Equatable, Sendable {
        /// From even odds that it suffices to nine in ten; the same while nothing is foretold.
        package let low: Double
        package let high: Double
        /// The last day that it is foretold for, in days since 1970-01-01; nil when it is what the peaks so far need.
        package let throughDay: Int?
    }

    package let quota: Quota
    package let isAdjustable: Bool?
    /// Median and 95th percentile of the minutes with traffic; nil for quotas per day.
    package let steadyMedian: Double?
    package let steady95: Double?
    package let peak: Double?
    package let peakMinute: Minute?
    /// Shares of the known minutes, 0 to 1; nil when none is known, for quotas per day and for a limit of 0.
    package let shareAbove70: Double?
    package let shareAbove80: Double?
    package let shareAbove100: Double?
    /// How the daily peaks grow, in tokens or requests a day; nil with too few days.
    package let growth: WeekdayTrend?
    /// Whole days that are known, at most those that a forecast looks at.
    package let trendDays: Int
    package let reaches80: Reach
    package let reaches100: Reach
    /// Nil without any peak.
    package let need: Need?

    /// What to ask for: the need's upper end when it is above the limit, of a quota that AWS has.
    package var desiredValue: Double? {
        guard let need, need.high > quota.limit, quota.code != nil else { return nil }
        return need.high
    }

    /// - Parameter headroom: The share of the quota that a peak may use, such as 0.7.
    package init(_ reported: PoolFigures.ReportedQuota, in figures: PoolFigures, headroom: Double) {
        let series = figures.series[reported.quota.kind] ?? PoolFigures.Series()
        quota = reported.quota
        isAdjustable = reported.isAdjustable
        steadyMedian = series.steadyMedian
        steady95 = series.steady95
        peak = series.peak
        peakMinute = series.peakMinute
        func share(_ minutes: Int) -> Double? {
            reported.limitedMinutes > 0 && reported.quota.limit > 0
                ? Double(minutes) / Double(reported.limitedMinutes) : nil
        }
        shareAbove70 = share(reported.minutesAbove70)
        shareAbove80 = share(reported.minutesAbove80)
        shareAbove100 = share(reported.minutesAbove100)
        // In units of use, so that a changed limit is no growth.
        let forecast = Forecast(dailyPeaks: series.dailyPeaks)
        trendDays = forecast?.knownDays ?? series.dailyPeaks.count
        growth = forecast?.trend
        reaches80 = Self.reach(0.8 * reported.quota.limit, peak: series.peak, forecast)
        reaches100 = Self.reach(reported.quota.limit, peak: series.peak, forecast)
        need = series.peak.flatMap { Self.need(peak: $0, forecast, headroom: headroom) }
    }

    private static func need(peak: Double, _ forecast: Forecast?, headroom: Double) -> Need? {
        guard headroom > 0 else { return nil }
        let range = forecast?.range(days: Forecast.longestRangeDays)
        return Need(
            low: roundedUp(max(peak, range?.lowerBound ?? 0) / headroom),
            high: roundedUp(max(peak, range?.upperBound ?? 0) / headroom),
            throughDay: forecast.map { $0.newestDay + $0.rangeDays })
    }

    private static func reach(_ use: Double, peak: Double?, _ forecast: Forecast?) -> Reach {
        if let peak, use > 0, peak >= use { return .already }
        guard let forecast else { return .unknown }
        guard use > 0, let days = forecast.days(until: use) else { return .notForeseen }
        return .day(forecast.newestDay + days)
    }

    /// Up to two significant digits: 3,511,000 becomes 3,600,000.
    static func roundedUp(_ value: Double) -> Double {
        guard value > 0 else { return 0 }
        var step = 1.0
        while value / step >= 100 { step *= 10 }
        // A quotient that is whole but for the last bits of a Double is not to be raised.
        return (value / step - 1e-9).rounded(.up) * step
    }
}
