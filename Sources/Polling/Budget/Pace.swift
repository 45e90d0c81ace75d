import QuotaModel
import Reading
import System

/// How much slower than configured is polled, so that the month's budget lasts.
package enum Pace: Equatable, Sendable {
    case asConfigured
    /// Pools far from their limits are read at the relaxed interval, the others at every poll.
    case relaxed
    /// All polls come later by this factor, which is above 1; pools far from their limits as in `relaxed`.
    case stretched(Double)
    /// The budget does not cover one more poll.
    case spent

    /// The place on the ladder, as it is exposed.
    package var step: Int {
        switch self {
        case .asConfigured: 0
        case .relaxed: 1
        case .stretched: 2
        case .spent: 3
        }
    }

    /// What the polling interval is multiplied by.
    package var factor: Double {
        switch self {
        case .asConfigured, .relaxed, .spent: 1
        case .stretched(let factor): factor
        }
    }

    /// Not while polls are put off: CloudWatch then lists a metric about as soon as it is looked for.
    var looksForUnlisted: Bool { step <= Pace.relaxed.step }

    /// Whether it comes later on the ladder.
    package func isSlower(than other: Pace) -> Bool { (step, factor) > (other.step, other.factor) }

    /// A word for documents.
    package var name: String {
        switch self {
        case .asConfigured: "as_configured"
        case .relaxed: "relaxed"
        case .stretched: "stretched"
        case .spent: "spent"
        }
    }

    /// No poll waits longer: CloudWatch keeps minutes for 15 days, and a day's use has to be known on the next.
    package static let longestIntervalSeconds = 86_400.0

    /// The factors that an interval allows, ascending: 1.5, 2, 3, 4, 6, 8, 12 and so on. No two neighbours are so far apart
    /// that much of a budget would be left over.
    static func factors(forIntervalSeconds interval: Int) -> [Double] {
        let largest = longestIntervalSeconds / Double(max(interval, 1))
        // With its types, or the compiler looks for them for seconds.
        let doubled = sequence(first: 1.0) { (factor: Double) -> Double? in factor * 2 }
        let all = doubled.lazy.flatMap { (factor: Double) -> [Double] in [factor * 1.5, factor * 2] }
        return Array(all.prefix { $0 <= largest })
    }
}

extension PollPlan {
    /// Figures this old are not called stale: three polls may fail, and the newest minutes settle last.
    package var toleratedSeconds: Double {
        Double(3 * settings.interval.seconds + 60 * settleMinutes)
    }

    /// The age up to which data is no news while polls come later than configured; nil while they do not.
    package func freshSeconds(at pace: Pace) -> Double? {
        pace.factor > 1 ? slowed(to: pace).toleratedSeconds : nil
    }

    /// How much pools far from their limits may wait at most when all polls come later.
    private static let longestRelaxedSeconds = 3600

    /// The same plan at this pace. What is read again grows with the interval, so that each minute is still read once
    /// after it has settled.
    package func slowed(to pace: Pace) -> PollPlan {
        var slowed = settings
        switch pace {
        case .asConfigured, .spent: return self
        case .relaxed, .stretched:
            slowed.isAdaptive = true
            slowed.interval = .seconds(Int((Double(settings.interval.seconds) * pace.factor).rounded(.up)))
            slowed.rereadWindow =
                settings.rereadWindow + .seconds(slowed.interval.seconds - settings.interval.seconds)
            let longest = max(settings.relaxedInterval.seconds, Self.longestRelaxedSeconds)
            slowed.relaxedInterval = .seconds(
                min(longest, Int(Double(settings.relaxedInterval.seconds) * pace.factor)))
        }
        return PollPlan(settings: slowed)
    }
}

