import FoundationEssentials
import QuotaModel

/// A page of one of Bedrock's lists.
protocol BedrockPage: Decodable {
    associatedtype Item
    var items: [Item] { get }
    var nextToken: String? { get }
}

/// The JSON of Bedrock's listings (API version 2023-04-20).
enum BedrockWire {
    struct DeploymentList: BedrockPage {
        struct Deployment: Decodable {
            let customModelDeploymentArn: String
            let customModelDeploymentName: String?
            let modelArn: String?
        }

        let modelDeploymentSummaries: [Deployment]?
        let nextToken: String?

        var items: [Deployment] { modelDeploymentSummaries ?? [] }
    }

    struct CustomModelList: BedrockPage {
        struct Model: Decodable {
            let modelArn: String
            let baseModelArn: String?
        }

        let modelSummaries: [Model]?
        let nextToken: String?

        var items: [Model] { modelSummaries ?? [] }
    }

    struct ProfileList: BedrockPage {
        let inferenceProfileSummaries: [Profile]
        let nextToken: String?

        var items: [Profile] { inferenceProfileSummaries }
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

        /// By key.
        var values: [String: String] {
            Dictionary((tags ?? []).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
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
        let modelLifecycle: Lifecycle?

        var model: FoundationModel {
            FoundationModel(
                modelID: modelId, name: modelName ?? "", provider: providerName ?? "",
                inferenceTypes: inferenceTypesSupported ?? [], lifecycle: modelLifecycle?.value)
        }
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
