import AWSClient
import Alerting

/// An SNS topic, standard or FIFO.
package struct SNSSender: ReceiverSender {
    package let client: SNSClient
    package let topicARN: String

    package func send(_ message: NotificationMessage) async -> DeliveryResult {
        let publish = SNSPublish(message, topicARN: topicARN)
        let ordering = publish.ordering.map {
            SNSClient.Ordering(groupID: $0.groupID, deduplicationID: $0.deduplicationID)
        }
        do {
            _ = try await client.publish(
                topicARN: topicARN, subject: publish.subject, message: publish.message, ordering: ordering)
            return .accepted
        } catch {
            return Self.result(of: error)
        }
    }

    /// Credentials and rights are not about the message: what waits is sent once they are there.
    private static func result(of error: AWSError) -> DeliveryResult {
        let failure = DeliveryFailure(reason: error.failureCode, detail: error.description)
        switch error.kind {
        case .cancelled: return .cancelled
        case .refused, .invalidRequest: return .refused(failure)
        case .transport, .throttled, .serviceFailure, .malformedAnswer, .unaffordable: return .later(failure)
        case .credentials, .accessDenied, .credentialsRejected:
            return .later(failure, afterSeconds: AlertLimits.longestRetrySeconds)
        }
    }
}
