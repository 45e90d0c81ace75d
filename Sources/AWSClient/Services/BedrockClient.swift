import FoundationEssentials
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

    private func listInferenceProfiles(
        of kind: InferenceProfile.Kind
    ) async throws(AWSError) -> [InferenceProfile] {
        let summaries = try await list(
            BedrockWire.ProfileList.self, "ListInferenceProfiles", "/inference-profiles",
            [("type", kind.rawValue)])
        return summaries.map { $0.profile(default: kind) }
    }

    /// Every base model of the Region.
    package func listFoundationModels() async throws(AWSError) -> [FoundationModel] {
        let request = AWSRequest.get(
            service: .bedrock, operation: "ListFoundationModels", path: "/foundation-models", parameters: [],
            region: region)
        return try JSONAnswer.decode(
            BedrockWire.ModelList.self, request: request, response: await caller.send(request)
        ).modelSummaries.map(\.model)
    }

    /// The batch inference jobs that were submitted after a time in Unix seconds. Throws where there are more than are
    /// read: some of them are no answer to how many there are.
    package func listBatchJobs(submittedAfter start: Double) async throws(AWSError) -> [BatchJob] {
        let time = Date(timeIntervalSince1970: start.rounded(.down)).formatted(.iso8601)
        var jobs: [BatchJob] = []
        var seen: Set<String> = []
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumBatchJobPages)
        while true {
            var parameters = [
                ("submitTimeAfter", time), ("maxResults", String(AWSDefaults.batchJobsPerPage)),
            ]
            if let token = cursor.token { parameters.append(("nextToken", token)) }
            let request = AWSRequest.get(
                service: .bedrock, operation: "ListModelInvocationJobs", path: "/model-invocation-jobs",
                parameters: parameters, region: region)
            let page = try JSONAnswer.decode(
                BedrockWire.JobList.self, request: request, response: await caller.send(request))
            // One that is submitted meanwhile moves another to the next page, where it comes again.
            jobs += (page.invocationJobSummaries ?? []).filter { seen.insert($0.jobArn).inserted }.map(\.job)
            guard try cursor.advance(to: page.nextToken, request) else { return jobs }
        }
    }

    /// Where the Region's invocation logs go.
    package func invocationLogging() async throws(AWSError) -> InvocationLoggingAnswer {
        let request = AWSRequest.get(
            service: .bedrock, operation: "GetModelInvocationLoggingConfiguration",
            path: "/logging/modelinvocations", parameters: [], region: region)
        let response = try await caller.send(request)
        let answer = try JSONAnswer.decode(InvocationLoggingWire.self, request: request, response: response)
        return InvocationLoggingAnswer(
            logging: answer.loggingConfig?.value,
            serverTime: response.headers["date"].flatMap(ClockSkew.epochSeconds(ofHTTPDate:)))
    }

    /// Every custom model deployment of the account, with its base model as far as these bases or its own ARN tell it.
    ///
    /// - Parameter bases: From `listCustomModelBases`.
    package func listCustomModelDeployments(
        bases: [String: String]
    ) async throws(AWSError) -> [CustomModelDeployment] {
        let summaries = try await list(
            BedrockWire.DeploymentList.self, "ListCustomModelDeployments",
            "/model-customization/custom-model-deployments")
        return summaries.map {
            CustomModelDeployment(
                arn: $0.customModelDeploymentArn, name: $0.customModelDeploymentName ?? "",
                modelARN: $0.modelArn ?? "", bases: bases)
        }
    }

    /// The ARN of what each customised model of the account was made from: a foundation model, or a customised one.
    package func listCustomModelBases() async throws(AWSError) -> [String: String] {
        let summaries = try await list(BedrockWire.CustomModelList.self, "ListCustomModels", "/custom-models")
        return Dictionary(
            summaries.compactMap { model in model.baseModelArn.map { (model.modelArn, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// All pages of a list.
    private func list<Page: BedrockPage>(
        _ page: Page.Type, _ operation: String, _ path: String, _ selection: [(String, String)] = []
    ) async throws(AWSError) -> [Page.Item] {
        var items: [Page.Item] = []
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumProfilePages)
        while true {
            var parameters = selection + [("maxResults", String(AWSDefaults.profilesPerPage))]
            if let token = cursor.token { parameters.append(("nextToken", token)) }
            let request = AWSRequest.get(
                service: .bedrock, operation: operation, path: path, parameters: parameters, region: region)
            let page = try JSONAnswer.decode(page, request: request, response: await caller.send(request))
            items += page.items
            guard try cursor.advance(to: page.nextToken, request, orCountBy: caller) else { return items }
        }
    }

    /// All tags of a resource, by key.
    package func listTags(ofResource arn: String) async throws(AWSError) -> [String: String] {
        let request = try AWSRequest.post(
            service: .bedrock, operation: "ListTagsForResource", path: "/listTagsForResource", region: region
        ).with(BedrockWire.TaggedResource(resourceARN: arn))
        return try JSONAnswer.decode(
            BedrockWire.TagList.self, request: request, response: await caller.send(request)
        ).values
    }
}
