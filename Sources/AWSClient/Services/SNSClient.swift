/// Simple Notification Service, query protocol of version 2010-03-31.
package struct SNSClient: Sendable {
    private let caller: AWSCaller
    private let region: String

    /// `region` is the topic's own, the fourth part of its ARN.
    package init(caller: AWSCaller, region: String) {
        self.caller = caller
        self.region = region
    }

    /// Publishes to a topic and returns the message's ID. The subject is cut down to what SNS allows: fewer
    /// than 100 characters of ASCII on one line; the message may have 256 KiB.
    package func publish(topicARN: String, subject: String?, message: String) async throws(AWSError) -> String
    {
        var parameters = [("TopicArn", topicARN), ("Message", message)]
        if let subject = subject.map(Self.allowed), !subject.isEmpty {
            parameters.append(("Subject", subject))
        }
        let request = AWSRequest.query(
            service: .sns, operation: "Publish", version: "2010-03-31", parameters: parameters,
            region: region,
            signing: .provider)
        guard !message.isEmpty, message.utf8.count <= AWSDefaults.maximumNotificationBytes else {
            throw request.error(.invalidRequest, "the message is empty or longer than 256 KiB")
        }
        let answer = try QueryAnswer(request: request, response: await caller.send(request))
        return try answer.text("PublishResult", "MessageId")
    }

    private static func allowed(_ subject: String) -> String {
        let line = MessageText.bounded(subject, limit: .max).unicodeScalars.map { $0.isASCII ? $0 : "?" }
        return String(String.UnicodeScalarView(line.prefix(AWSDefaults.maximumSubjectLength)))
    }
}
