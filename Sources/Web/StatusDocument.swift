import Alerting
import Polling
import QuotaModel
import Reading
import System

/// `GET /api/v1/status`: how the exporter itself is doing.
package struct StatusDocument: Encodable {
    package struct Region: Encodable {
        let account: String
        let region: String
        let up: Bool
        let failure: Nullable<String>
        let lastSuccessfulPoll: Nullable<String>
        let pollDurationSeconds: Nullable<Double>
        let newestDatapoint: Nullable<String>
        let deliveryLagSeconds: Nullable<Double>
        let settledMinute: Nullable<String>
        let modelIds: Int
        let pools: Int
        let unmapped: Int
    }

    /// What pages need of the configuration.
    package struct Settings: Encodable {
        let telemetryPath: String
        let pollIntervalSeconds: Int
        let staleAfterSeconds: Int
        /// Utilization from which something is wrong, and badly wrong.
        let warning: Double
        let critical: Double

        /// Polls that come later to keep a budget are no reason to call their data stale.
        package init(
            _ web: WebSettings, _ polling: PollingSettings, _ alerts: AlertRules,
            _ budget: MonthlyBudget.Report
        ) {
            telemetryPath = web.telemetryPath
            pollIntervalSeconds = budget.pollIntervalSeconds ?? polling.interval.seconds
            let plan = PollPlan(settings: polling)
            staleAfterSeconds = max(
                Int(alerts.staleAfterSeconds), Int(plan.freshSeconds(at: budget.pace) ?? 0))
            warning = alerts.standard.warning
            critical = alerts.standard.critical
        }
    }

    /// What this month costs, and how that is kept within the budget.
    package struct Budget: Encodable {
        /// Such as `2026-11`, in UTC.
        let month: String
        let monthCostDollars: Double
        let monthlyBudgetDollars: Nullable<Double>
        let projectedMonthCostDollars: Nullable<Double>
        /// `as_configured`, `relaxed`, `stretched` or `spent`.
        let pace: String
        /// The same for people; null while polling is as configured.
        let note: Nullable<String>

        package init(_ report: MonthlyBudget.Report) {
            month = report.month
            monthCostDollars = CloudWatchPrice.dollars(report.spent)
            monthlyBudgetDollars = Nullable(report.budget.map { CloudWatchPrice.dollars($0) })
            projectedMonthCostDollars = Nullable(report.projected.map { CloudWatchPrice.dollars($0) })
            pace = report.pace.name
            note = Nullable(report.note)
        }
    }

    package let version: String
    package let settings: Settings
    package let ready: Bool
    package let started: String
    package let now: String
    package let storagePath: String
    package let storageSizeBytes: Nullable<Int>
    package let billedMetrics: Int
    /// Since the start of this process.
    package let estimatedCostDollars: Double
    package let budget: Budget
    package let regions: [Region]

    package init(
        version: String, settings: StatusDocument.Settings, ready: Bool, started: String, now: String,
        storagePath: String, storageSizeBytes: Nullable<Int>, billedMetrics: Int,
        estimatedCostDollars: Double, budget: StatusDocument.Budget, regions: [StatusDocument.Region]
    ) {
        self.version = version
        self.settings = settings
        self.ready = ready
        self.started = started
        self.now = now
        self.storagePath = storagePath
        self.storageSizeBytes = storageSizeBytes
        self.billedMetrics = billedMetrics
        self.estimatedCostDollars = estimatedCostDollars
        self.budget = budget
        self.regions = regions
    }
}

extension StatusDocument.Region {
    /// - Parameter snapshot: Nil before the Region's first successful poll.
    package init(key: RegionKey, poll: SelfMetrics.Poll, snapshot: RegionSnapshot?) {
        account = key.account
        region = key.region
        up = poll.isUp
        failure = Nullable(poll.failure)
        lastSuccessfulPoll = Nullable(poll.lastSuccess.map(JSONDocument.time))
        pollDurationSeconds = Nullable(poll.durationSeconds)
        newestDatapoint = Nullable(
            snapshot?.newestDatapoint.map { JSONDocument.time(Double($0.epochSeconds)) })
        deliveryLagSeconds = Nullable(snapshot?.deliveryLagSeconds)
        settledMinute = Nullable(snapshot?.settledMinute.map { JSONDocument.time(Double($0.epochSeconds)) })
        modelIds = snapshot?.models.count { !SeriesName($0.modelID).isPart } ?? 0
        pools = snapshot?.pools.count ?? 0
        unmapped = snapshot?.unmapped.count ?? 0
    }
}
