import QuotaModel
import Reading

/// Decides how fast to poll so that the month's budget lasts to its end. Pure: clock and counts are given.
///
/// It compares what polls cost with what is left, spread over what is left of the month. What is saved today may be
/// spent tomorrow, and what was spent too fast is made up for. The ladder: first pools far from their limits are read
/// less often, then all polls come later, at the very end none is made: the budget is kept.
package struct BudgetGovernor: Sendable {
    /// A pace that saves is left only when there is so much more than it takes …
    private static let easing = 0.9
    /// … and this long after the last change.
    package static let dwellSeconds = 3600.0

    /// Metrics a month.
    package private(set) var budget: Int
    private let settings: PollingSettings
    /// Regions that are polled; those that have not yet said what they cost are taken for average.
    private var regionCount: Int
    package private(set) var pace = Pace.asConfigured
    private var demands: [RegionKey: PollDemand] = [:]
    private var lastChange: Double?
    private var month: String?

    package init(budget: Int, settings: PollingSettings, regionCount: Int) {
        self.budget = budget
        self.settings = settings
        self.regionCount = regionCount
    }

    /// Takes another budget and other Regions, and goes on with what it knows of polls.
    ///
    /// - Returns: False when polling itself is to change: then nothing is known, and a new one must begin.
    package mutating func adjust(
        budget: Int, settings: PollingSettings, regionCount: Int, isPolled: (RegionKey) -> Bool
    ) -> Bool {
        guard settings == self.settings else { return false }
        if budget != self.budget { (pace, lastChange) = (.asConfigured, nil) }
        self.budget = budget
        self.regionCount = regionCount
        demands = demands.filter { isPolled($0.key) }
        return true
    }

    // MARK: What polls cost

    /// A Region is about to be polled.
    ///
    /// - Parameter everything: Metrics of a poll that reads all of it.
    package mutating func expect(_ key: RegionKey, everything: Int) {
        demands[key, default: PollDemand(everything: everything)].everything = everything
    }

    /// A Region's poll has read what it had to.
    package mutating func note(_ key: RegionKey, billed: Int, now: Double) {
        guard settings.isAdaptive || pace != .asConfigured else { return }
        demands[key]?.note(billed, now: now)
    }

    /// Metrics of a poll of all Regions.
    private func cost(isReduced: Bool) -> Double {
        guard !demands.isEmpty else { return 0 }
        let known = demands.values.reduce(0) { $0 + $1.mean(isReduced: isReduced) }
        return known * max(1, Double(regionCount) / Double(demands.count))
    }

    private func rate(_ pace: Pace) -> Double {
        let isReduced = settings.isAdaptive || pace != .asConfigured
        return cost(isReduced: isReduced) / (Double(settings.interval.seconds) * pace.factor)
    }

    /// Metrics at the month's end if all goes on as it does now.
    package func projection(spent: Int, now: Double) -> Double {
        guard pace != .spent else { return Double(spent) }
        return Double(spent) + rate(pace) * secondsLeft(now)
    }

    // MARK: The decision

    /// - Parameter spent: Metrics billed in this month so far.
    /// - Returns: The pace from now on; nil when it stays.
    package mutating func decide(spent: Int, now: Double) -> Pace? {
        let current = CalendarMonth(containing: now).text
        let isNewMonth = month != nil && month != current
        month = current
        let wanted = wanted(spent: spent, now: now)
        guard wanted != pace else { return nil }
        let isSlower = wanted.isSlower(than: pace)
        let since = lastChange.map { abs(now - $0) } ?? .infinity
        guard isSlower || isNewMonth || pace == .spent || since >= Self.dwellSeconds else { return nil }
        pace = wanted
        lastChange = now
        return wanted
    }

    private func secondsLeft(_ now: Double) -> Double {
        max(Double(settings.interval.seconds), Double(CalendarMonth(containing: now).end) - now)
    }

    private func wanted(spent: Int, now: Double) -> Pace {
        let left = budget - spent
        let cheapest = demands.values.map { $0.mean(isReduced: true) }.min() ?? 0
        guard left > 0, Double(left) >= min(cheapest, Double(budget)) else { return .spent }
        let affordable = Double(left) / secondsLeft(now)
        let asConfigured = rate(.asConfigured) / affordable
        if asConfigured <= (pace == .asConfigured ? 1 : Self.easing) { return .asConfigured }
        let relaxed = rate(.relaxed) / affordable
        if !settings.isAdaptive, relaxed <= (pace.factor > 1 ? Self.easing : 1) { return .relaxed }
        return .stretched(factor(needed: max(relaxed, 1)))
    }

    /// The smallest factor that saves enough; one below the present only when it does so by a margin.
    private func factor(needed: Double) -> Double {
        let factors = Pace.factors(forIntervalSeconds: settings.interval.seconds)
        let found = factors.first { needed <= ($0 < pace.factor ? $0 * Self.easing : $0) }
        return found ?? factors.last ?? 1
    }
}
