import AWSClient
import QuotaModel

/// What is known of a Region beside its minutes: model IDs with their metrics, profiles, models, quotas.
struct Discovery {
    /// CloudWatch's metric names of each model ID ever seen.
    var names: [String: Set<String>] = [:]
    /// The model IDs that are asked for: those that `ListMetrics` lists, which it does for two weeks after the last data.
    var active: Set<String> = []
    var inventory = Inventory()
    var lastMetrics: Double?
    var lastProfiles: Double?
    var lastQuotas: Double?

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
            guard metric.dimensions.count == 1, let dimension = metric.dimensions.first,
                dimension.name == MetricQueries.dimension, !dimension.value.isEmpty,
                UsageMetric(cloudWatchName: metric.name) != nil
            else { continue }
            names[dimension.value, default: []].insert(metric.name)
        }
        return names
    }
}

extension RegionPoller {
    /// Asks what there is to read, as far as it is due. A list that fails is counted and tried again at the next
    /// poll; the poll itself goes on with what is known.
    func discover(_ key: RegionKey, now: Double) async throws {
        let settings = services.plan.settings
        let inventory = discovery.inventory
        let known = (discovery.names, discovery.active)
        if PollPlan.isDue(
            last: discovery.lastMetrics, intervalSeconds: settings.discoveryIntervalSeconds, now: now)
        {
            try await discoverMetrics(key, now: now)
        }
        if PollPlan.isDue(
            last: discovery.lastProfiles, intervalSeconds: settings.discoveryIntervalSeconds, now: now)
        {
            await attempt("inference profiles", key) {
                discovery.inventory.profiles = try await account.bedrock(region).listInferenceProfiles()
                discovery.lastProfiles = now
            }
        }
        if PollPlan.isDue(
            last: discovery.lastQuotas, intervalSeconds: settings.quotaIntervalSeconds, now: now)
        {
            await attempt("quotas", key) {
                discovery.inventory.quotas = try await account.serviceQuotas(region).listQuotas()
                discovery.inventory.models = try await account.bedrock(region).listFoundationModels()
                discovery.lastQuotas = now
            }
        }
        let inventoryChanged = discovery.inventory != inventory
        if inventoryChanged {
            try await services.store.saveInventory(
                account: key.account, region: key.region, discovery.inventory, at: Int(now))
        }
        if inventoryChanged || discovery.names != known.0 || discovery.active != known.1 {
            try await remap(key, now: now)
        }
    }

    /// Fails only when there is nothing to go on with.
    private func discoverMetrics(_ key: RegionKey, now: Double) async throws {
        do {
            let listing = try await account.cloudWatch(region).listMetrics(
                namespace: MetricQueries.namespace, recentlyActive: false)
            let listed = Discovery.modelIDs(in: listing)
            try await services.store.rememberSeries(
                account: key.account, region: key.region, listed, at: Int(now))
            discovery.names.merge(listed) { $0.union($1) }
            discovery.active = Set(listed.keys)
            discovery.lastMetrics = now
        } catch let error as AWSError where !discovery.active.isEmpty {
            warn("metrics", key, error)
        }
    }

    private func attempt(_ what: String, _ key: RegionKey, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            warn(what, key, error)
        }
    }

    private func warn(_ what: String, _ key: RegionKey, _ error: any Error) {
        countUnreadable(error)
        services.log.warn(
            "Listing \(what) failed",
            ["account": key.account, "region": key.region, "error": String(describing: error)])
    }
}
