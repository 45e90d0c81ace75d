import AWSClient
import QuotaModel

/// What is known of a Region beside its minutes: model IDs with their metrics, profiles, models, quotas.
struct Discovery {
    /// CloudWatch's metric names of each model ID ever seen.
    var names: [String: Set<String>] = [:]
    /// The model IDs that are asked for: those that `ListMetrics` lists, which it does for two weeks after the last data.
    var active: Set<String> = []
    /// Model IDs that got further metrics since they were first read, with the time of the listing that lacked them.
    var grown: [String: Double?] = [:]
    /// What CloudWatch lists without a dimension.
    var accountSeries = AccountSeries(names: [])
    var inventory = Inventory()
    var metrics = RefreshTimer()
    var profiles = RefreshTimer()
    var quotas = RefreshTimer()
    var models = RefreshTimer()
    /// The inventory differs from what the store keeps.
    var isUnsaved = false
    /// Model IDs or the inventory changed since pools were last made out of them.
    var isUnmapped = true

    init() {}

    /// From what the store remembers; all known model IDs count as active until CloudWatch has been asked.
    init(names: [String: Set<String>], inventory: Inventory?) {
        self.names = names
        active = Set(names.keys)
        self.inventory = inventory ?? Inventory()
    }

    /// The model IDs of a listing with their metric names.
    ///
    /// Invariant 1: only series whose dimension set is exactly {ModelId}. The account-wide aggregate has none, and
    /// series with `ServiceTier` or `ContextWindow` beside it carry the same traffic again.
    static func modelIDs(in listing: [ListedMetric]) -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for metric in listing {
            guard let modelID = modelID(of: metric), isPossible(modelID),
                UsageMetric(cloudWatchName: metric.name) != nil
            else { continue }
            names[modelID, default: []].insert(metric.name)
        }
        return names
    }

    /// Model IDs of a listing that Bedrock cannot have, each once: they are left out, and told of.
    static func impossibleModelIDs(in listing: [ListedMetric]) -> [String] {
        var seen: Set<[UInt8]> = []
        return listing.compactMap(modelID(of:)).filter {
            !isPossible($0) && seen.insert(Array($0.utf8)).inserted
        }
    }

    private static func modelID(of metric: ListedMetric) -> String? {
        guard metric.dimensions.count == 1, let dimension = metric.dimensions.first,
            dimension.name == MetricQueries.dimension
        else { return nil }
        return dimension.value
    }

    /// Visible ASCII, as CloudWatch has dimensions and Bedrock has IDs. Others could be equal as Swift compares text and
    /// yet differ, so that two would be counted as one.
    private static func isPossible(_ modelID: String) -> Bool {
        (1...longestModelID).contains(modelID.utf8.count)
            && modelID.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// CloudWatch's own limit on a dimension's value.
    private static let longestModelID = 1024

    /// The names of the account-wide series of a listing. Their values bound what is read; they are never stored.
    static func accountSeries(in listing: [ListedMetric]) -> AccountSeries {
        AccountSeries(names: Set(listing.lazy.filter(\.dimensions.isEmpty).map(\.name)))
    }

    /// Takes metrics that were found to have data before they are listed.
    mutating func add(_ found: [String: Set<String>]) {
        names.merge(found) { $0.union($1) }
    }

    /// Takes a listing over what is known.
    mutating func take(_ listed: [String: Set<String>], previousListing: Double?) {
        for (modelID, found) in listed {
            let known = names[modelID] ?? []
            let new = found.subtracting(known)
            guard !new.isEmpty else { continue }
            names[modelID] = known.union(found)
            isUnmapped = true
            if !known.isEmpty, grown[modelID] == nil { grown[modelID] = .some(previousListing) }
        }
        guard active != Set(listed.keys) else { return }
        active = Set(listed.keys)
        isUnmapped = true
    }
}

/// When a list is fetched again: after its interval, or sooner after a failure, with pauses that double.
struct RefreshTimer: Equatable {
    private static let firstPauseSeconds = 60

    private(set) var lastSuccess: Double?
    private var lastTry: Double?
    private var failures = 0

