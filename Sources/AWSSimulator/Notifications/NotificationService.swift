/// A message that SNS was asked to send.
package struct Publication: Equatable, Sendable {
    package var topicARN: String
    package var subject: String?
    package var message: String

    package init(topicARN: String, subject: String?, message: String) {
        self.topicARN = topicARN
        self.subject = subject
        self.message = message
    }
}

/// Answers SNS's Publish in the query protocol; the message ends in the request log.
enum NotificationService {
    static let version = "2010-03-31"
    /// SNS's limits: 256 KB of message, 100 characters of subject.
    static let maximumMessageBytes = 262_144
    static let maximumSubjectLength = 100

    static func publish(_ parameters: [String: String]) throws(ServiceError) -> ServiceAnswer {
        guard parameters["Version"] == version else {
            throw ServiceError(.unknownOperation, "Could not find operation Publish for this version.")
        }
        guard let topic = parameters["TopicArn"], topic.hasPrefix("arn:"),
            topic.split(separator: ":").count == 6
        else {
            throw ServiceError(.custom(status: 400, code: "InvalidParameter"), "Invalid parameter: TopicArn")
        }
        guard let message = parameters["Message"], !message.isEmpty, message.utf8.count <= maximumMessageBytes
        else {
            throw ServiceError(.custom(status: 400, code: "InvalidParameter"), "Invalid parameter: Message")
        }
        let subject = parameters["Subject"]
        guard subject.map(isSubject) ?? true else {
            throw ServiceError(.custom(status: 400, code: "InvalidParameter"), "Invalid parameter: Subject")
        }
        let published = Publication(topicARN: topic, subject: subject, message: message)
        return ServiceAnswer(body: Array(text.utf8), published: published)
    }

    /// ASCII without line breaks or control characters, 1 to 100 long.
    private static func isSubject(_ text: String) -> Bool {
        (1...maximumSubjectLength).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private static let text = """
        <PublishResponse xmlns="\(XMLText.notificationNamespace)">
          <PublishResult>
            <MessageId>\(XMLText.requestID)</MessageId>
          </PublishResult>
          <ResponseMetadata>
            <RequestId>\(XMLText.requestID)</RequestId>
          </ResponseMetadata>
        </PublishResponse>

        """
}
