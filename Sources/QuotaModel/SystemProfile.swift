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
        case .baseModel, .foundationModelARN, .applicationProfile, .notOnDemand, .unknown: return nil
        }
        prefix = String(profile.id[..<dot])
        scope = isGlobal ? .global : .crossRegion
        self.model = String(model)
    }
}
