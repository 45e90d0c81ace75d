/// The figures that a request for a higher quota asks for, of one quota of a pool.
package struct QuotaReport: Equatable, Sendable {
    /// When a share of the quota is reached if the trend goes on.
    package enum Reach: Equatable, Sendable {
        /// A peak of the time that the report looks at was there already.
        case already
        /// Days since 1970-01-01.
        case day(Int)
        /// Peaks do not surely grow, or not so far within ten years.
        case never
        /// Too few days for a trend.
        case unknown
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
    /// Growth of the daily peaks in tokens or requests a day; nil without a trend.
    package let growthPerDay: Double?
    /// Days that the trend rests on.
    package let trendDays: Int
    package let reaches80: Reach
    package let reaches100: Reach
    /// The quota that leaves the headroom in half a year and in a year; nil without any peak.
    package let neededIn6Months: Double?
    package let neededIn12Months: Double?

    /// What to ask for: the need of a year when it is above the limit and AWS may raise the quota.
    package var desiredValue: Double? {
        guard let neededIn12Months, neededIn12Months > quota.limit, isAdjustable != false, quota.code != nil
        else {
            return nil
        }
        return neededIn12Months
    }

    private static let halfYearDays = 182.0
    private static let yearDays = 365.0

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
        // The trend is drawn in units of use, so that it does not jump when the limit was changed.
        let forecast = Forecast(dailyPeaks: series.dailyPeaks)
        trendDays = series.dailyPeaks.count
        growthPerDay = forecast.map { $0.trend.slope }
        reaches80 = Self.reach(0.8 * reported.quota.limit, peak: series.peak, forecast)
        reaches100 = Self.reach(reported.quota.limit, peak: series.peak, forecast)
        func needed(after days: Double) -> Double? {
            guard let peak = series.peak, headroom > 0 else { return nil }
            let grown = forecast.map { $0.isGrowing ? $0.level + $0.trend.slope * days : 0 } ?? 0
            return Self.roundedUp(max(peak, grown) / headroom)
        }
        neededIn6Months = needed(after: Self.halfYearDays)
        neededIn12Months = needed(after: Self.yearDays)
    }

    private static func reach(_ use: Double, peak: Double?, _ forecast: Forecast?) -> Reach {
        if let peak, use > 0, peak >= use { return .already }
        guard let forecast else { return .unknown }
        guard use > 0, let days = forecast.days(until: use) else { return .never }
        return .day(forecast.newestDay + Int(days.rounded(.up)))
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
