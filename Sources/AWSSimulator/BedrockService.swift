/// Answers Bedrock's lists of profiles, models, custom models, their deployments, tags and batch jobs in REST JSON.
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

    func listCustomModelDeployments(_ request: SimulatedRequest) throws(ServiceError) -> [UInt8] {
        try list("modelDeploymentSummaries", request) { deployment, text in
            text.member("createdAt", "2026-02-17T00:00:00Z")
            text.member("customModelDeploymentArn", deployment.arn(account: scenario.account))
            text.member("customModelDeploymentName", deployment.name)
            text.member("modelArn", deployment.modelARN(account: scenario.account))
            text.member("status", "Active")
        }
    }

    func listCustomModels(_ request: SimulatedRequest) throws(ServiceError) -> [UInt8] {
        try list("modelSummaries", request) { deployment, text in
            text.member("baseModelArn", "arn:aws:bedrock:\(region)::foundation-model/\(deployment.baseModel)")
            text.member("baseModelName", String(deployment.baseModel.prefix { $0 != ":" }))
            text.member("creationTime", "2026-02-17T00:00:00Z")
            text.member("customizationType", "FINE_TUNING")
            text.member("modelArn", deployment.modelARN(account: scenario.account))
            text.member("modelName", deployment.name)
        }
    }

    /// A page of the Region's deployments.
    private func list(
        _ key: String, _ request: SimulatedRequest, _ write: (SimulatedDeployment, inout JSONText) -> Void
    ) throws(ServiceError) -> [UInt8] {
        let size = try pageSize(request.queryValue("maxResults"))
        let token = try PageToken(
            request.queryValue("nextToken"), of: Noise.seed("\(region)/\(key)"), error: .validation)
        let page = token.page(of: scenario.deployments.filter { $0.region == region }, size: size)
        var text = JSONText(reservedBytes: 256 + page.rows.count * 420)
        text.object { text in
            text.key(key)
            text.array { text in
                for deployment in page.rows { text.object { write(deployment, &$0) } }
            }
            if let next = page.next?.text { text.member("nextToken", next) }
        }
        return text.bytes
    }

    /// Profiles alone have tags here, in the Regions in which they are listed.
    func listTags(_ input: ListTagsInput) throws(ServiceError) -> [UInt8] {
        let profile = scenario.profiles.first {
            $0.regions.contains(region)
                && $0.arn(region: region, account: scenario.account) == input.resourceARN
        }
        guard let profile else {
            throw ServiceError(.noSuchResource, "There is no resource \(input.resourceARN).")
        }
        var text = JSONText(reservedBytes: 256)
        text.object { text in
            text.key("tags")
            text.array { text in
                for (key, value) in profile.tags.sorted(by: { $0.key < $1.key }) {
                    text.object { text in
                        text.member("key", key)
                        text.member("value", value)
                    }
                }
            }
        }
        return text.bytes
    }

    func pageSize(_ text: String?) throws(ServiceError) -> Int {
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
            text.object { text in
                text.member("status", model.isLegacy ? "LEGACY" : "ACTIVE")
                for (name, time) in model.lifecycleTimes.sorted(by: { $0.key < $1.key }) {
                    text.member(name, time)
                }
            }
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

struct ListTagsInput: Decodable {
    let resourceARN: String
}
