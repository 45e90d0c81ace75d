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

/// The JSON of `GetModelInvocationLoggingConfiguration`.
struct InvocationLoggingWire: Decodable {
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
