/// Answers Bedrock's ListInferenceProfiles and ListFoundationModels in REST JSON.
struct BedrockService {
    static let maximumPageSize = 1000
    static let usualPageSize = 100

    let scenario: SimulatedScenario
    let region: String

    /// Without `type` only SYSTEM_DEFINED profiles are listed, as AWS does it.
    func listInferenceProfiles(_ request: SimulatedRequest) throws(ServiceError) -> [UInt8] {
        let wanted = request.queryValue("type") ?? SimulatedProfile.Kind.systemDefined.rawValue
        guard let kind = SimulatedProfile.Kind(rawValue: wanted) else {
            throw ServiceError(.validation, "type must be SYSTEM_DEFINED or APPLICATION.")
        }
        let size = try pageSize(request.queryValue("maxResults"))
        let token = try PageToken(
            request.queryValue("nextToken"), of: Noise.seed("\(region)/\(kind.rawValue)"), error: .validation)
        let rows = scenario.profiles.filter { $0.kind == kind && $0.regions.contains(region) }
        let page = token.page(of: rows, size: size)
        return answer(page.rows, next: page.next?.text)
    }

    func listFoundationModels() -> [UInt8] {
        var text = JSONText(reservedBytes: 256 + scenario.models.count * 420)
        text.object { text in
            text.key("modelSummaries")
            text.array { text in
                for model in scenario.models { append(model, to: &text) }
            }
        }
        return text.bytes
    }

    private func pageSize(_ text: String?) throws(ServiceError) -> Int {
        guard let text else { return Self.usualPageSize }
        guard let size = Int(text), (1...Self.maximumPageSize).contains(size) else {
            throw ServiceError(.validation, "maxResults must be between 1 and \(Self.maximumPageSize).")
        }
        return min(size, Self.usualPageSize)
    }

    private func answer(_ profiles: ArraySlice<SimulatedProfile>, next: String?) -> [UInt8] {
        var text = JSONText(reservedBytes: 256 + profiles.count * 620)
        text.object { text in
            text.key("inferenceProfileSummaries")
            text.array { text in
                for profile in profiles { append(profile, to: &text) }
            }
            if let next { text.member("nextToken", next) }
        }
        return text.bytes
    }

    private func append(_ profile: SimulatedProfile, to text: inout JSONText) {
        text.object { text in
            text.member("createdAt", "2026-02-17T00:00:00Z")
            text.member("description", "Routes requests to \(profile.modelID).")
            text.member("inferenceProfileArn", profile.arn(region: region, account: scenario.account))
            text.member("inferenceProfileId", profile.id)
            text.member("inferenceProfileName", profile.name)
            text.key("models")
            text.array { text in
                for arn in profile.modelARNs(region: region) {
                    text.object { $0.member("modelArn", arn) }
                }
            }
            text.member("status", "ACTIVE")
            text.member("type", profile.kind.rawValue)
            text.member("updatedAt", "2026-02-17T00:00:00Z")
        }
    }

    private func append(_ model: SimulatedModel, to text: inout JSONText) {
        text.object { text in
            text.member("modelArn", "arn:aws:bedrock:\(region)::foundation-model/\(model.id)")
            text.member("modelId", model.id)
            text.member("modelName", model.name)
            text.member("providerName", model.provider)
            Self.append("inferenceTypesSupported", model.inferenceTypes, to: &text)
            Self.append("inputModalities", ["TEXT"], to: &text)
            Self.append("outputModalities", ["TEXT"], to: &text)
            text.key("modelLifecycle")
            text.object { $0.member("status", "ACTIVE") }
            text.key("responseStreamingSupported")
            text.boolean(true)
        }
    }

    private static func append(_ name: String, _ values: [String], to text: inout JSONText) {
        text.key(name)
        text.array { text in
            for value in values { text.string(value) }
        }
    }
}
