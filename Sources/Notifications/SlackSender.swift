import Alerting

/// A Slack incoming webhook, or one that copies it.
package struct SlackSender: ReceiverSender {
    package let post: HTTPPost
    package let pageURL: String?

    package func send(_ message: NotificationMessage) async -> DeliveryResult {
        do {
            return await post.send(try SlackBody.bytes(message, pageURL: pageURL))
        } catch {
            return .refused(DeliveryFailure(reason: "body", detail: "\(error)"))
        }
    }
}
