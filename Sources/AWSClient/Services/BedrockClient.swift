import QuotaModel

/// Bedrock's control plane of one Region, REST-JSON protocol.
package struct BedrockClient: Sendable {
    private let caller: AWSCaller
    private let region: String

    package init(caller: AWSCaller, region: String) {
        self.caller = caller
        self.region = region
    }

    /// Every inference profile, AWS's own and then the account's; by default AWS lists only the former.
    package func listInferenceProfiles() async throws(AWSError) -> [InferenceProfile] {
        let system = try await listInferenceProfiles(of: .systemDefined)
        return system + (try await listInferenceProfiles(of: .application))
    }

    /// Every base model of the Region.
    package func listFoundationModels() async throws(AWSError) -> [FoundationModel] {
        let request = AWSRequest.get(
            service: .bedrock, operation: "ListFoundationModels", path: "/foundation-models", parameters: [],
            region: region)
        let answer = try JSONAnswer.decode(
            Wire.ModelList.self, request: request, response: await caller.send(request))
        return answer.modelSummaries.map { model in
            FoundationModel(
                modelID: model.modelId, name: model.modelName ?? "", provider: model.providerName ?? "",
                inferenceTypes: model.inferenceTypesSupported ?? [])
        }
    }

    private func listInferenceProfiles(
        of kind: InferenceProfile.Kind
    ) async throws(AWSError) -> [InferenceProfile] {
        var profiles = [InferenceProfile]()
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumProfilePages)
        while true {
            var parameters = [("type", kind.rawValue), ("maxResults", String(AWSDefaults.profilesPerPage))]
            if let token = cursor.token { parameters.append(("nextToken", token)) }
            let request = AWSRequest.get(
                service: .bedrock, operation: "ListInferenceProfiles", path: "/inference-profiles",
                parameters: parameters, region: region)
            let page = try JSONAnswer.decode(
                Wire.ProfileList.self, request: request, response: await caller.send(request))
            profiles += page.inferenceProfileSummaries.map { $0.profile(default: kind) }
            guard try cursor.advance(to: page.nextToken, request, orCountBy: caller) else {
                return profiles
            }
        }
    }
}

/// The JSON of Bedrock's listings (API version 2023-04-20).
private enum Wire {
    struct ProfileList: Decodable {
        let inferenceProfileSummaries: [Profile]
        let nextToken: String?
    }

    struct Profile: Decodable {
        struct Model: Decodable {
            let modelArn: String?
        }

        let inferenceProfileId: String
        let inferenceProfileName: String?
        let type: String?
        let models: [Model]?

        /// `kind` is what was asked for, should the answer not repeat it.
        func profile(default kind: InferenceProfile.Kind) -> InferenceProfile {
            InferenceProfile(
                id: inferenceProfileId, name: inferenceProfileName ?? "",
                kind: type.flatMap(InferenceProfile.Kind.init) ?? kind,
                modelARNs: (models ?? []).compactMap(\.modelArn))
        }
    }

    struct ModelList: Decodable {
        let modelSummaries: [Model]
    }

    struct Model: Decodable {
        let modelId: String
        let modelName: String?
        let providerName: String?
        let inferenceTypesSupported: [String]?
    }
}
