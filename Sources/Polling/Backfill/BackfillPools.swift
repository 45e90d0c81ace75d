import QuotaModel
import Reading
import UsageStore

/// Finds out which pool each model ID draws on and which quotas it has, for a store that no daemon has worked on.
struct BackfillPools: Sendable {
    let account: AccountSession
    let settings: QuotaSettings
    let key: RegionKey

    /// Reads AWS's lists, none of which is billed, and leaves in the store what a daemon would.
    ///
    /// - Returns: Why lists could not be read; what was known of those before goes on counting.
    func record(_ modelIDs: some Collection<String> & Sendable, in store: UsageStore, at time: Int)
        async throws
        -> [String]
    {
        var inventory =
            try await store.inventory(account: key.account, region: key.region)?.inventory ?? Inventory()
        let before = inventory
        var problems: [String] = []
        let bedrock = account.bedrock(key.region)
        func read(_ what: String, _ body: () async throws -> Void) async throws {
            do {
                try await body()
            } catch {
                if Task.isCancelled { throw CancellationError() }
                problems.append("\(key.account) \(key.region): listing \(what) failed: \(error)")
            }
        }
        if account.hasAccess {
            try await read("inference profiles") {
                inventory.take(profiles: try await bedrock.listInferenceProfiles())
            }
            try await read("quotas") {
                inventory.quotas = try await account.serviceQuotas(key.region).listQuotas()
            }
            try await read("models") { inventory.models = try await bedrock.listFoundationModels() }
        } else {
            try await read("quotas and models through the monitoring account") {
                inventory.take(shared: try await account.sharedInventory(key.region, now: Double(time)))
            }
        }
        if inventory != before {
            try await store.saveInventory(account: key.account, region: key.region, inventory, at: time)
        }
        try await map(modelIDs, by: inventory, in: store, at: time)
        return problems
    }

    private func map(
        _ modelIDs: some Collection<String> & Sendable, by inventory: Inventory, in store: UsageStore,
        at time: Int
    ) async throws {
        // Without lists nothing maps, and what was mapped before would be lost.
        guard inventory != Inventory() else { return }
        let catalog = QuotaCatalog(
            inventory: inventory, overrides: settings.limits, account: key.account, region: key.region)
        var usage = RegionUsage(key: key)
        _ = usage.map(
            modelIDs: Array(modelIDs), active: Set(modelIDs), catalog: catalog, rates: settings.rates)
        let rates = try await store.burndownRates(account: key.account, region: key.region)
        _ = usage.measure(Self.measured(rates, key))
        try await store.recordAssignments(
            account: key.account, region: key.region, usage.poolAssignments, names: usage.profileNames)
        try await store.recordRates(account: key.account, region: key.region, usage.poolRates, at: time)
        guard !inventory.quotas.isEmpty || !settings.limits.isEmpty else { return }
        try await store.recordQuotas(account: key.account, region: key.region, usage.poolQuotas, at: time)
    }

    /// What minutes showed before, of a store's rates.
    static func measured(
        _ rates: [ScopedModel: BurndownRate], _ key: RegionKey
    ) -> [QuotaPool: BurndownRate] {
        let measured = rates.filter { $0.value.source == .measured }.map { pool, rate in
            (
                QuotaPool(account: key.account, region: key.region, scope: pool.scope, model: pool.model),
                rate
            )
        }
        return Dictionary(uniqueKeysWithValues: measured)
    }
}
