import QuotaModel
import Testing

@testable import Polling
@testable import Reading

@Suite("How fast to poll for a budget")
struct PaceChoiceTests {
    /// 2026-11-01T00:00:00Z; the month has 30 days.
    private let november = 1_793_491_200.0
    private let key = RegionKey(account: "prod", region: "r1")
    private static let daySeconds = 86_400.0

    private func choice(_ budget: Int, isAdaptive: Bool = false, regions: Int = 1) -> PaceChoice {
        PaceChoice(
            budget: budget, settings: PollingSettings { $0.isAdaptive = isAdaptive }, regionCount: regions)
    }

    /// What a month of polls of 100 metrics every minute costs.
    private let everything = 100 * 60 * 24 * 30

    @Test("a budget for everything changes nothing; a little less slows pools far from their limits first")
    func first() {
        var enough = choice(everything)
        enough.expect(key, everything: 100)
        #expect(enough.decide(spent: 0, now: november) == nil)
        #expect(enough.pace == .asConfigured)
        #expect(enough.projection(spent: 0, now: november) == Double(everything))
        var short = choice(everything * 6 / 10)
        short.expect(key, everything: 100)
        #expect(short.decide(spent: 0, now: november) == .relaxed)
    }

    @Test("a reload keeps the pace and what is known of polls; another budget is judged by it at once")
    func adjusted() {
        var choice = choice(everything / 10)
        let settings = PollingSettings { $0.isAdaptive = false }
        choice.expect(key, everything: 100)
        #expect(choice.decide(spent: 0, now: november) == .stretched(6))
        func adjust(_ budget: Int, _ settings: PollingSettings = settings) -> Bool {
            choice.adjust(budget: budget, settings: settings, regionCount: 1) { _ in true }
        }
        #expect(adjust(everything / 10))
        #expect(choice.pace == .stretched(6))
        #expect(choice.decide(spent: 0, now: november + 1) == nil)
        #expect(adjust(everything))
        #expect(choice.decide(spent: 0, now: november + 2) == nil && choice.pace == .asConfigured)
        #expect(adjust(everything / 10))
        #expect(choice.decide(spent: 0, now: november + 3) == .stretched(6))
        #expect(
            !adjust(
                everything,
                PollingSettings {
                    $0.interval = .seconds(30)
                    $0.isAdaptive = false
                }))
    }

    @Test("the factor is the smallest that saves enough by what polls have cost, once that is known")
    func factor() {
        var choice = choice(everything / 10)
        choice.expect(key, everything: 100)
        // Before the first poll a poll that may leave pools out is taken for half: 5 times too much.
        #expect(choice.decide(spent: 0, now: november) == .stretched(6))
        for poll in 0..<200 { choice.note(key, billed: 28, now: november + Double(poll) * 60) }
        let later = november + PaceChoice.dwellSeconds
        #expect(choice.decide(spent: 0, now: later) == .stretched(4), "2.85 is too close to 3")
        for poll in 200..<2000 { choice.note(key, billed: 28, now: november + Double(poll) * 60) }
        #expect(choice.decide(spent: 0, now: later + 60) == nil, "2.8 times too much")
        for poll in 0..<2000 { choice.note(key, billed: 100, now: later + Double(poll)) }
        #expect(
            choice.decide(spent: 0, now: later + 2000) == .stretched(12), "nothing is left out any more")
    }

    @Test("where adaptive reading is configured the first step is that all polls come later")
    func adaptive() {
        var choice = choice(everything / 4, isAdaptive: true)
        choice.expect(key, everything: 100)
        #expect(choice.decide(spent: 0, now: november) == .stretched(2))
        for poll in 0..<300 { choice.note(key, billed: 20, now: november + Double(poll) * 60) }
        #expect(choice.decide(spent: 0, now: november + 4000) == .asConfigured)
    }

    @Test("it slows at once and eases an hour after the last change, by a margin")
    func hysteresis() {
        var choice = choice(everything)
        choice.expect(key, everything: 100)
        #expect(choice.decide(spent: everything / 100, now: november) == .relaxed)
        #expect(choice.decide(spent: 0, now: november + 60) == nil)
        #expect(choice.decide(spent: 0, now: november + 3600) == nil, "less than a tenth is spare")
        choice.expect(key, everything: 89)
        #expect(choice.decide(spent: 0, now: november + 3599) == nil)
        #expect(choice.decide(spent: 0, now: november + 3600) == .asConfigured)
    }

    @Test("Regions that have not spoken yet count like those that have")
    func others() {
        var choice = choice(everything, regions: 5)
        choice.expect(key, everything: 100)
        #expect(choice.decide(spent: 0, now: november) == .stretched(3))
        #expect(choice.projection(spent: 7, now: november) == 7 + Double(everything) * 5 / 2 / 3)
    }

    @Test("when nothing is left nothing is read, and the first second of the next month is as configured")
    func spent() {
        let budget = 2 * everything
        var choice = choice(budget)
        choice.expect(key, everything: 100)
        let end = november + 30 * Self.daySeconds
        #expect(choice.decide(spent: budget - 40, now: end - 600) == .spent)
        #expect(choice.projection(spent: budget - 40, now: end - 600) == Double(budget - 40))
        #expect(choice.decide(spent: budget - 40, now: end - 1) == nil)
        #expect(choice.decide(spent: 0, now: end) == .asConfigured)
    }

    @Test("a new month and a clock set back count at once; a clock set back has that month's own count")
    func clocks() {
        let budget = 2 * everything
        var choice = choice(budget)
        choice.expect(key, everything: 100)
        let end = november + 30 * Self.daySeconds
        #expect(choice.decide(spent: budget - 50_000, now: end - 10 * Self.daySeconds) != nil)
        #expect(choice.pace.factor > 1)
        #expect(choice.decide(spent: 0, now: end) == .asConfigured)
        #expect(choice.decide(spent: budget - 50_000, now: end - 10 * Self.daySeconds) != nil)
        #expect(choice.pace.factor > 1)
        #expect(choice.decide(spent: 0, now: november) == .asConfigured)
    }

    @Test("a Region that has nothing to ask for is polled as configured")
    func nothing() {
        var choice = choice(1000)
        #expect(choice.decide(spent: 0, now: november) == nil)
        choice.expect(key, everything: 0)
        #expect(choice.decide(spent: 0, now: november) == nil)
        #expect(choice.pace == .asConfigured)
    }

    // MARK: Whole months

    /// A fleet that costs what it costs, polled through the end of a month and a whole one by the chosen pace.
    private struct Fleet {
        var generator: SeededGenerator
        let interval: Int
        let isAdaptive: Bool
        let regions: [(key: RegionKey, everything: Int, share: Double)]
        let budget: Int

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            interval = [60, 300, 900].randomElement(using: &generator) ?? 60
            isAdaptive = Bool.random(using: &generator)
            var regions: [(key: RegionKey, everything: Int, share: Double)] = []
            for number in 0..<Int.random(in: 1...6, using: &generator) {
                let share = Double.random(in: 0.05...1, using: &generator)
                regions.append(
                    (
                        RegionKey(account: "prod", region: "r\(number)"),
                        Int.random(in: 3...600, using: &generator), share
                    ))
            }
            self.regions = regions
            let everything = regions.reduce(0) { $0 + $1.everything } * 30 * 86_400 / interval
            budget = max(1000, Int(Double(everything) * Double.random(in: 0.001...1.5, using: &generator)))
        }

        /// Full of what a day brings: busy hours, and now and then a gap to be filled.
        mutating func cost(_ region: Int, pace: Pace, now: Double) -> Int {
            let everything = regions[region].everything
            guard isAdaptive || pace != .asConfigured else { return everything }
            let isBusy = Int(now / 3600) % 24 < 9
            let share = min(1, regions[region].share * (isBusy ? 1.6 : 0.7))
            let gap = Int.random(in: 0..<500, using: &generator) == 0 ? everything : 0
            return max(1, Int(Double(everything) * share)) + gap
        }
    }

    @Test("no month costs more than the budget and one poll, and little is left over", arguments: 0..<8)
    func months(seed: Int) {
        var fleet = Fleet(seed: UInt64(seed))
        let settings = PollingSettings {
            $0.interval = .seconds(fleet.interval)
            $0.isAdaptive = fleet.isAdaptive
        }
        var choice = PaceChoice(
            budget: fleet.budget, settings: settings, regionCount: fleet.regions.count)
        let largest = fleet.regions.map { $0.everything * 2 }.max() ?? 0
        let all = fleet.regions.reduce(0) { $0 + $1.everything }
        var now = november + Double(seed) * 40_000
        var (spent, wanted, longestGap, lastPoll) = (0, 0.0, 0.0, now)
        var month = CalendarMonth(containing: now)
        var wasSpent = false
        while true {
            let current = CalendarMonth(containing: now)
            if current != month {
                #expect(spent <= fleet.budget + largest, "\(month.text)")
                let isWhole = month.text == "2026-12"
                if isWhole { #expect(Double(spent) >= 0.85 * min(Double(fleet.budget), wanted)) }
                if isWhole, fleet.budget > 60 * all { #expect(!wasSpent, "polls go on to the end") }
                (spent, wanted, wasSpent, month) = (0, 0, false, current)
                if month.text == "2027-01" { break }
            }
            for (index, region) in fleet.regions.enumerated() {
                choice.expect(region.key, everything: region.everything)
                _ = choice.decide(spent: spent, now: now)
                wasSpent = wasSpent || choice.pace == .spent
                guard choice.pace != .spent else { continue }
                let cost = fleet.cost(index, pace: choice.pace, now: now)
                choice.note(region.key, billed: cost, now: now)
                spent += cost
                if index == 0 {
                    longestGap = max(longestGap, now - lastPoll)
                    lastPoll = now
                }
            }
            let unslowed = Double(all) / Double(fleet.interval)
            let step = choice.pace == .spent ? 600 : Double(fleet.interval) * choice.pace.factor
            wanted += fleet.isAdaptive ? 0 : unslowed * step
            now += step
        }
        #expect(longestGap > 0)
        if fleet.budget > 60 * all { #expect(longestGap <= Pace.longestIntervalSeconds) }
    }

    @Test("minutes are read once they have settled, however far polls are apart")
    func plans() {
        let plan = PollPlan(settings: PollingSettings())
        #expect(plan.slowed(to: .asConfigured) == plan)
        #expect(plan.slowed(to: .spent) == plan)
        let relaxed = plan.slowed(to: .relaxed).settings
        #expect(
            relaxed.isAdaptive && relaxed.interval.seconds == 60 && relaxed.rereadWindow.wholeMinutes == 15)
        for factor in Pace.factors(forIntervalSeconds: 60) {
            let slowed = plan.slowed(to: .stretched(factor))
            let settings = slowed.settings
            #expect(settings.interval.seconds == Int(60 * factor))
            #expect(
                settings.rereadWindow.wholeMinutes * 60 >= settings.interval.seconds + 60
                    * settings.settleDelay.wholeMinutes)
            #expect(settings.relaxedInterval.seconds <= 3600)
            let now = november + 12_345
            let next = slowed.nextPoll(after: now, phase: 0.3, consecutiveFailures: 0)
            // What had not settled at one poll is in the window of the next.
            #expect(slowed.liveWindow(now: next).lowerBound <= slowed.settledEdge(now: now))
            #expect(plan.freshSeconds(at: .stretched(factor)) ?? 0 > 2 * (next - now))
        }
        #expect(Pace.factors(forIntervalSeconds: 60).last == 1024)
        #expect(Pace.factors(forIntervalSeconds: 3600).last == 24)
        #expect(plan.freshSeconds(at: .relaxed) == nil)
    }
}
