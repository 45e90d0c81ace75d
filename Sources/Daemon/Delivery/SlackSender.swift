import Alerting

/// A Slack incoming webhook, or one that copies it.
struct SlackSender: ReceiverSender {
    let post: HTTPPost
    let pageURL: String?

    func send(_ message: NotificationMessage) async -> DeliveryResult {
        do {
            return await post.send(try SlackBody.bytes(message, pageURL: pageURL))
        } catch {
            return .refused(DeliveryFailure(reason: "body", detail: "\(error)"))
        }
    }
}
