/// A straight line through points by Theil and Sen: the median of all slopes, which up to 29 % of outliers do not move.
package struct TheilSen: Equatable, Sendable {
    /// Growth of y by one x.
    package let slope: Double
    /// The line's y where x is 0: the median of y - slope x.
    package let intercept: Double
    /// Mann and Kendall's S by its standard deviation: above 1.64 the growth is no chance (one-sided, 5 %).
    package let significance: Double

    /// More points than these would make half a million slopes; the newest are taken.
    package static let maximumPoints = 400

    /// Nil with fewer than two different x or a value that is not finite.
    package init?(_ points: [(x: Double, y: Double)]) {
        let points = points.sorted { $0.x < $1.x }.suffix(Self.maximumPoints)
        guard points.allSatisfy({ $0.x.isFinite && $0.y.isFinite }) else { return nil }
        var slopes: [Double] = []
        var rising = 0
        for (index, late) in zip(points.indices, points) {
            for early in points[..<index] where early.x < late.x {
                slopes.append((late.y - early.y) / (late.x - early.x))
                rising += late.y > early.y ? 1 : late.y < early.y ? -1 : 0
            }
        }
        guard let slope = Median.of(&slopes) else { return nil }
        var rests = points.map { $0.y - slope * $0.x }
        guard let intercept = Median.of(&rests) else { return nil }
        self.slope = slope
        self.intercept = intercept
        let count = Double(points.count)
        // Variance of S without ties.
        significance = Double(rising) / (count * (count - 1) * (2 * count + 5) / 18).squareRoot()
    }

    /// The line's y at this x.
    package func value(at x: Double) -> Double { intercept + slope * x }
}

/// Medians, which single wild values do not move.
package enum Median {
    /// Sorts the values; nil when there are none.
    package static func of(_ values: inout [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        values.sort()
        let middle = values.count / 2
        return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    }
}

/// The highest minute (or the total, for quotas per day) of one UTC day by the quota.
package struct DailyPeak: Equatable, Sendable {
    /// Days since 1970-01-01.
    package let day: Int
    /// 1 is the whole quota.
    package let ratio: Double

    package init(day: Int, ratio: Double) {
        self.day = day
        self.ratio = ratio
    }
}

/// When a quota is used up if its daily peaks go on as they did.
package struct Forecast: Equatable, Sendable {
    /// Fewer days than a week show no trend that weekends do not fake.
    package static let minimumDays = 7
    /// Beyond ten years nothing is said.
    package static let horizonDays = 3650.0
    /// One-sided, 5 %.
    private static let certainGrowth = 1.645

    package let trend: TheilSen
    /// The newest day that the trend was drawn from.
    package let newestDay: Int

    /// Nil when the days are too few.
    package init?(dailyPeaks: [DailyPeak]) {
        guard let newest = dailyPeaks.map(\.day).max(), Set(dailyPeaks.map(\.day)).count >= Self.minimumDays,
            let trend = TheilSen(dailyPeaks.map { (x: Double($0.day), y: $0.ratio) })
        else { return nil }
        self.trend = trend
        newestDay = newest
    }

    /// The ratio that the trend gives for the newest day.
    package var level: Double { trend.value(at: Double(newestDay)) }

    /// Whether growth is more than chance.
    package var isGrowing: Bool { trend.slope > 0 && trend.significance > Self.certainGrowth }

    /// Days from the newest day until peaks reach the ratio: 0 when they do now, nil when they will not within the
    /// horizon or do not surely grow.
    package func days(until ratio: Double) -> Double? {
        guard isGrowing else { return nil }
        let days = (ratio - level) / trend.slope
        return days <= Self.horizonDays ? max(days, 0) : nil
    }
}
