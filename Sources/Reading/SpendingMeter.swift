import QuotaModel
import SQLite
import Synchronization
import System
import UsageStore

/// Counts the metrics that CloudWatch bills, by Region and month, over restarts, and lets no request pass that a budget
/// does not cover. Safe from any thread.
package final class SpendingMeter: Sendable {
    private struct Count {
        var billed = 0
        /// What of it the store has.
        var stored = 0
    }

    private struct State {
        /// Of each Region by month.
        private(set) var counts: [RegionKey: [String: Count]] = [:]
        /// All Regions' by month.
        private var totals: [String: Int] = [:]
        /// Of requests that are under way, answered or not.
        var reserved = 0
        /// In metrics a month; nil for none.
        var budget: Int?

        func total(_ month: String) -> Int { totals[month] ?? 0 }

        mutating func change(_ key: RegionKey, _ month: String, _ change: (inout Count) -> Void) {
            var count = counts[key]?[month] ?? Count()
            let before = count.billed
            change(&count)
            counts[key, default: [:]][month] = count
            totals[month, default: 0] += count.billed - before
        }
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Double

    /// - Parameter now: Unix time, which decides about the month.
    package init(now: @escaping @Sendable () -> Double = PollClock.system.now) {
        self.now = now
    }

    /// Notes that the store has these counts, of this run or of an earlier one.
    package func noteStored(_ spending: [MonthSpending]) {
        state.withLock { state in
            for item in spending {
                let key = RegionKey(account: item.account, region: item.region)
                state.change(key, item.month) { count in
                    count.billed = max(count.billed, item.billedMetrics)
                    count.stored = max(count.stored, item.billedMetrics)
                }
            }
        }
    }

    /// - Parameter budget: Metrics that may be billed in a month; nil for as many as are asked for.
    package func limit(to budget: Int?) { state.withLock { $0.budget = budget } }

    /// What was billed in this month, all accounts and Regions together.
    package var spentThisMonth: Int {
        let month = CalendarMonth(containing: now()).text
        return state.withLock { $0.total(month) }
    }

    // MARK: Requests

    /// Sets metrics aside for a request that is about to be sent; false when the budget does not cover them.
    package func reserve(_ metrics: Int) -> Bool {
        let month = CalendarMonth(containing: now()).text
        return state.withLock { state in
            if let budget = state.budget, state.total(month) + state.reserved + metrics > budget {
                return false
            }
            state.reserved += metrics
            return true
        }
    }

    /// A request has ended: what was set aside for it becomes what was billed.
    package func settle(reserved: Int, billed: Int, for key: RegionKey) {
        let month = CalendarMonth(containing: now()).text
        state.withLock { state in
            state.reserved = max(0, state.reserved - reserved)
            if billed > 0 { state.change(key, month) { $0.billed += billed } }
        }
    }

    // MARK: The store

    /// The counts that the store does not have yet, of a Region or of all.
    package func unstored(of key: RegionKey? = nil) -> [MonthSpending] {
        let counts = state.withLock { state in
            key.map { [$0: state.counts[$0] ?? [:]] } ?? state.counts
        }
        return counts.flatMap { key, months in
            months.filter { $0.value.billed > $0.value.stored }.map { month, count in
                MonthSpending(
                    account: key.account, region: key.region, month: month, billedMetrics: count.billed)
            }
        }
        .sorted { $0.month < $1.month }
    }

    /// Writes the counts that the store does not have yet, of a Region or of all.
    package func store(in store: UsageStore, of key: RegionKey? = nil) async throws(StoreError) {
        let spending = unstored(of: key)
        guard !spending.isEmpty else { return }
        try await store.recordSpending(spending)
        noteStored(spending)
    }
}

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
