/// Which quota belongs to which pool, and which pool a model ID draws on, in one account and Region.
///
/// AWS documents neither join. A quota finds its model by a code whose model is known, or by a name that exactly
/// one model has; everything else is reported in `unmatched`, never guessed.
package struct QuotaCatalog: Sendable {
    /// The listed quotas that belong to no pool, by code.
    package let unmatched: [UnmatchedQuota]
    let availability: ModelAvailability
    let ownRegion: String?
    private let listed: [ScopedModel: [QuotaKind: Quota]]
    private let overrides: [QuotaOverride]
    private let doubtful: Set<ScopedModel>

    /// Joins what one account's Region lists; of overrides that match, the first that has a kind gives its limit.
    ///
    /// A model ID of `observed` whose model AWS does not list yet takes part with the name that its form gives it.
    /// Without an account or Region every override counts as applying, and an application profile with one model ARN
    /// as on-demand whatever Region the ARN names.
    package init(
        inventory: Inventory, observed: some Sequence<String> = EmptyCollection(),
        overrides: [QuotaOverride] = [],
        account: String? = nil, region: String? = nil
    ) {
        var join = QuotaJoin(inventory: inventory, observed: observed)
        join.run(inventory.quotas)
        unmatched = join.unmatched.sorted { $0.quota.code < $1.quota.code }
        availability = join.availability
        ownRegion = region
        listed = join.quotas
        doubtful = join.doubtful
        self.overrides = overrides.filter { $0.applies(account: account, region: region) }
    }

    /// The quotas of a pool, by kind; empty when there are none.
    package func quotas(scope: InferenceScope, model: String) -> [Quota] {
        let pool = ScopedModel(scope: scope, model: model)
        let fromAWS = listed[pool] ?? [:]
        return scope.quotaKinds.sorted().compactMap { kind in
            let typed = overrides.lazy.filter { $0.matches(pool) }.compactMap { $0.limits[kind] }.first
            guard let typed else { return fromAWS[kind] }
            return Quota(
                kind: kind, limit: typed, source: .override, code: fromAWS[kind]?.code,
                match: fromAWS[kind]?.match)
        }
    }

    /// Every pool that has a quota, listed by AWS or typed in; ascending.
    package var pools: [ScopedModel] {
        var pools = Set(listed.keys)
        for override in overrides where override.model.isExact {
            let model = override.model.text
            let scopes = override.scope.map { [$0] } ?? availability.scopes(of: model)
            pools.formUnion(scopes.map { ScopedModel(scope: $0, model: model) })
        }
        return pools.filter { !quotas(scope: $0.scope, model: $0.model).isEmpty }.sorted()
    }

    /// Whether quotas were listed that may be this pool's, but do not say so beyond doubt.
    func isDoubtful(_ pool: ScopedModel) -> Bool { doubtful.contains(pool) }
}
