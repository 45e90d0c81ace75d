import QuotaModel
import Reading
import Synchronization
import System

/// The running budget of all accounts: asked by pollers for their pace, by pages for what it costs. Safe from any thread.
package final class MonthlyBudget: Sendable {
    /// What is told of the budget.
    package struct Report: Equatable, Sendable {
        package var pace = Pace.asConfigured
        /// Between two polls of a Region; nil before polling was configured.
        package var pollIntervalSeconds: Int?
        /// Metrics a month; nil for no budget.
        package var budget: Int?
        /// Metrics billed in this month.
        package var spent = 0
        /// Metrics by the month's end, as things go; nil without a budget.
        package var projected: Int?
        package var month = ""

        /// What the budget does to polling, for people; nil while it does nothing.
        package var note: String? {
            switch pace {
            case .asConfigured: nil
            case .relaxed: "Slowed to keep the budget: pools far from their limits are read less often"
            case .stretched:
                "Slowed to keep the budget: every Region is polled once in \(MonthlyBudget.time(pollIntervalSeconds ?? 0))"
            case .spent: "The month's budget is spent: nothing is read before the next month"
            }
        }
    }

    private struct State {
        var choice: PaceChoice?
        var plan: PollPlan?
        var log: Log?
    }

    package let meter: SpendingMeter
    private let state = Mutex(State())
    private let now: @Sendable () -> Double

    /// - Parameter now: Unix time, which decides about the month.
    package init(now: @escaping @Sendable () -> Double = PollClock.system.now) {
        self.now = now
        meter = SpendingMeter(now: now)
    }

    /// Takes a configuration; what was spent stays, and so does what is known of the polls that go on.
    ///
    /// - Parameters:
    ///   - budget: Metrics a month; nil for no budget.
    ///   - isPolled: Whether the Region is one of the configuration's.
    package func configure(
        budget: Int?, plan: PollPlan, regionCount: Int, log: Log,
        isPolled: (RegionKey) -> Bool = { _ in true }
    ) {
        meter.limit(to: budget)
        state.withLock { state in
            state.plan = plan
            state.log = log
            guard let budget else {
                state.choice = nil
                return
            }
            let goesOn = state.choice?.adjust(
                budget: budget, settings: plan.settings, regionCount: regionCount, isPolled: isPolled)
            guard goesOn != true else { return }
            state.choice = PaceChoice(
                budget: budget, settings: plan.settings, regionCount: regionCount)
        }
    }

    // MARK: Pollers

    /// The pace of now.
    package func pace() -> Pace { decide { _ in } }

    /// The pace of a Region's poll that is about to begin.
    ///
    /// - Parameter everything: Metrics of a poll that reads all of it.
    package func pace(of key: RegionKey, everything: Int) -> Pace {
        decide { $0.expect(key, everything: everything) }
    }

    /// A Region's poll has read what it had to, for so many metrics.
    package func note(_ key: RegionKey, billed: Int) {
        let now = now()
        state.withLock { $0.choice?.note(key, billed: billed, now: now) }
    }

    private func decide(_ prepare: (inout PaceChoice) -> Void) -> Pace {
        let now = now()
        let spent = meter.spentThisMonth
        let (change, pace, log) = state.withLock { state -> (Change?, Pace, Log?) in
            guard var choice = state.choice else { return (nil, .asConfigured, nil) }
            prepare(&choice)
            let old = choice.pace
            let new = choice.decide(spent: spent, now: now)
            state.choice = choice
            let change = new.map {
                Change(from: old, to: $0, projected: choice.projection(spent: spent, now: now))
            }
            return (change, choice.pace, state.log)
        }
        if let change { tell(change, log) }
        return pace
    }

    private struct Change {
        let from: Pace
        let to: Pace
        let projected: Double
    }

    private func tell(_ change: Change, _ log: Log?) {
        let report = report()
        let fields: Log.Fields = [
            "pace": change.to.name, "poll_interval_seconds": "\(report.pollIntervalSeconds ?? 0)",
            "month_cost_dollars": Self.cents(report.spent),
            "projected_month_cost_dollars": Self.cents(Int(change.projected)),
            "monthly_budget_dollars": Self.cents(report.budget ?? 0),
        ]
        switch change.to {
        case .asConfigured: log?.info("Polling as configured again", fields)
        case .spent: log?.warn("The month's budget is spent; nothing is read before the next month", fields)
        case .relaxed, .stretched:
            log?.warn(
                change.to.isSlower(than: change.from)
                    ? "Polling slowed to keep the budget" : "Polling less slowed", fields)
        }
    }

    private static func cents(_ metrics: Int) -> String {
        let cents = Int((CloudWatchPrice.dollars(metrics) * 100).rounded())
        let rest = cents % 100
        return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// Of an interval, in the largest unit that leaves little over.
    private static func time(_ seconds: Int) -> String {
        if seconds < 120 { return "\(seconds) s" }
        if seconds < 7200 { return "\((seconds + 30) / 60) min" }
        return "\((seconds + 1800) / 3600) h"
    }

    // MARK: Pages

    /// What is known now.
    package func report() -> Report {
        let now = now()
        let spent = meter.spentThisMonth
        return state.withLock { state in
            let pace = state.choice?.pace ?? .asConfigured
            return Report(
                pace: pace,
                pollIntervalSeconds: state.plan.map { $0.slowed(to: pace).settings.interval.seconds },
                budget: state.choice?.budget, spent: spent,
                projected: state.choice.map { Int($0.projection(spent: spent, now: now)) },
                month: CalendarMonth(containing: now).text)
        }
    }
}
