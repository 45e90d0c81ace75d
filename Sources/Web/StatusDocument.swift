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
        /// CloudWatch lists nothing of Bedrock here, and nothing else is asked for.
        let idle: Bool
        let failure: Nullable<String>
        let basis: Basis
        let lastSuccessfulPoll: Nullable<String>
        let pollDurationSeconds: Nullable<Double>
        let newestDatapoint: Nullable<String>
        let deliveryLagSeconds: Nullable<Double>
        let settledMinute: Nullable<String>
        let modelIds: Int
        let pools: Int
        let unmapped: Int
        /// Null where it is not read who used the quotas.
        let callers: Nullable<Callers>
    }

    /// What a Region's figures rest on.
    package struct Basis: Encodable {
        /// The account through which metrics are read; null where that is with the account's own credentials.
        let monitoringAccount: Nullable<String>
        /// `account`, `aws_defaults` or `unknown`.
        let limits: String
        /// Why the account itself cannot be asked; null where it can.
        let roleProblem: Nullable<String>

        init(_ basis: AccountBasis) {
            monitoringAccount = Nullable(basis.monitoringAccount)
            limits = basis.limits.rawValue
            roleProblem = Nullable(basis.roleProblem)
        }
    }

    /// How the reading of a Region's invocation logs goes.
    package struct Callers: Encodable {
        /// Why the last window stays unknown or cannot be read; null after one that was read.
        let problem: Nullable<String>
        let readUntil: Nullable<String>
        let windowsRead: Int
        let windowsUnknown: Int
        /// Of the account in this calendar month, UTC, all its Regions together.
        let monthScannedBytes: Int
        let monthEstimatedCostDollars: Double
        let monthlyBudgetBytes: Int

        init(_ reading: SelfMetrics.CallerReading) {
            problem = Nullable(reading.problem)
            readUntil = Nullable(reading.readUntil.map { JSONDocument.time(Double($0)) })
            windowsRead = reading.windowsRead
            windowsUnknown = reading.windowsUnknown
            monthScannedBytes = reading.monthBytes
            monthEstimatedCostDollars = LogsPrice.dollars(reading.monthBytes)
            monthlyBudgetBytes = reading.monthlyBudgetBytes
        }
    }

    /// What pages need of the configuration.
    package struct Settings: Encodable {
        let telemetryPath: String
        let pollIntervalSeconds: Int
        package let staleAfterSeconds: Int
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

    /// Where accounts come from that no configuration names, and what becomes of them.
    package struct Organization: Encodable, Sendable {
        package struct Failing: Encodable, Sendable {
            let account: String
            let accountId: String
            let failure: String
            let since: String
            let nextTry: String

            package init(account: String, accountId: String, failure: String, since: String, nextTry: String)
            {
                (self.account, self.accountId, self.failure) = (account, accountId, failure)
                (self.since, self.nextTry) = (since, nextTry)
            }
        }

        package struct Renamed: Encodable, Sendable {
            /// The label, which stays.
            let account: String
            let accountId: String
            /// Of today.
            let name: String

            package init(account: String, accountId: String, name: String) {
                (self.account, self.accountId, self.name) = (account, accountId, name)
            }
        }

        let shard: String
        let listed: Nullable<String>
        let listAgeSeconds: Nullable<Double>
        /// Why the last listing failed.
        let failure: Nullable<String>
        let read: Int
        let failing: Int
        let waiting: Int
        let otherShards: Int
        let configured: Int
        let excluded: Nullable<Int>
        let inactive: Nullable<Int>
        let failingAccounts: [Failing]
        let renamedAccounts: [Renamed]

        package init(
            shard: String, listed: Nullable<String>, listAgeSeconds: Nullable<Double>,
            failure: Nullable<String>, read: Int, failing: Int, waiting: Int, otherShards: Int,
            configured: Int, excluded: Nullable<Int>, inactive: Nullable<Int>, failingAccounts: [Failing],
            renamedAccounts: [Renamed]
        ) {
            self.shard = shard
            self.listed = listed
            self.listAgeSeconds = listAgeSeconds
            self.failure = failure
            (self.read, self.failing, self.waiting) = (read, failing, waiting)
            (self.otherShards, self.configured) = (otherShards, configured)
            (self.excluded, self.inactive) = (excluded, inactive)
            self.failingAccounts = failingAccounts
            self.renamedAccounts = renamedAccounts
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
    /// Null where the configuration names all accounts.
    package let organization: Nullable<Organization>
    /// Regions that are polled, whichever of them are listed.
    package let regionsTotal: Int
    package let regions: [Region]

    package init(
        version: String, settings: StatusDocument.Settings, ready: Bool, started: String, now: String,
        storagePath: String, storageSizeBytes: Nullable<Int>, billedMetrics: Int,
        estimatedCostDollars: Double, budget: StatusDocument.Budget, regionsTotal: Int,
        organization: StatusDocument.Organization? = nil, regions: [StatusDocument.Region]
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
        self.organization = Nullable(organization)
        self.regionsTotal = regionsTotal
        self.regions = regions
    }
}

extension StatusDocument.Region {
    /// - Parameter snapshot: Nil before the Region's first successful poll.
    package init(
        key: RegionKey, poll: SelfMetrics.Poll, snapshot: RegionSnapshot?,
        callers: SelfMetrics.CallerReading? = nil
    ) {
        self.callers = Nullable(callers.map { StatusDocument.Callers($0) })
        account = key.account
        region = key.region
        up = poll.isUp
        idle = snapshot?.isIdle ?? false
        failure = Nullable(poll.failure)
        basis = StatusDocument.Basis(snapshot?.basis ?? AccountBasis())
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
