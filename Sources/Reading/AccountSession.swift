import AWSClient
import QuotaModel
import Synchronization
import System

/// One configured account: its credentials, its AWS clients and its name.
package final class AccountSession: Sendable {
    /// The configuration's name; nil for an account that is labelled by its ID.
    package let configuredName: String?
    package let regions: [String]
    /// False where neither the configuration nor the environment names a Region, so that the usual ones are watched.
    package let namesRegions: Bool
    /// Tags of application inference profiles that are shown as labels.
    package let profileTags: [ProfileTag]
    /// Whether and how it is read who used the quotas; nil for not at all.
    package let callers: CallerSettings?
    /// Through whom its metrics are read; nil where that is with its own credentials.
    package let monitoring: Monitoring?
    /// Of a monitoring account, by Region.
    private let crossAccount = Mutex<[String: (calls: CrossAccountCalls, lists: SharedLists)]>([:])
    private let caller: AWSCaller
    private let requests: RequestCounter
    private let identity = Mutex<Task<String, any Error>?>(nil)
    private let credentialFailures = Mutex(RepeatedFailures())

    package init(
        configuredName: String?, regions: [String], namesRegions: Bool = true,
        profileTags: [ProfileTag] = [],
        callers: CallerSettings? = nil, monitoring: Monitoring? = nil, caller: AWSCaller,
        requests: RequestCounter
    ) {
        self.monitoring = monitoring
        self.configuredName = configuredName
        self.regions = regions
        self.namesRegions = namesRegions
        self.profileTags = profileTags
        self.callers = callers.flatMap { $0.isEnabled ? $0 : nil }
        self.caller = caller
        self.requests = requests
    }

    /// The label of what is counted before the account's identity is known.
    package static let unknownName = "unknown"

    package func cloudWatch(_ region: String) -> CloudWatchClient {
        guard let monitoring else { return CloudWatchClient(caller: caller, region: region) }
        let session = monitoring.session
        return CloudWatchClient(
            caller: session.caller, region: region,
            linked: LinkedAccount(
                accountID: monitoring.accountID, calls: session.crossAccount(region).calls))
    }

    /// Whether anything but metrics can be asked with credentials of the account itself.
    package var hasAccess: Bool { monitoring?.hasRole ?? true }

    /// What stands in for lists of the account itself; nil for an account that is not linked.
    func sharedLists(_ region: String) -> SharedLists? {
        monitoring?.session.crossAccount(region).lists
    }

    /// What AWS says of every account, asked through the monitoring account of this one; nothing for one without.
    package func sharedInventory(_ region: String, now: Double) async throws -> Inventory {
        try await sharedLists(region)?.lists(maximumAge: 0, now: now) ?? Inventory()
    }

    private func crossAccount(_ region: String) -> (calls: CrossAccountCalls, lists: SharedLists) {
        crossAccount.withLock { known in
            if let made = known[region] { return made }
            let made = (
                calls: CrossAccountCalls(caller: caller, region: region),
                lists: SharedLists(serviceQuotas(region), bedrock(region))
            )
            known[region] = made
            return made
        }
    }

    package func oam(_ region: String) -> OAMClient { OAMClient(caller: caller, region: region) }
    package func serviceQuotas(_ region: String) -> ServiceQuotasClient {
        ServiceQuotasClient(caller: caller, region: region)
    }
    package func bedrock(_ region: String) -> BedrockClient { BedrockClient(caller: caller, region: region) }
    package func logs(_ region: String) -> LogsClient { LogsClient(caller: caller, region: region) }
    func organizations(_ region: String) -> OrganizationsClient {
        OrganizationsClient(caller: caller, region: region)
    }
    package func sts(_ region: String) -> STSClient { STSClient(caller: caller, region: region) }

    /// True when it is to be told why there are no credentials: all Regions of the account fail of it alike.
    package func isNews(missingCredentials reason: String, now: Double) -> Bool {
        credentialFailures.withLock { $0.failed("credentials", reason, now: now) }
    }

    /// Notes that a Region was polled, so that the next want of credentials is news.
    package func credentialsWork() {
        credentialFailures.withLock { _ = $0.worked("credentials") }
    }

    /// The label `account`: the configured name, or the account ID, which STS is asked for once.
    ///
    /// - Parameter region: Whose STS endpoint to ask; all answer the same.
    package func label(region: String) async throws -> String {
        if let configuredName { return configuredName }
        let account = try await accountID(region: region)
        requests.use(account: account)
        return account
    }

    /// The 12-digit ID of the account that the credentials are of, which STS is asked for until it has answered once.
    ///
    /// - Parameter region: Whose STS endpoint to ask; all answer the same.
    package func accountID(region: String) async throws -> String {
        if let monitoring { return monitoring.accountID }
        let task = identity.withLock { current in
            if let current { return current }
            let sts = sts(region)
            let started = Task<String, any Error> { try await sts.getCallerIdentity().accountID }
            current = started
            return started
        }
        do {
            // Waiting for another task's value does not end by cancellation on its own; a fleet is cancelled whole.
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            // A failure is never remembered: the next poll of any Region asks again.
            identity.withLock { current in
                if current == task { current = nil }
            }
            throw error
        }
    }
}

/// Counts every exchange with AWS under the account's label of the moment.
package final class RequestCounter: AWSCallObserver {
    private let metrics: SelfMetrics
    private let meter: SpendingMeter
    private let account: Mutex<String>

    package init(account: String, metrics: SelfMetrics, meter: SpendingMeter = SpendingMeter()) {
        self.account = Mutex(account)
        self.metrics = metrics
        self.meter = meter
    }

    package func use(account: String) {
        self.account.withLock { $0 = account }
    }

    package func affords(_ request: AWSRequest) -> Bool { meter.reserve(request.billedMetrics) }

    package func leftOut(_ count: Int, of request: AWSRequest, code: String) {
        let region = RegionKey(account: account.withLock { $0 }, region: request.region)
        for _ in 0..<count { metrics.awsFailure(region, operation: request.operation, code: code) }
    }

    package func record(_ attempt: AWSCallAttempt) {
        let region = RegionKey(account: account.withLock { $0 }, region: attempt.region)
        if attempt.askedMetrics > 0 {
            meter.settle(reserved: attempt.askedMetrics, billed: attempt.billedMetrics, for: region)
        }
        metrics.awsRequest(region, operation: attempt.operation, billedMetrics: attempt.billedMetrics)
        if let code = attempt.failureCode {
            metrics.awsFailure(region, operation: attempt.operation, code: code)
        }
    }
}
