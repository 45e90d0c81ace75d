import Alerting
import QuotaModel
import UsageStore

/// Everything that the pollers of all Regions share.
package struct PollServices: Sendable {
    package let store: UsageStore
    package let board: SnapshotBoard
    package let metrics: SelfMetrics
    package let log: Log
    package let clock: PollClock
    package let plan: PollPlan
    package let slots: PollSlots
    package let roster: FleetRoster
    /// Regions that read history at the same time: answers are large, so this bounds memory.
    package var historySlots = PollSlots(BackfillPace.concurrentRegions)
    /// Regions that read past days for forecasts at the same time.
    var forecastSlots = PollSlots(1)
    package let overrides: [QuotaOverride]
    package let rates: BurndownTable
    /// What close to a limit means.
    package var alertRules = AlertRules()
    package var watch = PollWatch()
    package var budget = BudgetKeeper()
    /// Decides which alerts fire; nil where none are wanted.
    var alerts: AlertCenter?
    /// Called after each poll, when the Region's snapshot may have changed.
    package let published: @Sendable () -> Void

    /// Notes the label of an account's Region and drops what an earlier fleet knew under another one.
    func identified(_ key: RegionKey) {
        roster.identified(key)
        board.keep(roster.mayHold)
        metrics.keepPolls(roster.mayHold)
    }
}
