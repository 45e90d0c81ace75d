/// What AWS lists about one account and Region: the raw material of the quota catalog.
package struct Inventory: Equatable, Sendable {
    package var quotas: [ListedQuota]
    package var models: [FoundationModel]
    package var profiles: [InferenceProfile]

    package init(
        quotas: [ListedQuota] = [], models: [FoundationModel] = [], profiles: [InferenceProfile] = []
    ) {
        self.quotas = quotas
        self.models = models
        self.profiles = profiles
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

    package init(modelID: String, name: String, provider: String, inferenceTypes: [String]) {
        self.modelID = modelID
        self.name = name
        self.provider = provider
        self.inferenceTypes = inferenceTypes
    }
}

/// One entry of Bedrock's `ListInferenceProfiles`.
package struct InferenceProfile: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case systemDefined = "SYSTEM_DEFINED"
        case application = "APPLICATION"
    }

    /// `us.anthropic.claude-sonnet-4-6`, or an application profile's short ID.
    package let id: String
    package let name: String
    package let kind: Kind
    /// An application profile does not name its source; these ARNs tell it: one in the own Region is on-demand,
    /// several Regions are geographic, a Region-less one (`arn:aws:bedrock:::foundation-model/…`) is global.
    package let modelARNs: [String]

    package init(id: String, name: String, kind: Kind, modelARNs: [String]) {
        self.id = id
        self.name = name
        self.kind = kind
        self.modelARNs = modelARNs
    }
}
