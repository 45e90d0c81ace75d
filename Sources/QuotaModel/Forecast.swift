import Glibc

/// The highest minute (or the total, for quotas per day) of one UTC day, by the quota or in units of use.
package struct DailyPeak: Equatable, Sendable {
    /// Days since 1970-01-01.
    package let day: Int
    /// By the quota, where 1 is the whole quota; or the tokens or requests themselves.
    package let ratio: Double

    package init(day: Int, ratio: Double) {
        self.day = day
        self.ratio = ratio
    }
}

/// What the daily peaks of up to twelve weeks say about the coming ones. The only one: reports, pages and alerts ask it.
///
/// It looks no further ahead than the history is long, and its rules were chosen on public series: `Tests/README.md` tells
/// how often it is right.
package struct Forecast: Equatable, Sendable {
    /// Fewer days show each weekday twice or less, which proves no growth.
    package static let minimumDays = 21
    /// Older days tell more of the past than of what comes.
    package static let historyDays = 84
    /// Further ahead peaks leave the range more often than it says.
    package static let longestRangeDays = 28
    /// The share of times that peaks stay below the range's upper end.
    package static let confidence = 0.9
    private static let evenOdds = 0.5
    /// The days that tell where peaks are now.
    private static let recentDays = 28
    /// The share of the days, a fifth, that tells how peaks spread, and how many it must be at least.
    private static let tailDivisor = 5
    private static let leastTail = 5
    /// What is foretold is at most so many times the highest peak so far.
    private static let mostGrowth = 2.0

    package let trend: WeekdayTrend
    /// The newest day that is known.
    package let newestDay: Int
    /// The highest day of the history, and of the last four weeks of it.
    package let peak: Double
    package let level: Double
    private let days: [DailyPeak]

    /// Nil when the days are too few.
    ///
    /// - Parameter dailyPeaks: In any order. Of a day that is there twice the higher counts; a value that is no number
    ///   of 0 or more is not known.
    package init?(dailyPeaks: [DailyPeak]) {
        guard let newest = dailyPeaks.lazy.filter(\.isKnown).map(\.day).max() else { return nil }
        var highest: [Int: Double] = [:]
        for one in dailyPeaks where one.isKnown && one.day > newest - Self.historyDays {
            highest[one.day] = max(highest[one.day] ?? 0, one.ratio)
        }
        guard highest.count >= Self.minimumDays else { return nil }
        days = highest.map { DailyPeak(day: $0.key, ratio: $0.value) }.sorted { $0.day < $1.day }
        trend = WeekdayTrend(days)
        newestDay = newest
        peak = days.lazy.map(\.ratio).max() ?? 0
        level = days.lazy.filter { $0.day > newest - Self.recentDays }.map(\.ratio).max() ?? 0
    }

    /// The days that it rests on, and how far it looks ahead.
    package var knownDays: Int { days.count }

    /// Whether growth is more than chance.
    package var isGrowing: Bool { trend.isGrowing }

    /// How far ahead `range` can look.
    package var rangeDays: Int { min(Self.longestRangeDays, knownDays) }

    /// Days from the newest day until peaks reach the ratio at the lower end of their growth: 0 when they do now, nil when
    /// they do not surely grow, or not so far within as many days as are known.
    package func days(until ratio: Double) -> Int? {
        guard isGrowing else { return nil }
        // A quotient that is whole but for the last bits of a Double is not to be raised.
        let days = max(0, ((ratio - level) / trend.low - 1e-9).rounded(.up))
        return days <= Double(knownDays) ? Int(days) : nil
    }

    /// Where the highest peak of the next days lies, from even odds at the lower end of the growth to nine in ten at the
    /// growth itself: at least the highest peak so far, at most twice of it.
    ///
    /// - Parameter days: At most `rangeDays` are looked ahead.
    package func range(days: Int) -> ClosedRange<Double> {
        let ahead = Double(max(1, min(days, rangeDays)))
        let low = highest(within: ahead, growth: isGrowing ? trend.low : 0, odds: Self.evenOdds)
        let high = highest(within: ahead, growth: isGrowing ? trend.slope : 0, odds: Self.confidence)
        return low...max(low, high)
    }

    /// What the highest of so many days stays below with these odds. The days are lifted to the newest by their growth; the
    /// highest fifth of them gives a tail (Hill), and the tail the level (Weissman).
    private func highest(within ahead: Double, growth: Double, odds: Double) -> Double {
        let lifted = days.map { $0.ratio + growth * Double(newestDay - $0.day) }.sorted(by: >)
        let size = max(Self.leastTail, lifted.count / Self.tailDivisor)
        let threshold = lifted[size]
        var level = 0.0
        if threshold > 0 {
            let tail = lifted[..<size].reduce(0) { $0 + log($1 / threshold) } / Double(size)
            // So many of the coming days are expected above the threshold.
            let expected = ahead * Double(size) / Double(lifted.count)
            level = threshold * pow(max(1, expected / -log(odds)), tail)
        }
        return min(max(level + growth * ahead, peak), Self.mostGrowth * peak)
    }
}

extension DailyPeak {
    fileprivate var isKnown: Bool { ratio.isFinite && ratio >= 0 }
}
