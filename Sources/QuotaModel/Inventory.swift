/// What AWS lists about one account and Region: the raw material of the quota catalog.
package struct Inventory: Equatable, Sendable {
    package var quotas: [ListedQuota]
    package var models: [FoundationModel]
    package var profiles: [InferenceProfile]
    package var deployments: [CustomModelDeployment]

    package init(
        quotas: [ListedQuota] = [], models: [FoundationModel] = [], profiles: [InferenceProfile] = [],
        deployments: [CustomModelDeployment] = []
    ) {
        self.quotas = quotas
        self.models = models
        self.profiles = profiles
        self.deployments = deployments
    }

    /// The application profiles among model IDs, each once; of a model ID that is an ARN, the profile that it ends in.
    package func applicationProfiles(among modelIDs: some Sequence<String>) -> [InferenceProfile] {
        let ids = Set(
            modelIDs.map { modelID in
                guard case .applicationProfile(let id) = ModelID(modelID) else { return modelID }
                return id
            })
        return profiles.filter { $0.kind == .application && ids.contains($0.id) }
    }

    /// Takes a newer list of profiles, which has no tags: those that are known stay.
    package mutating func take(profiles listed: [InferenceProfile]) {
        let tags = Dictionary(profiles.map { ($0.id, $0.tags) }, uniquingKeysWith: { first, _ in first })
        profiles = listed.map { profile in
            var profile = profile
            profile.tags = tags[profile.id] ?? nil
            return profile
        }
    }
}

/// One quota of service code `bedrock`, applied and default lists of Service Quotas merged by code.
package struct ListedQuota: Equatable, Sendable {
    /// Such as `L-7BEE40FB`; the same in every Region.
    package let code: String
    /// AWS's name, such as `Global cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.6`.
    package let name: String
    /// `ListServiceQuotas` leaves out quotas whose applied value is not available.
    package let appliedValue: Double?
    package let defaultValue: Double?
    package let isAdjustable: Bool

    package init(code: String, name: String, appliedValue: Double?, defaultValue: Double?, isAdjustable: Bool)
    {
        self.code = code
        self.name = name
        self.appliedValue = appliedValue
        self.defaultValue = defaultValue
        self.isAdjustable = isAdjustable
    }
}

/// One entry of Bedrock's `ListFoundationModels`.
package struct FoundationModel: Equatable, Sendable {
    package let modelID: String
    package let name: String
    package let provider: String
    /// `ON_DEMAND`, `PROVISIONED`, `INFERENCE_PROFILE`.
    package let inferenceTypes: [String]
    /// Nil where AWS says nothing of it.
    package let lifecycle: ModelLifecycle?

    package init(
        modelID: String, name: String, provider: String, inferenceTypes: [String],
        lifecycle: ModelLifecycle? = nil
    ) {
        self.modelID = modelID
        self.name = name
        self.provider = provider
        self.inferenceTypes = inferenceTypes
        self.lifecycle = lifecycle
    }
}

/// One entry of Bedrock's `ListInferenceProfiles`.
package struct InferenceProfile: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case systemDefined = "SYSTEM_DEFINED"
        case application = "APPLICATION"
        /// No profile, but a name over a model as well.
        case customModelDeployment = "CUSTOM_MODEL_DEPLOYMENT"
    }

    /// `us.anthropic.claude-sonnet-4-6`, or an application profile's short ID.
    package let id: String
    package let name: String
    package let kind: Kind
    /// An application profile does not name its source; these ARNs tell it: one in the own Region is on-demand,
    /// several Regions are geographic, a Region-less one (`arn:aws:bedrock:::foundation-model/…`) is global.
    package let modelARNs: [String]
    /// Its own; tags are asked for by it.
    package let arn: String?
    /// The tags that the configuration names, as far as the profile has them; nil while they have not been read.
    package var tags: [String: String]?

    package init(
        id: String, name: String, kind: Kind, modelARNs: [String], arn: String? = nil,
        tags: [String: String]? = nil
    ) {
        self.id = id
        self.name = name
        self.kind = kind
        self.modelARNs = modelARNs
        self.arn = arn
        self.tags = tags
    }
}

/// What a system-defined inference profile routes to.
struct SystemProfile: Equatable, Sendable {
    /// `us`, `eu`, … or `global`.
    let prefix: String
    let scope: InferenceScope
    let model: String

    /// Nil for an application profile and for one whose ID and model ARNs do not fit together.
    ///
    /// A prefix that is new to us counts when the ARNs all name the model behind it.
    init?(_ profile: InferenceProfile) {
        guard profile.kind == .systemDefined, let dot = profile.id.firstIndex(of: ".") else { return nil }
        let model = profile.id[profile.id.index(after: dot)...]
        guard ModelID.isBaseModel(model) else { return nil }
        let arns = profile.modelARNs.map { BedrockARN($0) }
        guard arns.allSatisfy({ $0?.foundationModel == String(model) }) else { return nil }
        let isGlobal: Bool
        switch ModelID(profile.id) {
        case .globalProfile: isGlobal = true
        case .geographicProfile: isGlobal = false
        case .baseModel where !arns.isEmpty: isGlobal = arns.contains { $0?.region.isEmpty == true }
        case .baseModel, .foundationModelARN, .applicationProfile, .customModelDeployment, .importedModel,
            .notOnDemand, .unknown:
            return nil
        }
        prefix = String(profile.id[..<dot])
        scope = isGlobal ? .global : .crossRegion
        self.model = String(model)
    }
}

/// By which routes the models of one Region can be called, from `ListFoundationModels` and `ListInferenceProfiles`.
struct ModelAvailability: Sendable {
    private var typesByModel: [String: Set<String>] = [:]
    private var lifecycles: [String: ModelLifecycle] = [:]
    private var profilesByID: [String: InferenceProfile] = [:]
    private var deployments: [String: CustomModelDeployment] = [:]
    private var customized: Set<String> = []
    private var geographic: Set<String> = []
    private var global: Set<String> = []

    init(inventory: Inventory) {
        for model in inventory.models {
            typesByModel[model.modelID, default: []].formUnion(model.inferenceTypes)
            lifecycles[model.modelID] = model.lifecycle
        }
        for deployment in inventory.deployments {
            deployments[deployment.arn] = deployment
            if let model = deployment.baseModel { customized.insert(model) }
        }
        for profile in inventory.profiles {
            profilesByID[profile.id] = profile
            guard let route = SystemProfile(profile) else { continue }
            if route.scope == .global { global.insert(route.model) } else { geographic.insert(route.model) }
        }
    }

    func profile(_ id: String) -> InferenceProfile? { profilesByID[id] }

    func deployment(_ arn: String) -> CustomModelDeployment? { deployments[arn] }
    func lifecycle(of model: String) -> ModelLifecycle? { lifecycles[model] }

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

    /// The scopes of bedrock-runtime in which the model is listed, or a model made from it is deployed; ascending.
    func scopes(of model: String) -> [InferenceScope] {
        var scopes: [InferenceScope] = []
        if customized.contains(model) { scopes.append(.customModel) }
        if geographic.contains(model) { scopes.append(.crossRegion) }
        if global.contains(model) { scopes.append(.global) }
        if supportsOnDemand(model) { scopes.append(.onDemand) }
        return scopes.sorted()
    }
}
