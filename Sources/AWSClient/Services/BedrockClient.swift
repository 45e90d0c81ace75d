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
                inferenceTypes: model.inferenceTypesSupported ?? [], lifecycle: model.modelLifecycle?.value)
        }
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
                Wire.JobList.self, request: request, response: await caller.send(request))
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
        let answer = try JSONAnswer.decode(Wire.Logging.self, request: request, response: response)
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
            Wire.DeploymentList.self, "ListCustomModelDeployments",
            "/model-customization/custom-model-deployments")
        return summaries.map {
            CustomModelDeployment(
                arn: $0.customModelDeploymentArn, name: $0.customModelDeploymentName ?? "",
                modelARN: $0.modelArn ?? "", bases: bases)
        }
    }

    /// The ARN of what each customised model of the account was made from: a foundation model, or a customised one.
    package func listCustomModelBases() async throws(AWSError) -> [String: String] {
        let summaries = try await list(Wire.CustomModelList.self, "ListCustomModels", "/custom-models")
        return Dictionary(
            summaries.compactMap { model in model.baseModelArn.map { (model.modelArn, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// All pages of a list.
    private func list<Page: ListPage>(
        _ page: Page.Type, _ operation: String, _ path: String
    ) async throws(AWSError) -> [Page.Item] {
        var items: [Page.Item] = []
        var cursor = PageCursor(maximumPages: AWSDefaults.maximumProfilePages)
        while true {
            var parameters = [("maxResults", String(AWSDefaults.profilesPerPage))]
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
        var request = AWSRequest(service: .bedrock, operation: "ListTagsForResource", region: region)
        request.path = "/listTagsForResource"
        request.headers = [("Content-Type", "application/json")]
        do {
            request.body = Array(try JSONEncoder().encode(Wire.TaggedResource(resourceARN: arn)))
        } catch {
            throw request.error(.invalidRequest, "the request cannot be written as JSON")
        }
        let answer = try JSONAnswer.decode(
            Wire.TagList.self, request: request, response: await caller.send(request))
        return Dictionary(
            (answer.tags ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
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

/// Whether a Region's model invocations are logged.
package struct InvocationLoggingAnswer: Equatable, Sendable {
    /// Nil where logging is off.
    package let logging: InvocationLogging?
    /// Unix seconds; nil where the answer does not tell.
    package let serverTime: Int?
}

/// Where Bedrock logs the calls of models, and what of them.
package struct InvocationLogging: Equatable, Sendable {
    /// Of CloudWatch Logs; nil where none gets them.
    package let logGroup: String?
    /// Of S3; nil where none gets them.
    package let bucket: String?
    /// Which of text, image, embedding, video and audio are delivered whole, beside counts and callers.
    package let deliveredContent: [String]

    package init(logGroup: String?, bucket: String?, deliveredContent: [String]) {
        self.logGroup = logGroup
        self.bucket = bucket
        self.deliveredContent = deliveredContent
    }
}

/// A page of one of Bedrock's lists.
private protocol ListPage: Decodable {
    associatedtype Item
    var items: [Item] { get }
    var nextToken: String? { get }
}

/// The JSON of Bedrock's listings (API version 2023-04-20).
private enum Wire {
    struct DeploymentList: ListPage {
        struct Deployment: Decodable {
            let customModelDeploymentArn: String
            let customModelDeploymentName: String?
            let modelArn: String?
        }

        let modelDeploymentSummaries: [Deployment]?
        let nextToken: String?

        var items: [Deployment] { modelDeploymentSummaries ?? [] }
    }

    struct CustomModelList: ListPage {
        struct Model: Decodable {
            let modelArn: String
            let baseModelArn: String?
        }

        let modelSummaries: [Model]?
        let nextToken: String?

        var items: [Model] { modelSummaries ?? [] }
    }

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
        let inferenceProfileArn: String?
        let type: String?
        let models: [Model]?

        /// `kind` is what was asked for, should the answer not repeat it.
        func profile(default kind: InferenceProfile.Kind) -> InferenceProfile {
            InferenceProfile(
                id: inferenceProfileId, name: inferenceProfileName ?? "",
                kind: type.flatMap(InferenceProfile.Kind.init) ?? kind,
                modelARNs: (models ?? []).compactMap(\.modelArn), arn: inferenceProfileArn)
        }
    }

    struct TaggedResource: Encodable {
        let resourceARN: String
    }

    struct TagList: Decodable {
        struct Tag: Decodable {
            let key: String
            let value: String
        }

        let tags: [Tag]?
    }

    struct ModelList: Decodable {
        let modelSummaries: [Model]
    }

    struct Model: Decodable {
        let modelId: String
        let modelName: String?
        let providerName: String?
        let inferenceTypesSupported: [String]?
        let modelLifecycle: Lifecycle?
    }

    /// What cannot be read of it hides no model, and is told as not known.
    struct Lifecycle: Decodable {
        private(set) var value: ModelLifecycle

        private enum Key: String, CodingKey {
            case status, legacyTime, publicExtendedAccessTime, endOfLifeTime
        }

        /// Characters of a text that are told.
        private static let toldCharacters = 40

        init(from decoder: any Decoder) throws {
            guard let members = try? decoder.container(keyedBy: Key.self) else {
                value = ModelLifecycle(isLegacy: nil, unread: ["modelLifecycle"])
                return
            }
            var unread: [String] = []
            /// Nil without the member, and when it cannot be read.
            func read<Value>(_ key: Key, _ parse: (String) -> Value?) -> Value? {
                guard members.contains(key), (try? members.decodeNil(forKey: key)) != true else { return nil }
                let text = try? members.decode(String.self, forKey: key)
                let value = text.flatMap(parse)
                if value == nil {
                    unread.append("\(key.rawValue) \(text?.prefix(Self.toldCharacters) ?? "of another type")")
                }
                return value
            }
            func time(_ key: Key) -> Double? {
                read(key) { AnswerTime.parse($0)?.timeIntervalSince1970 }
            }
            let isLegacy = read(.status) { ["LEGACY": true, "ACTIVE": false][$0] }
            if isLegacy == nil, unread.isEmpty { unread.append("status is missing") }
            value = ModelLifecycle(
                isLegacy: isLegacy, legacyFrom: time(.legacyTime),
                extendedAccessFrom: time(.publicExtendedAccessTime), endOfLife: time(.endOfLifeTime))
            value.unread = unread
        }
    }

    struct Logging: Decodable {
        struct Configuration: Decodable {
            struct Group: Decodable {
                let logGroupName: String?
            }

            struct Bucket: Decodable {
                let bucketName: String?
            }

            let cloudWatchConfig: Group?
            let s3Config: Bucket?
            let textDataDeliveryEnabled: Bool?
            let imageDataDeliveryEnabled: Bool?
            let embeddingDataDeliveryEnabled: Bool?
            let videoDataDeliveryEnabled: Bool?
            let audioDataDeliveryEnabled: Bool?

            /// What is not told of a kind of content is taken for delivered, as AWS does by default.
            var value: InvocationLogging {
                let kinds = [
                    ("text", textDataDeliveryEnabled), ("image", imageDataDeliveryEnabled),
                    ("embedding", embeddingDataDeliveryEnabled), ("video", videoDataDeliveryEnabled),
                    ("audio", audioDataDeliveryEnabled),
                ]
                return InvocationLogging(
                    logGroup: cloudWatchConfig?.logGroupName.flatMap { $0.isEmpty ? nil : $0 },
                    bucket: s3Config?.bucketName.flatMap { $0.isEmpty ? nil : $0 },
                    deliveredContent: kinds.filter { $0.1 != false }.map(\.0))
            }
        }

        let loggingConfig: Configuration?
    }

    struct JobList: Decodable {
        let invocationJobSummaries: [Job]?
        let nextToken: String?
    }

    struct Job: Decodable {
        let jobArn: String
        let modelId: String
        let status: String?
        let totalRecordCount: Int?
        let processedRecordCount: Int?
        let successRecordCount: Int?
        let errorRecordCount: Int?

        var job: BatchJob {
            var pending: Int?
            if let totalRecordCount, let processedRecordCount, processedRecordCount >= 0 {
                pending = max(0, totalRecordCount - processedRecordCount)
            }
            return BatchJob(
                modelID: modelId, status: status.flatMap(BatchJob.Status.init) ?? .unknown,
                records: BatchRecords(pending: pending, success: successRecordCount, error: errorRecordCount))
        }
    }
}
