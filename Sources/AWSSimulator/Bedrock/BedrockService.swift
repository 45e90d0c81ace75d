/// Answers Bedrock's ListInferenceProfiles and ListFoundationModels in REST JSON.
struct BedrockService {
    static let maximumPageSize = 1000

    let scenario: SimulatedScenario
    let region: String
    let account: String
    let faults: [Fault]

    /// Without `type` only SYSTEM_DEFINED profiles are listed, as AWS does it.
    func listInferenceProfiles(_ request: SimulatedRequest) throws(ServiceError) -> ServiceAnswer {
        let wanted = request.queryValue("type") ?? SimulatedProfile.Kind.systemDefined.rawValue
        guard let kind = SimulatedProfile.Kind(rawValue: wanted) else {
            throw ServiceError(.validation, "type must be SYSTEM_DEFINED or APPLICATION.")
        }
        let size = try pageSize(request.queryValue("maxResults"))
        let fingerprint = Noise.seed("\(region)/\(kind.rawValue)")
        let token = try validToken(request.queryValue("nextToken"), fingerprint)
        let rows = scenario.profiles.filter { $0.kind == kind && $0.regions.contains(region) }
        let first = min(token.index, rows.count)
        let last = min(first + size, rows.count)
        var next = last < rows.count ? PageToken(index: last, asOf: 0, request: fingerprint) : nil
        if faults.contains(where: { $0.repeatsToken }) {
            next = PageToken(index: 0, asOf: 0, request: fingerprint)
        }
        return answer(rows[first..<last], next: next?.text)
    }

    func listFoundationModels() -> ServiceAnswer {
        var text = JSONText(reservedBytes: 256 + scenario.models.count * 420)
        text.object { text in
            text.key("modelSummaries")
            text.array { text in
                for model in scenario.models { append(model, to: &text) }
            }
        }
        return ServiceAnswer(body: text.bytes)
    }

    private func pageSize(_ text: String?) throws(ServiceError) -> Int {
        guard let text else { return scenario.profilesPerPage }
        guard let size = Int(text), (1...Self.maximumPageSize).contains(size) else {
            throw ServiceError(.validation, "maxResults must be between 1 and \(Self.maximumPageSize).")
        }
        return min(size, scenario.profilesPerPage)
    }

    private func validToken(_ text: String?, _ request: UInt64) throws(ServiceError) -> PageToken {
        guard let text else { return PageToken(index: 0, asOf: 0, request: request) }
        guard let token = PageToken(text), token.request == request else {
            throw ServiceError(.validation, "nextToken is not valid for this request.")
        }
        return token
    }

    private func answer(_ profiles: ArraySlice<SimulatedProfile>, next: String?) -> ServiceAnswer {
        var text = JSONText(reservedBytes: 256 + profiles.count * 620)
        text.object { text in
            text.key("inferenceProfileSummaries")
            text.array { text in
                for profile in profiles { append(profile, to: &text) }
            }
            if let next { text.member("nextToken", next) }
        }
        return ServiceAnswer(body: text.bytes)
    }

    private func append(_ profile: SimulatedProfile, to text: inout JSONText) {
        text.object { text in
            text.member("createdAt", "2026-02-17T00:00:00Z")
            text.member("description", "Routes requests to \(profile.modelID).")
            text.member("inferenceProfileArn", profile.arn(region: region, account: account))
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
