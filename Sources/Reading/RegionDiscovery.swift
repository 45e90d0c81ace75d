import AWSClient
import QuotaModel
import System
import UsageStore

/// Asks AWS what there is to read in a Region: model IDs with their metrics, inference profiles, quotas, models.
///
/// A Region without traffic is *idle*: CloudWatch's list of metrics is read, which is free, and nothing else. It is read
/// again after pauses that double from a minute up to `polling.discovery_interval`, so that the first traffic of an account
/// is seen no later than a new model ID of a busy one: within that interval and the 15 minutes that CloudWatch takes to list
/// a metric. Its minutes are caught up with then.
///
/// Of one actor, on which all of it runs.
package final class RegionDiscovery {
    /// What the store has of the last day keeps a Region from being idle, whatever CloudWatch lists.
    private static let recentSeconds = 86_400.0

    /// What is known by now.
    package var known: Discovery
    package let batchJobs: BatchJobsReader
    private let account: AccountSession
    private let key: RegionKey
    private let services: ReadServices
    private var metrics = RefreshTimer()
    /// Of listings without a model ID.
    private var emptyListings = RefreshTimer()
    private var profiles = RefreshTimer()
    private var quotas: RefreshTimer
    /// Below 1, another one for each Region: lists that were first read together are soon read at other times.
    private let spread: Double
    private var models = RefreshTimer()
    private var deployments = RefreshTimer()
    private var shared = RefreshTimer()
    /// Why quotas could not be listed.
    private var quotaProblem: String?
    /// Optional lists that AWS has refused: told once, and asked for again at their usual time.
    private var refused: Set<String> = []
    /// Of models, what AWS says of their lifecycle and cannot be read: told once.
    private var toldUnread: Set<String> = []
    /// The inventory differs from what the store keeps.
    private var isUnsaved = false

    /// - Parameters:
    ///   - known: What the store remembers.
    ///   - quotasListed: When the quotas in it were listed, Unix seconds.
    package init(
        _ account: AccountSession, _ key: RegionKey, known: Discovery, quotasListed: Int? = nil,
        services: ReadServices
    ) {
        self.account = account
        self.key = key
        self.known = known
        self.services = services
        quotas = RefreshTimer(
            lastSuccess: known.inventory.quotas.isEmpty ? nil : quotasListed.map(Double.init))
        spread = 1 - FNV1a.fraction("quotas/\(key.account)/\(key.region)") / 4
        batchJobs = BatchJobsReader(account, key, services: services)
    }

    /// Asks as far as it is due. A list that fails is counted and tried again later; it is an error only when there is
    /// nothing to go on with.
    ///
    /// - Parameter newestDatapoint: The newest minute with data that the store has.
    /// - Returns: CloudWatch's time, where it was asked.
    package nonisolated(nonsending) func refresh(
        _ plan: PollPlan, newestDatapoint: Minute?, now: Double
    ) async throws -> Int? {
        let interval = plan.settings.discoveryInterval.seconds
        let dataAge = newestDatapoint.map { now - Double($0.epochSeconds) }
        var serverTime: Int?
        if isListingDue(interval, now: now) {
            serverTime = try await listMetrics(
                hasRecentData: dataAge.map { $0 < Self.recentSeconds } ?? false, now: now)
        }
        guard !known.isIdle else { return serverTime }
        let before = known.inventory
        let hasListedQuotas =
            account.hasAccess ? await listOwn(plan, dataAge: dataAge, now: now) : false
        await listShared(plan, now: now)
        if known.inventory != before { (isUnsaved, known.isUnmapped) = (true, true) }
        try await save(hasListedQuotas: hasListedQuotas, now: now)
        return serverTime
    }

    /// What the account itself is asked for.
    ///
    /// - Returns: Whether quotas were listed.
    private nonisolated(nonsending) func listOwn(
        _ plan: PollPlan, dataAge: Double?, now: Double
    ) async -> Bool {
        let interval = plan.settings.discoveryInterval.seconds
        let bedrock = account.bedrock(key.region)
        if let found = await list(
            "inference profiles", \.profiles, interval, now, bedrock.listInferenceProfiles)
        {
            known.inventory.take(profiles: found)
        }
        let hasListedQuotas = await listQuotas(plan, dataAge: dataAge, now: now)
        let quotaInterval = plan.settings.quotaInterval.seconds
        if let found = await list("models", \.models, quotaInterval, now, bedrock.listFoundationModels) {
            known.inventory.models = found
            tell(ofUnread: found)
        }
        if let found = await listDeployments(bedrock, interval, now) { known.inventory.deployments = found }
        await batchJobs.refresh(plan, now: now)
        return hasListedQuotas
    }

    /// Where a linked account cannot be asked itself, what AWS says of every account stands in for what is not known of
    /// it.
    private nonisolated(nonsending) func listShared(_ plan: PollPlan, now: Double) async {
        guard let shared = account.sharedLists(key.region) else { return }
        let isAsked = account.hasAccess
        guard !isAsked || quotas.isFailing || models.isFailing || profiles.isFailing else { return }
        let interval = plan.settings.quotaInterval.seconds
        let found = await list(
            "quotas and models through the monitoring account", \.shared, interval, now
        ) {
            [try await shared.lists(maximumAge: interval / 2, now: now)]
        }
        guard var lists = found?.first else { return }
        if isAsked {
            // What can be read of the account itself stays.
            if !quotas.isFailing { lists.quotas = known.inventory.quotas }
            if !models.isFailing { lists.models = known.inventory.models }
            if !profiles.isFailing || !known.inventory.profiles.isEmpty {
                lists.profiles = known.inventory.profiles
            }
        }
        known.inventory.take(shared: lists)
    }

    /// What the Region's figures rest on.
    package var basis: AccountBasis {
        AccountBasis(
            account.monitoring, known.inventory, roleProblem: quotas.isFailing ? quotaProblem : nil)
    }

    private nonisolated(nonsending) func save(hasListedQuotas: Bool, now: Double) async throws {
        if isUnsaved {
            try await services.store.saveInventory(
                account: key.account, region: key.region, known.inventory, at: Int(now),
                quotasAt: Int(quotas.lastSuccess ?? now))
            isUnsaved = false
        } else if hasListedQuotas {
            try await services.store.noteQuotaListing(account: key.account, region: key.region, at: Int(now))
        }
    }

    private func isListingDue(_ intervalSeconds: Int, now: Double) -> Bool {
        guard known.active.isEmpty, metrics.lastSuccess != nil else {
            return known.active.isEmpty || metrics.isDue(intervalSeconds: intervalSeconds, now: now)
        }
        return emptyListings.isDue(intervalSeconds: intervalSeconds, now: now)
    }

    /// Lists quotas when that is due and not too many Regions do; else a later poll does.
    ///
    /// - Parameter dataAge: How old the newest data is: Regions with traffic come first.
    /// - Returns: Whether they were listed.
    private nonisolated(nonsending) func listQuotas(
        _ plan: PollPlan, dataAge: Double?, now: Double
    ) async -> Bool {
        let interval = Int(Double(plan.settings.quotaInterval.seconds) * spread)
        guard quotas.isDue(intervalSeconds: interval, now: now),
            services.quotaListings.begin(hasTraffic: dataAge.map { $0 < QuotaListings.busySeconds } ?? false)
        else { return false }
        defer { services.quotaListings.end() }
        let serviceQuotas = account.serviceQuotas(key.region)
        let found = await list("quotas", \.quotas, interval, now) { try await serviceQuotas.listQuotas() }
        guard let found else { return false }
        known.inventory.quotas = found
        return true
    }

    /// Takes the tags of a profile over what is known; the next refresh stores them.
    func take(_ tags: [String: String], ofProfile id: String) {
        guard let place = known.inventory.profiles.firstIndex(where: { $0.id == id }),
            known.inventory.profiles[place].tags != tags
        else { return }
        known.inventory.profiles[place].tags = tags
        (isUnsaved, known.isUnmapped) = (true, true)
    }

    private nonisolated(nonsending) func listMetrics(hasRecentData: Bool, now: Double) async throws -> Int? {
        do {
            let listing = try await listing(of: UsageSource.runtime.namespace)
            var listed = Discovery.series(in: listing.metrics)
            var isEmpty = listing.metrics.isEmpty
            for namespace in UsageSource.namespaces.dropFirst() {
                let further = await furtherMetrics(of: namespace)
                isEmpty = isEmpty && further?.isEmpty == true
                listed.merge(
                    further.map { Discovery.series(in: $0, of: namespace) } ?? knownSeries(of: namespace)
                ) { $1 }
            }
            if isEmpty, hasRecentData, let monitoring = account.monitoring {
                throw LostLink(monitoringAccount: monitoring.name)
            }
            if isEmpty, !hasRecentData { isEmpty = await hasNoBatchMetrics() }
            try await services.store.rememberSeries(
                account: key.account, region: key.region, listed, at: Int(now))
            known.accountSeries = Discovery.accountSeries(in: listing.metrics)
            known.take(listed, previousListing: metrics.lastSuccess)
            known.isIdle = isEmpty && !hasRecentData
            metrics.note(succeeded: true, now: now)
            emptyListings.note(succeeded: !known.active.isEmpty, now: now)
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

    /// The metrics of another endpoint's namespace; nil where it cannot be listed.
    private nonisolated(nonsending) func furtherMetrics(of namespace: String) async -> [ListedMetric]? {
        do {
            return try await listing(of: namespace).metrics
        } catch {
            warn("metrics of \(namespace)", error)
            return nil
        }
    }

    private func knownSeries(of namespace: String) -> [String: Set<String>] {
        known.names.filter {
            known.active.contains($0.key) && SeriesName($0.key).source.namespace == namespace
        }
    }

    /// Batch jobs have no series that is read, and quotas all the same.
    private nonisolated(nonsending) func hasNoBatchMetrics() async -> Bool {
        do {
            return try await account.cloudWatch(key.region).firstMetrics(
                namespace: UsageSource.batchNamespace
            ).isEmpty
        } catch {
            warn("metrics of \(UsageSource.batchNamespace)", error)
            return false
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
            if timer == \.quotas { quotaProblem = String(describing: error) }
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
