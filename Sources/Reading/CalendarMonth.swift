import System

/// A calendar month in UTC: what AWS bills by, and what a budget is for.
package struct CalendarMonth: Hashable, Sendable {
    /// Such as `2026-11`.
    package let text: String
    /// Unix seconds of its first second and of that of the next month.
    package let start: Int
    package let end: Int

    /// Times outside 1970 to 9999 count as the nearest inside.
    private static let times = 0.0...253_402_300_799.0
    private static let daySeconds = 86_400

    package init(containing epochSeconds: Double) {
        // No comparison holds for a NaN.
        let usable = epochSeconds >= Self.times.lowerBound ? min(epochSeconds, Self.times.upperBound) : 0
        let second = Int(usable)
        text = String(CivilTime.date(second).prefix(7))
        start = Self.firstSecond(ofMonthWith: second)
        // The 32nd day after a month's first lies in the next month.
        end = Self.firstSecond(ofMonthWith: start + 31 * Self.daySeconds)
    }

    private static func firstSecond(ofMonthWith second: Int) -> Int {
        let day = Int(CivilTime.date(second).suffix(2)) ?? 1
        return (second / daySeconds - day + 1) * daySeconds
    }
}
