/// By which routes the models of one Region can be called, from `ListFoundationModels` and `ListInferenceProfiles`.
struct ModelAvailability: Sendable {
    private var typesByModel: [String: Set<String>] = [:]
    private var profilesByID: [String: InferenceProfile] = [:]
    private var geographic: Set<String> = []
    private var global: Set<String> = []

    init(inventory: Inventory) {
        for model in inventory.models {
            typesByModel[model.modelID, default: []].formUnion(model.inferenceTypes)
        }
        for profile in inventory.profiles {
            profilesByID[profile.id] = profile
            guard let route = SystemProfile(profile) else { continue }
            if route.scope == .global { global.insert(route.model) } else { geographic.insert(route.model) }
        }
    }

    func profile(_ id: String) -> InferenceProfile? { profilesByID[id] }

    func supportsOnDemand(_ model: String) -> Bool { typesByModel[model]?.contains("ON_DEMAND") == true }

    /// True of `uk.anthropic.claude-opus-5` where `anthropic.claude-opus-5` is a model: a profile with a prefix that
    /// is new to us.
    func hasUnknownPrefix(_ modelID: String) -> Bool {
        guard typesByModel[modelID] == nil, let dot = modelID.firstIndex(of: ".") else { return false }
        let rest = String(modelID[modelID.index(after: dot)...])
        return typesByModel[rest] != nil || geographic.contains(rest) || global.contains(rest)
    }

    /// True of a model that AWS lists for provisioned throughput alone.
    func isProvisionedOnly(_ model: String) -> Bool { typesByModel[model] == ["PROVISIONED"] }

    /// Also true where no profile is listed at all, because the right to list them may be missing.
    func mayHaveGeographicProfile(_ model: String) -> Bool {
        profilesByID.isEmpty || geographic.contains(model)
    }

    /// Whether a geographic profile reaches exactly these ARNs.
    func hasGeographicProfile(reaching arns: Set<String>) -> Bool {
        profilesByID.values.contains { profile in
            SystemProfile(profile)?.scope == .crossRegion && Set(profile.modelARNs) == arns
        }
    }

    /// The scopes of bedrock-runtime in which the model is listed; ascending.
    func scopes(of model: String) -> [InferenceScope] {
        var scopes: [InferenceScope] = []
        if geographic.contains(model) { scopes.append(.crossRegion) }
        if global.contains(model) { scopes.append(.global) }
        if supportsOnDemand(model) { scopes.append(.onDemand) }
        return scopes.sorted()
    }
}
