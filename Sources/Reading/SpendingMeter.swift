import QuotaModel
import SQLite
import Synchronization
import System
import UsageStore

/// Counts the metrics that CloudWatch bills, by Region and month, over restarts, and lets no request pass that a budget
/// does not cover. Safe from any thread.
package final class SpendingMeter: Sendable {
    private struct Place: Hashable {
        let key: RegionKey
        let month: String
    }

    private struct State {
        var counts: [Place: Int] = [:]
        /// The counts that the store has.
        var stored: [Place: Int] = [:]
        /// Of requests that are under way, answered or not.
        var reserved = 0
        /// In metrics a month; nil for none.
        var budget: Int?

        func total(_ month: String) -> Int {
            counts.lazy.filter { $0.key.month == month }.reduce(0) { $0 + $1.value }
        }
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Double

    /// - Parameter now: Unix time, which decides about the month.
    package init(now: @escaping @Sendable () -> Double = PollClock.system.now) {
        self.now = now
    }

    /// Takes up what earlier runs left in the store.
    package func restore(_ spending: [MonthSpending]) {
        state.withLock { state in
            for item in spending {
                let place = Place(
                    key: RegionKey(account: item.account, region: item.region), month: item.month)
                state.counts[place] = max(state.counts[place] ?? 0, item.billedMetrics)
                state.stored[place] = max(state.stored[place] ?? 0, item.billedMetrics)
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
            if billed > 0 { state.counts[Place(key: key, month: month), default: 0] += billed }
        }
    }

    // MARK: The store

    /// The counts that the store does not have yet, of a Region or of all.
    package func unstored(of key: RegionKey? = nil) -> [MonthSpending] {
        state.withLock { state in
            state.counts.filter { place, count in
                (key == nil || place.key == key) && count > state.stored[place] ?? 0
            }
            .map { place, count in
                MonthSpending(
                    account: place.key.account, region: place.key.region, month: place.month,
                    billedMetrics: count)
            }
            .sorted { $0.month < $1.month }
        }
    }

    /// The store has these counts now.
    package func noteStored(_ spending: [MonthSpending]) {
        state.withLock { state in
            for item in spending {
                let place = Place(
                    key: RegionKey(account: item.account, region: item.region), month: item.month)
                state.stored[place] = max(state.stored[place] ?? 0, item.billedMetrics)
            }
        }
    }

    /// Writes the counts that the store does not have yet, of a Region or of all.
    package func store(in store: UsageStore, of key: RegionKey? = nil) async throws(StoreError) {
        let spending = unstored(of: key)
        guard !spending.isEmpty else { return }
        try await store.recordSpending(spending)
        noteStored(spending)
    }
}
