/// An inference profile as ListInferenceProfiles describes it.
package struct SimulatedProfile: Sendable {
    /// The raw value is the API's `type`.
    package enum Kind: String, Sendable {
        case systemDefined = "SYSTEM_DEFINED"
        case application = "APPLICATION"
    }

    /// The Regions in which it is listed.
    package var regions: [String]
    package var kind: Kind
    /// A profile ID such as `global.anthropic.claude-sonnet-4-6`, or an application profile's short ID.
    package var id: String
    package var name: String
    /// The foundation model behind it.
    package var modelID: String
    /// Regions of the model ARNs; an empty string is the Region-less ARN of a global profile, and `*` the Region
    /// of the listing.
    package var modelRegions: [String]

    package init(
        regions: [String], kind: Kind = .systemDefined, id: String, name: String, modelID: String,
        modelRegions: [String]
    ) {
        self.regions = regions
        self.kind = kind
        self.id = id
        self.name = name
        self.modelID = modelID
        self.modelRegions = modelRegions
    }

    func arn(region: String, account: String) -> String {
        let resource = kind == .systemDefined ? "inference-profile" : "application-inference-profile"
        return "arn:aws:bedrock:\(region):\(account):\(resource)/\(id)"
    }

    func modelARNs(region: String) -> [String] {
        modelRegions.map { "arn:aws:bedrock:\($0 == "*" ? region : $0)::foundation-model/\(modelID)" }
    }
}

/// A foundation model as ListFoundationModels describes it.
package struct SimulatedModel: Sendable {
    package var id: String
    package var name: String
    package var provider: String
    /// `ON_DEMAND`, `INFERENCE_PROFILE`.
    package var inferenceTypes: [String]

    package init(id: String, name: String, provider: String, inferenceTypes: [String]) {
        self.id = id
        self.name = name
        self.provider = provider
        self.inferenceTypes = inferenceTypes
    }
}