/// Decides how fast to poll so that the month's budget lasts to its end. Pure: clock and counts are given.
///
/// It compares what polls cost with what is left, spread over what is left of the month. What is saved today may be
/// spent tomorrow, and what was spent too fast is made up for. The ladder: first pools far from their limits are read
/// less often, then all polls come later, at the very end none is made: the budget is kept.
package struct PaceChoice: Sendable {
    /// A pace that saves is left only when there is so much more than it takes …
    private static let easing = 0.9
    /// … and this long after the last change.
    static let dwellSeconds = 3600.0

    /// Metrics a month.
    private(set) var budget: Int
    private let settings: PollingSettings
    /// Regions that are polled; those that have not yet said what they cost are taken for average.
    private var regionCount: Int
    private(set) var pace = Pace.asConfigured
    private var costs: [RegionKey: PollCost] = [:]
    private var lastChange: Double?
    private var month: String?

    init(budget: Int, settings: PollingSettings, regionCount: Int) {
        self.budget = budget
        self.settings = settings
        self.regionCount = regionCount
    }

    /// Takes another budget and other Regions, and goes on with what it knows of polls.
    ///
    /// - Returns: False when polling itself is to change: then nothing is known, and a new one must begin.
    mutating func adjust(
        budget: Int, settings: PollingSettings, regionCount: Int, isPolled: (RegionKey) -> Bool
    ) -> Bool {
        guard settings == self.settings else { return false }
        if budget != self.budget { (pace, lastChange) = (.asConfigured, nil) }
        self.budget = budget
        self.regionCount = regionCount
        costs = costs.filter { isPolled($0.key) }
        return true
    }

    // MARK: What polls cost

    /// A Region is about to be polled.
    ///
    /// - Parameter everything: Metrics of a poll that reads all of it.
    mutating func expect(_ key: RegionKey, everything: Int) {
        costs[key, default: PollCost(everything: everything)].everything = everything
    }

    /// A Region's poll has read what it had to.
    mutating func note(_ key: RegionKey, billed: Int, now: Double) {
        guard settings.isAdaptive || pace != .asConfigured else { return }
        costs[key]?.note(billed, now: now)
    }

    /// Metrics of a poll of all Regions.
    private func cost(isReduced: Bool) -> Double {
        guard !costs.isEmpty else { return 0 }
        let known = costs.values.reduce(0) { $0 + $1.mean(isReduced: isReduced) }
        return known * max(1, Double(regionCount) / Double(costs.count))
    }

    private func rate(_ pace: Pace) -> Double {
        let isReduced = settings.isAdaptive || pace != .asConfigured
        return cost(isReduced: isReduced) / (Double(settings.interval.seconds) * pace.factor)
    }

    /// Metrics at the month's end if all goes on as it does now.
    func projection(spent: Int, now: Double) -> Double {
        guard pace != .spent else { return Double(spent) }
        return Double(spent) + rate(pace) * secondsLeft(now)
    }

    // MARK: The decision

    /// - Parameter spent: Metrics billed in this month so far.
    /// - Returns: The pace from now on; nil when it stays.
    mutating func decide(spent: Int, now: Double) -> Pace? {
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
        let cheapest = costs.values.map { $0.mean(isReduced: true) }.min() ?? 0
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

/// What one Region's polls cost, in metrics.
package struct PollCost: Equatable, Sendable {
    /// Older polls count ever less, half as much after this time: a night says little about the day.
    private static let memorySeconds = 43_200.0
    /// Before polls that leave pools out have been seen, they are taken to cost this part of everything …
    private static let assumedShare = 0.5
    /// … and that counts like so many polls.
    private static let assumedPolls = 5.0

    /// A poll that reads everything.
    var everything: Int
    private var sum = 0.0
    private var polls = 0.0
    private var lastPoll: Double?

    init(everything: Int) {
        self.everything = everything
    }

    /// A poll at the present pace.
    ///
    /// - Parameter isReduced: Whether pools may be left out.
    func mean(isReduced: Bool) -> Double {
        guard isReduced else { return Double(everything) }
        let assumed = Double(everything) * Self.assumedShare
        return (sum + assumed * Self.assumedPolls) / (polls + Self.assumedPolls)
    }

    /// Takes what a poll that could leave pools out has cost.
    mutating func note(_ billed: Int, now: Double) {
        let age = max(0, now - (lastPoll ?? now))
        let kept = Self.memorySeconds / (Self.memorySeconds + age)
        sum = sum * kept + Double(billed)
        polls = polls * kept + 1
        lastPoll = now
    }
}