    func isDue(intervalSeconds: Int, now: Double) -> Bool {
        let pause = failures == 0 ? Int.max : Self.firstPauseSeconds << min(failures - 1, 10)
        return PollPlan.isDue(last: lastTry, intervalSeconds: min(pause, intervalSeconds), now: now)
    }

    mutating func note(succeeded: Bool, now: Double) {
        lastTry = now
        failures = succeeded ? 0 : failures + 1
        if succeeded { lastSuccess = now }
    }
}

extension RegionPoller {
    /// Asks what there is to read, as far as it is due. A list that fails is counted and tried again later; the
    /// poll itself goes on with what is known.
    func discover(_ key: RegionKey, now: Double) async throws {
        let interval = plan.settings.discoveryIntervalSeconds
        let quotaInterval = plan.settings.quotaIntervalSeconds
        if discovery.active.isEmpty || discovery.metrics.isDue(intervalSeconds: interval, now: now) {
            try await discoverMetrics(key, now: now)
        }
        let before = discovery.inventory
        let bedrock = account.bedrock(region)
        await refresh(\.profiles, interval, "inference profiles", key, now) {
            discovery.inventory.profiles = try await bedrock.listInferenceProfiles()
        }
        await refresh(\.quotas, quotaInterval, "quotas", key, now) {
            discovery.inventory.quotas = try await account.serviceQuotas(region).listQuotas()
        }
        await refresh(\.models, quotaInterval, "models", key, now) {
            discovery.inventory.models = try await bedrock.listFoundationModels()
        }
        if discovery.inventory != before { (discovery.isUnsaved, discovery.isUnmapped) = (true, true) }
        if discovery.isUnsaved {
            try await services.store.saveInventory(
                account: key.account, region: key.region, discovery.inventory, at: Int(now))
            discovery.isUnsaved = false
        }
        if discovery.isUnmapped {
            try await remap(key, now: now)
            discovery.isUnmapped = false
        }
    }

    /// Fails only when there is nothing to go on with.
    private func discoverMetrics(_ key: RegionKey, now: Double) async throws {
        do {
            let listing = try await account.cloudWatch(region).listMetrics(
                namespace: MetricQueries.namespace, recentlyActive: false)
            let listed = Discovery.modelIDs(in: listing)
            tell(ofImpossible: Discovery.impossibleModelIDs(in: listing), key)
            try await services.store.rememberSeries(
                account: key.account, region: key.region, listed, at: Int(now))
            discovery.accountSeries = Discovery.accountSeries(in: listing)
            discovery.take(listed, previousListing: discovery.metrics.lastSuccess)
            discovery.metrics.note(succeeded: true, now: now)
        } catch let error as AWSError {
            discovery.metrics.note(succeeded: false, now: now)
            guard !discovery.active.isEmpty else { throw error }
            warn("metrics", key, error)
        }
    }

    private func tell(ofImpossible modelIDs: [String], _ key: RegionKey) {
        guard let example = modelIDs.min() else { return }
        services.metrics.awsFailure(key, operation: "ListMetrics", code: "impossible_model_id")
        services.log.warn(
            "Metrics of model IDs that Bedrock cannot have are left out",
            [
                "account": key.account, "region": key.region, "count": "\(modelIDs.count)",
                "model_id": example,
            ])
    }

    private func refresh(
        _ timer: WritableKeyPath<Discovery, RefreshTimer>, _ intervalSeconds: Int, _ what: String,
        _ key: RegionKey, _ now: Double, _ body: () async throws -> Void
    ) async {
        guard discovery[keyPath: timer].isDue(intervalSeconds: intervalSeconds, now: now) else { return }
        do {
            try await body()
            discovery[keyPath: timer].note(succeeded: true, now: now)
        } catch {
            discovery[keyPath: timer].note(succeeded: false, now: now)
            warn(what, key, error)
        }
    }

    private func warn(_ what: String, _ key: RegionKey, _ error: any Error) {
        // The stop of the exporter cuts calls off; nothing is wrong then.
        guard !Task.isCancelled else { return }
        countUnreadable(error)
        services.log.warn(
            "Listing \(what) failed",
            ["account": key.account, "region": key.region, "error": String(describing: error)])
    }
}
