import AWSClient
import QuotaModel
import UsageStore

/// Asks AWS what there is to read in a Region: model IDs with their metrics, inference profiles, quotas, models.
///
/// Of one actor, on which all of it runs.
package final class RegionDiscovery {
    /// What is known by now.
    package var known: Discovery
    package let batchJobs: BatchJobsReader
    private let account: AccountSession
    private let key: RegionKey
    private let services: ReadServices
    private var metrics = RefreshTimer()
    private var profiles = RefreshTimer()
    private var quotas = RefreshTimer()
    private var models = RefreshTimer()
    private var deployments = RefreshTimer()
    /// Optional lists that AWS has refused: told once, and asked for again at their usual time.
    private var refused: Set<String> = []
    /// Of models, what AWS says of their lifecycle and cannot be read: told once.
    private var toldUnread: Set<String> = []
    /// The inventory differs from what the store keeps.
    private var isUnsaved = false

    /// - Parameter known: What the store remembers.
    package init(_ account: AccountSession, _ key: RegionKey, known: Discovery, services: ReadServices) {
        self.account = account
        self.key = key
        self.known = known
        self.services = services
        batchJobs = BatchJobsReader(account, key, services: services)
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
            known.inventory.take(profiles: found)
        }
        if let found = await list(
            "quotas", \.quotas, quotaInterval, now, { try await serviceQuotas.listQuotas() })
        {
            known.inventory.quotas = found
        }
        if let found = await list("models", \.models, quotaInterval, now, bedrock.listFoundationModels) {
            known.inventory.models = found
            tell(ofUnread: found)
        }
        if let found = await listDeployments(bedrock, interval, now) { known.inventory.deployments = found }
        await batchJobs.refresh(plan, now: now)
        if known.inventory != before { (isUnsaved, known.isUnmapped) = (true, true) }
        if isUnsaved {
            try await services.store.saveInventory(
                account: key.account, region: key.region, known.inventory, at: Int(now))
            isUnsaved = false
        }
        return serverTime
    }

    /// Takes the tags of a profile over what is known; the next refresh stores them.
    func take(_ tags: [String: String], ofProfile id: String) {
        guard let place = known.inventory.profiles.firstIndex(where: { $0.id == id }),
            known.inventory.profiles[place].tags != tags
        else { return }
        known.inventory.profiles[place].tags = tags
        (isUnsaved, known.isUnmapped) = (true, true)
    }

    private nonisolated(nonsending) func listMetrics(now: Double) async throws -> Int? {
        do {
            let listing = try await listing(of: UsageSource.runtime.namespace)
            var listed = Discovery.series(in: listing.metrics)
            for namespace in UsageSource.namespaces.dropFirst() {
                listed.merge(await furtherSeries(of: namespace)) { $1 }
            }
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

    private nonisolated(nonsending) func listing(of namespace: String) async throws -> MetricListing {
        let listing = try await account.cloudWatch(key.region).listMetrics(
            namespace: namespace, recentlyActive: false)
        tell(ofImpossible: Discovery.impossibleModelIDs(in: listing.metrics, of: namespace))
        return listing
    }

    /// The series of another endpoint's namespace; those that are known where it cannot be listed.
    private nonisolated(nonsending) func furtherSeries(of namespace: String) async -> [String: Set<String>] {
        do {
            return Discovery.series(in: try await listing(of: namespace).metrics, of: namespace)
        } catch {
            warn("metrics of \(namespace)", error)
            return known.names.filter {
                known.active.contains($0.key) && SeriesName($0.key).source.namespace == namespace
            }
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

    /// The custom model deployments, where some have traffic; nil while they are not due, and when they cannot be read.
    private nonisolated(nonsending) func listDeployments(
        _ bedrock: BedrockClient, _ intervalSeconds: Int, _ now: Double
    ) async -> [CustomModelDeployment]? {
        guard known.active.contains(where: ModelID.isCustomModelDeployment),
            deployments.isDue(intervalSeconds: intervalSeconds, now: now)
        else { return nil }
        let bases = await optional("custom models") { try await bedrock.listCustomModelBases() }
        let what = "custom model deployments"
        let found = await optional(what) {
            try await bedrock.listCustomModelDeployments(bases: bases ?? [:])
        }
        deployments.note(succeeded: found != nil || refused.contains(what), now: now)
        return found
    }

    /// What an optional list holds; nil when it cannot be read. That it is refused is told once.
    private nonisolated(nonsending) func optional<List: Sendable>(
        _ what: String, _ ask: @Sendable () async throws -> List
    ) async -> List? {
        do {
            let found = try await ask()
            refused.remove(what)
            return found
        } catch {
            let isRefusal = (error as? AWSError)?.kind == .accessDenied
            if !isRefusal || refused.insert(what).inserted { warn(what, error) }
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

    private func tell(ofUnread models: [FoundationModel]) {
        let unread = Set(
            models.flatMap { model in (model.lifecycle?.unread ?? []).map { "\(model.modelID): \($0)" } })
        let new = unread.subtracting(toldUnread)
        // What is gone is forgotten, so that this holds no more than AWS lists.
        toldUnread = unread
        guard let example = new.min() else { return }
        services.log.warn(
            "What AWS says of the lifecycle of models cannot be read and is not known",
            ["account": key.account, "region": key.region, "count": "\(new.count)", "first": example])
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
