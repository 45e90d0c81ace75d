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
