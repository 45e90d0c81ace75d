import AWSClient
import QuotaModel
import UsageStore

/// Asks AWS what there is to read in a Region: model IDs with their metrics, inference profiles, quotas, models.
///
/// Of one actor, on which all of it runs.
package final class RegionDiscovery {
    /// What is known by now.
    package var known: Discovery
    private let account: AccountSession
    private let key: RegionKey
    private let services: ReadServices
    private var metrics = RefreshTimer()
    private var profiles = RefreshTimer()
    private var quotas = RefreshTimer()
    private var models = RefreshTimer()
    /// The inventory differs from what the store keeps.
    private var isUnsaved = false

    /// - Parameter known: What the store remembers.
    package init(_ account: AccountSession, _ key: RegionKey, known: Discovery, services: ReadServices) {
        self.account = account
        self.key = key
        self.known = known
        self.services = services
    }

    /// Asks as far as it is due. A list that fails is counted and tried again later; it is an error only when there is
    /// nothing to go on with.
    ///
    /// - Returns: CloudWatch's time, where it was asked.
    package nonisolated(nonsending) func refresh(_ plan: PollPlan, now: Double) async throws -> Int? {
        let interval = plan.settings.discoveryInterval.seconds
        var serverTime: Int?
        if known.active.isEmpty || metrics.isDue(intervalSeconds: interval, now: now) {
            serverTime = try await listMetrics(now: now)
        }
        let before = known.inventory
        let quotaInterval = plan.settings.quotaInterval.seconds
        let bedrock = account.bedrock(key.region)
        let serviceQuotas = account.serviceQuotas(key.region)
        if let found = await list(
            "inference profiles", \.profiles, interval, now, bedrock.listInferenceProfiles)
        {
            known.inventory.profiles = found
        }
        if let found = await list(
            "quotas", \.quotas, quotaInterval, now, { try await serviceQuotas.listQuotas() })
        {
            known.inventory.quotas = found
        }
        if let found = await list("models", \.models, quotaInterval, now, bedrock.listFoundationModels) {
            known.inventory.models = found
        }
        if known.inventory != before { (isUnsaved, known.isUnmapped) = (true, true) }
        if isUnsaved {
            try await services.store.saveInventory(
                account: key.account, region: key.region, known.inventory, at: Int(now))
            isUnsaved = false
        }
        return serverTime
    }

    private nonisolated(nonsending) func listMetrics(now: Double) async throws -> Int? {
        do {
            let listing = try await account.cloudWatch(key.region).listMetrics(
                namespace: MetricQueries.namespace, recentlyActive: false)
            let listed = Discovery.modelIDs(in: listing.metrics)
            tell(ofImpossible: Discovery.impossibleModelIDs(in: listing.metrics))
            try await services.store.rememberSeries(
                account: key.account, region: key.region, listed, at: Int(now))
            known.accountSeries = Discovery.accountSeries(in: listing.metrics)
            known.take(listed, previousListing: metrics.lastSuccess)
            metrics.note(succeeded: true, now: now)
            return listing.serverTime
        } catch let error as AWSError {
            metrics.note(succeeded: false, now: now)
            guard !known.active.isEmpty else { throw error }
            warn("metrics", error)
            return nil
        }
    }

    /// What a list holds; nil while it is not due, and when it cannot be read.
    private nonisolated(nonsending) func list<Item: Sendable>(
        _ what: String, _ timer: ReferenceWritableKeyPath<RegionDiscovery, RefreshTimer>,
        _ intervalSeconds: Int, _ now: Double, _ ask: @Sendable () async throws -> [Item]
    ) async -> [Item]? {
        guard self[keyPath: timer].isDue(intervalSeconds: intervalSeconds, now: now) else { return nil }
        do {
            let found = try await ask()
            self[keyPath: timer].note(succeeded: true, now: now)
            return found
        } catch {
            self[keyPath: timer].note(succeeded: false, now: now)
            warn(what, error)
            return nil
        }
    }

    private func tell(ofImpossible modelIDs: [String]) {
        guard let example = modelIDs.min() else { return }
        services.metrics.awsFailure(key, operation: "ListMetrics", code: "impossible_model_id")
        services.log.warn(
            "Metrics of model IDs that Bedrock cannot have are left out",
            [
                "account": key.account, "region": key.region, "count": "\(modelIDs.count)",
                "model_id": example,
            ])
    }

    private func warn(_ what: String, _ error: any Error) {
        // The stop of the exporter cuts calls off; nothing is wrong then.
        guard !Task.isCancelled else { return }
        services.metrics.unreadable(error, of: key)
        services.log.warn(
            "Listing \(what) failed",
            ["account": key.account, "region": key.region, "error": String(describing: error)])
    }
}

extension SelfMetrics {
    /// The transport counts answers by their status; that a good one cannot be read is found out later.
    package func unreadable(_ error: any Error, of key: RegionKey) {
        guard let error = error as? AWSError, error.kind == .malformedAnswer else { return }
        awsFailure(key, operation: error.operation, code: error.failureCode)
    }
}

/// When a list is fetched again: after its interval, or sooner after a failure, with pauses that double.
package struct RefreshTimer: Equatable {
    private static let firstPauseSeconds = 60

    package private(set) var lastSuccess: Double?
    private var lastTry: Double?
    private var failures = 0

    package func isDue(intervalSeconds: Int, now: Double) -> Bool {
        let pause = failures == 0 ? Int.max : Self.firstPauseSeconds << min(failures - 1, 10)
        return PollPlan.isDue(last: lastTry, intervalSeconds: min(pause, intervalSeconds), now: now)
    }

    package mutating func note(succeeded: Bool, now: Double) {
        lastTry = now
        failures = succeeded ? 0 : failures + 1
        if succeeded { lastSuccess = now }
    }
}
