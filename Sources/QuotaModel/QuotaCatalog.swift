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

extension QuotaCatalog {
    /// The pool that a value of CloudWatch's `ModelId` dimension draws on.
    package func assignment(of modelID: String) -> ModelAssignment { resolution(of: modelID).assignment }

    /// The pool of a model ID, with a sentence that says why where it has none.
    package func resolution(of modelID: String) -> ModelResolution {
        if let profile = listedProfile(modelID) { return resolution(of: profile, as: modelID) }
        switch ModelID(modelID) {
        case .baseModel(let model), .foundationModelARN(let model):
            if availability.isProvisionedOnly(model) {
                return notOnDemand(modelID, kind: "model for provisioned throughput")
            }
            if availability.hasUnknownPrefix(model) { return unlistedProfile(modelID, id: model) }
            return resolution(modelID, in: ScopedModel(scope: .onDemand, model: model))
        case .geographicProfile(_, let model):
            return resolution(modelID, in: ScopedModel(scope: .crossRegion, model: model))
        case .globalProfile(let model):
            return resolution(modelID, in: ScopedModel(scope: .global, model: model))
        case .applicationProfile(let id):
            return unlistedProfile(modelID, id: id)
        case .notOnDemand(let kind):
            return notOnDemand(modelID, kind: kind)
        case .unknown:
            return unmapped(modelID, .unknownModelID, "\"\(modelID)\" is not a known form of model ID.")
        }
    }

    /// The listed profile that a model ID names, by its ID or by an ARN that ends in it.
    package func listedProfile(_ modelID: String) -> InferenceProfile? {
        if let profile = availability.profile(modelID) { return profile }
        guard let arn = BedrockARN(modelID), arn.service == "bedrock",
            arn.kind == "inference-profile" || arn.kind == "application-inference-profile"
        else { return nil }
        return availability.profile(String(arn.id))
    }

    /// An application profile does not name its source, but the ARNs of its models tell the route.
    private func resolution(of profile: InferenceProfile, as modelID: String) -> ModelResolution {
        if profile.kind == .systemDefined {
            guard let route = SystemProfile(profile) else {
                return unmapped(
                    modelID, .unknownProfile,
                    "The inference profile \(profile.id) routes to other models than its ID says.")
            }
            return resolution(modelID, in: ScopedModel(scope: route.scope, model: route.model))
        }
        let arns = profile.modelARNs.map { BedrockARN($0) }
        let models = Set(arns.map { $0?.foundationModel })
        guard models.count == 1, case .some(.some(let model)) = models.first else {
            return unmapped(
                modelID, .unknownProfile,
                "The inference profile \(profile.id) does not route to exactly one foundation model.")
        }
        guard
            let scope = scope(ofRegions: Set(arns.compactMap { $0?.region }), profile: profile, model: model)
        else {
            return unmapped(
                modelID, .unknownProfile,
                "The inference profile \(profile.id) routes to one Region in a way that tells on-demand and "
                    + "cross-Region inference not apart.")
        }
        return resolution(modelID, in: ScopedModel(scope: scope, model: model))
    }

    private func scope(ofRegions regions: Set<Substring>, profile: InferenceProfile, model: String)
        -> InferenceScope?
    {
        if regions.contains("") { return .global }
        if regions.count > 1 { return .crossRegion }
        // A geographic profile may reach a single Region, and then its copy looks like an on-demand one.
        if availability.hasGeographicProfile(reaching: Set(profile.modelARNs)) {
            return availability.supportsOnDemand(model) ? nil : .crossRegion
        }
        guard let region = regions.first else { return nil }
        return ownRegion == nil || region == ownRegion.map { Substring($0) } ? .onDemand : nil
    }

    private func resolution(_ modelID: String, in pool: ScopedModel) -> ModelResolution {
        if !quotas(scope: pool.scope, model: pool.model).isEmpty {
            return ModelResolution(
                modelID: modelID, assignment: .pool(scope: pool.scope, model: pool.model), candidate: pool,
                explanation: nil)
        }
        let scope = pool.scope.rawValue
        if isDoubtful(pool) {
            return unmapped(
                modelID, .ambiguous,
                "Quotas are listed that may limit \(pool.model) in scope \(scope), but their names or values do not "
                    + "say so beyond doubt; an override in the configuration would.", candidate: pool)
        }
        return unmapped(
            modelID, .noQuota,
            "Service Quotas lists no quota of scope \(scope) for \(pool.model) in this Region, and the configuration "
                + "has no override for it.", candidate: pool)
    }

    private func unlistedProfile(_ modelID: String, id: String) -> ModelResolution {
        unmapped(
            modelID, .unknownProfile,
            "No inference profile \(id) is listed in this Region: it is deleted, or the right "
                + "bedrock:ListInferenceProfiles is missing.")
    }

    private func notOnDemand(_ modelID: String, kind: String) -> ModelResolution {
        unmapped(modelID, .notOnDemand, "A \(kind) does not draw on the quotas of on-demand inference.")
    }

    private func unmapped(
        _ modelID: String, _ reason: UnmappedReason, _ explanation: String, candidate: ScopedModel? = nil
    ) -> ModelResolution {
        ModelResolution(
            modelID: modelID, assignment: .unmapped(reason), candidate: candidate, explanation: explanation)
    }
}
