/// Which quota belongs to which pool, and which pool a model ID draws on, in one account and Region.
///
/// AWS documents neither join. A quota finds its model by a code whose model is known, or by a name that exactly
/// one model has; everything else is reported in `unmatched`, never guessed.
package struct QuotaCatalog: Sendable {
    /// The listed quotas that belong to no pool, by code.
    package let unmatched: [UnmatchedQuota]
    /// The tokens a day that all models share in the Region, where AWS has put such a quota in place of the models' own.
    /// How its use is counted is not documented.
    package let dailyQuotaOfAllModels: Quota?
    let availability: ModelAvailability
    let ownRegion: String?
    private let listed: [ScopedModel: [QuotaKind: Quota]]
    private let overrides: [QuotaOverride]
    private let doubtful: Set<ScopedModel>
    /// The models with quotas of bedrock-mantle by the words of their names: its model IDs carry no date and no version.
    private let mantleModels: [[String]: [String]]

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
        var join = QuotaJoin(inventory: inventory, observed: observed.lazy.map { SeriesName($0).modelID })
        join.run(inventory.quotas)
        unmatched = join.unmatched.sorted { $0.quota.code < $1.quota.code }
        dailyQuotaOfAllModels = inventory.quotas.first(where: \.isDailyOfAllModels).flatMap { listed in
            QuotaJoin.value(of: listed).map { limit, source in
                Quota(kind: .tokensPerDay, limit: limit, source: source, code: listed.code, match: .name)
            }
        }
        availability = join.availability
        ownRegion = region
        listed = join.quotas
        doubtful = join.doubtful
        mantleModels = Dictionary(
            grouping: listed.keys.lazy.filter { $0.scope == .mantle }.map(\.model), by: Self.mantleName)
        self.overrides = overrides.filter { $0.applies(account: account, region: region) }
    }

    private static func mantleName(_ model: String) -> [String] {
        [Providers.vendor(ofModel: model)] + (ModelIDWords(model)?.words ?? [model])
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

    /// How long AWS goes on with a model; nil where its lists do not say.
    package func lifecycle(ofModel model: String) -> ModelLifecycle? { availability.lifecycle(of: model) }

    /// Whether quotas were listed that may be this pool's, but do not say so beyond doubt.
    func isDoubtful(_ pool: ScopedModel) -> Bool { doubtful.contains(pool) }
}

extension QuotaCatalog {
    /// The pool that a series draws on; see `SeriesName`.
    package func assignment(of series: String) -> ModelAssignment { resolution(of: series).assignment }

    /// The pool of a series, with a sentence that says why where it has none.
    package func resolution(of series: String) -> ModelResolution {
        let name = SeriesName(series)
        guard !name.isPart else { return resolution(ofPart: name) }
        return name.source.name == UsageSource.mantle.name
            ? mantleResolution(of: name) : resolution(ofModelID: name.modelID)
    }

    /// Most models of bedrock-mantle have no published quota: their pool exists without one.
    private func mantleResolution(of name: SeriesName) -> ModelResolution {
        var model = name.modelID
        if listed[ScopedModel(scope: .mantle, model: model)] == nil,
            let named = mantleModels[Self.mantleName(model)],
            named.count == 1
        {
            model = named[0]
        }
        let pool = ScopedModel(scope: .mantle, model: model)
        guard !isDoubtful(pool) || !quotas(scope: .mantle, model: model).isEmpty else {
            return resolution(name.text, in: pool)
        }
        return ModelResolution(
            modelID: name.text, assignment: .pool(scope: .mantle, model: model), candidate: pool,
            explanation: nil)
    }

    /// A part draws on the pool of its part, of the route that the whole takes; without quotas for long contexts they stay
    /// in the plain pool.
    private func resolution(ofPart name: SeriesName) -> ModelResolution {
        let whole = resolution(ofModelID: name.modelID)
        guard let route = whole.candidate, let scope = route.scope.scope(of: name.source.part) else {
            return whole
        }
        let pool = ScopedModel(scope: scope, model: route.model)
        guard name.source.part == .reserved || !quotas(scope: scope, model: pool.model).isEmpty else {
            return unmapped(
                name.text, .noQuota, "Calls with a long context have no quota of their own here.",
                candidate: pool)
        }
        return ModelResolution(
            modelID: name.text, assignment: .pool(scope: scope, model: pool.model), candidate: pool,
            explanation: nil)
    }

    /// The pool of a value of CloudWatch's `ModelId` dimension.
    private func resolution(ofModelID modelID: String) -> ModelResolution {
        if let profile = profile(modelID) { return resolution(of: profile, as: modelID) }
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
        case .customModelDeployment(let arn):
            return resolution(ofDeployment: arn)
        case .importedModel:
            return imported(modelID)
        case .notOnDemand(let kind):
            return notOnDemand(modelID, kind: kind)
        case .unknown:
            return unmapped(modelID, .unknownModelID, "\"\(modelID)\" is not a known form of model ID.")
        }
    }

    /// The listed profile or deployment that a model ID names, by its ID or by an ARN that ends in it.
    package func listedProfile(_ modelID: String) -> InferenceProfile? {
        profile(modelID)
            ?? availability.deployment(modelID).map {
                InferenceProfile(
                    id: $0.arn, name: $0.name, kind: .customModelDeployment, modelARNs: [$0.modelARN])
            }
    }

    private func profile(_ modelID: String) -> InferenceProfile? {
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

    private func resolution(ofDeployment arn: String) -> ModelResolution {
        guard let deployment = availability.deployment(arn) else {
            return unmapped(
                arn, .unknownDeployment,
                "No such custom model deployment is listed in this Region: it is deleted, or the right "
                    + "bedrock:ListCustomModelDeployments is missing.")
        }
        guard let model = deployment.baseModel else {
            guard !deployment.isImported else { return imported(arn) }
            return unmapped(
                arn, .unknownDeployment,
                "The base model of the custom model deployment \(deployment.name) is not known; the right "
                    + "bedrock:ListCustomModels may be missing.")
        }
        return resolution(arn, in: ScopedModel(scope: .customModel, model: model))
    }

    private func imported(_ modelID: String) -> ModelResolution {
        unmapped(
            modelID, .importedModel,
            "An imported model has no quota of tokens or requests: AWS adds copies of it, up to their own limit."
        )
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
