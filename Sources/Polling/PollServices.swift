import Alerting
import QuotaModel
import Reading
import System
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
    package var forecastSlots = PollSlots(1)
    /// Windows of invocation logs that are read at the same time.
    package var callerSlots = PollSlots(CallerReader.concurrentWindows)
    /// Regions that list their quotas at the same time.
    package var quotaListings = QuotaListings()
    package let overrides: [QuotaOverride]
    package let rates: BurndownTable
    /// What close to a limit means.
    package var alertRules = AlertRules()
    package var watch = PollWatch()
    package var budget = MonthlyBudget()
    /// Decides which alerts fire; nil where none are wanted.
    package var alerts: (any AlertDecisions)?
    /// Called after each poll, when the Region's snapshot may have changed.
    package let published: @Sendable () -> Void

    package init(
        store: UsageStore, board: SnapshotBoard, metrics: SelfMetrics, log: Log, clock: PollClock,
        plan: PollPlan, slots: PollSlots, roster: FleetRoster,
        historySlots: PollSlots = PollSlots(BackfillPace.concurrentRegions),
        forecastSlots: PollSlots = PollSlots(1),
        callerSlots: PollSlots = PollSlots(CallerReader.concurrentWindows),
        quotaListings: QuotaListings = QuotaListings(), overrides: [QuotaOverride], rates: BurndownTable,
        alertRules: AlertRules = AlertRules(), watch: PollWatch = PollWatch(),
        budget: MonthlyBudget = MonthlyBudget(), alerts: (any AlertDecisions)? = nil,
        published: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.board = board
        self.metrics = metrics
        self.log = log
        self.clock = clock
        self.plan = plan
        self.slots = slots
        self.roster = roster
        self.historySlots = historySlots
        self.forecastSlots = forecastSlots
        self.callerSlots = callerSlots
        self.quotaListings = quotaListings
        self.overrides = overrides
        self.rates = rates
        self.alertRules = alertRules
        self.watch = watch
        self.budget = budget
        self.alerts = alerts
        self.published = published
    }

    /// Notes the label of an account's Region and drops what an earlier fleet knew under another one.
    ///
    /// - Returns: False where the label was known all along.
    @discardableResult
    package func identified(_ key: RegionKey) -> Bool {
        guard roster.identified(key) else { return false }
        board.keep(roster.mayHold)
        metrics.keepPolls(roster.mayHold)
        return true
    }
}
