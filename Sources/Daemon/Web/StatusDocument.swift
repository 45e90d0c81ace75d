import Configuration
import QuotaModel

/// `GET /api/v1/status`: how the exporter itself is doing.
struct StatusDocument: Encodable {
    struct Region: Encodable {
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
    struct Settings: Encodable {
        let telemetryPath: String
        let pollIntervalSeconds: Int
        let staleAfterSeconds: Int
        /// Utilization from which something is wrong, and badly wrong.
        let warning: Double
        let critical: Double

        /// Polls that come later to keep a budget are no reason to call their data stale.
        init(_ configuration: Configuration, _ budget: BudgetKeeper.Report) {
            telemetryPath = configuration.web.telemetryPath
            pollIntervalSeconds = budget.pollIntervalSeconds ?? configuration.polling.interval.seconds
            let plan = PollPlan(settings: PollPlan.Settings(configuration.polling))
            staleAfterSeconds = max(
                configuration.alerts.rules.staleAfter.seconds,
                Int(plan.freshSeconds(at: budget.pace) ?? 0))
            warning = configuration.alerts.warning
            critical = configuration.alerts.critical
        }
    }

    /// What this month costs, and how that is kept within the budget.
    struct Budget: Encodable {
        /// Such as `2026-11`, in UTC.
        let month: String
        let monthCostDollars: Double
        let monthlyBudgetDollars: Nullable<Double>
        let projectedMonthCostDollars: Nullable<Double>
        /// `as_configured`, `relaxed`, `stretched` or `spent`.
        let pace: String
        /// The same for people; null while polling is as configured.
        let note: Nullable<String>

        init(_ report: BudgetKeeper.Report) {
            month = report.month
            monthCostDollars = CloudWatchPrice.dollars(report.spent)
            monthlyBudgetDollars = Nullable(report.budget.map { CloudWatchPrice.dollars($0) })
            projectedMonthCostDollars = Nullable(report.projected.map { CloudWatchPrice.dollars($0) })
            pace = report.pace.name
            note = Nullable(report.note)
        }
    }

    let version: String
    let settings: Settings
    let ready: Bool
    let started: String
    let now: String
    let storagePath: String
    let storageSizeBytes: Nullable<Int>
    let billedMetrics: Int
    /// Since the start of this process.
    let estimatedCostDollars: Double
    let budget: Budget
    let regions: [Region]
}

extension StatusDocument.Region {
    /// - Parameter snapshot: Nil before the Region's first successful poll.
    init(key: RegionKey, poll: SelfMetrics.Poll, snapshot: RegionSnapshot?) {
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
        modelIds = snapshot?.models.count ?? 0
        pools = snapshot?.pools.count ?? 0
        unmapped = snapshot?.unmapped.count ?? 0
    }
}
