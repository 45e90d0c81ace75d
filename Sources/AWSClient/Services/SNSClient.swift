import System

/// Simple Notification Service, query protocol of version 2010-03-31.
package struct SNSClient: Sendable {
    private let caller: AWSCaller
    private let region: String

    /// `region` is the topic's own, the fourth part of its ARN.
    package init(caller: AWSCaller, region: String) {
        self.caller = caller
        self.region = region
    }

    /// What FIFO topics want beside a message, each up to 128 printable characters of ASCII.
    package struct Ordering: Equatable, Sendable {
        /// Messages of one group are delivered in order.
        package let groupID: String
        /// A message with the ID of one within the last five minutes is dropped.
        package let deduplicationID: String

        package init(groupID: String, deduplicationID: String) {
            self.groupID = groupID
            self.deduplicationID = deduplicationID
        }
    }

    /// Publishes to a topic and returns the message's ID. The subject is cut down to what SNS allows: fewer
    /// than 100 characters of ASCII on one line; the message may have 256 KiB. `ordering` is for FIFO topics alone.
    package func publish(
        topicARN: String, subject: String?, message: String, ordering: Ordering? = nil
    ) async throws(AWSError) -> String {
        var parameters = [("TopicArn", topicARN), ("Message", message)]
        if let ordering {
            parameters += [
                ("MessageGroupId", ordering.groupID), ("MessageDeduplicationId", ordering.deduplicationID),
            ]
        }
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
