/// Growth by the day, found by comparing equal weekdays: a seasonal Kendall test with Sen's slope, so that neither weekends
/// nor single wild days fake or hide a trend.
///
/// Kendall's S and its variance, corrected for ties, are added up over the seven weekdays (Hirsch, Slack and Smith 1982); the
/// ranks of the slopes that bound the interval follow from the variance (Gilbert 1987). A weekday that always shows the same
/// value, such as an idle Sunday, tells nothing and takes no part.
package struct WeekdayTrend: Equatable, Sendable {
    /// Sen's slope: the median growth a day over all pairs of equal weekdays.
    package let slope: Double
    /// The ends of the slope's interval of 98 %; infinite where the days are too few to bound it.
    package let low: Double
    package let high: Double

    /// 99 % of a normal distribution lie below, so 98 % lie between this and its negative.
    private static let interval = 2.326_347_874_040_841

    /// - Parameter days: Ascending and no day twice.
    init(_ days: [DailyPeak]) {
        var slopes: [Double] = []
        var variance = 0.0
        for weekday in 0..<7 {
            let points = days.filter { $0.day % 7 == weekday }
            let remaining = Self.variance(of: points.map(\.ratio))
            guard remaining > 0 else { continue }
            variance += remaining
            for (index, late) in points.enumerated() {
                for early in points[..<index] {
                    slopes.append((late.ratio - early.ratio) / Double(late.day - early.day))
                }
            }
        }
        slopes.sort()
        let count = Double(slopes.count)
        let width = Self.interval * variance.squareRoot()
        slope = Median.ofSorted(slopes) ?? 0
        low = slopes.isEmpty ? 0 : Self.value(ofRank: (count - width) / 2, in: slopes) ?? -.infinity
        high = slopes.isEmpty ? 0 : Self.value(ofRank: (count + width) / 2 + 1, in: slopes) ?? .infinity
    }

    /// Whether growth is more than chance: one-sided, 1 %.
    package var isGrowing: Bool { low > 0 }

    /// Ranks count from 1 and may lie between two values; nil for one that is not there.
    private static func value(ofRank rank: Double, in ascending: [Double]) -> Double? {
        guard rank >= 1, rank <= Double(ascending.count) else { return nil }
        let whole = Int(rank)
        let below = ascending[whole - 1]
        guard whole < ascending.count else { return below }
        return below + (rank - Double(whole)) * (ascending[whole] - below)
    }

    /// Of Kendall's S over these values: less by what ties take away, so 0 when all are the same.
    private static func variance(of values: [Double]) -> Double {
        var ties: [Double: Int] = [:]
        for value in values { ties[value, default: 0] += 1 }
        guard ties.count > 1 else { return 0 }
        return ties.values.reduce(term(values.count)) { $0 - term($1) }
    }

    private static func term(_ count: Int) -> Double {
        let product: Int = count * (count - 1) * (2 * count + 5)
        return Double(product) / 18
    }
}
