import Alerting

/// One Alertmanager, by its API v2. Several are several receivers: each is told everything, and none waits for another.
package struct AlertmanagerSender: StandingSender {
    package let post: HTTPPost
    package let resendSeconds: Double
    /// Between two looks at the data, which is how long an alert may stay unchanged without being forgotten.
    package let evaluationSeconds: Double
    package let pageURL: String?

    package func send(_ message: NotificationMessage) async -> DeliveryResult { await send(message.notices) }

    package func send(_ notices: [AlertNotice]) async -> DeliveryResult {
        let endsAt = AlertmanagerResends.endsAt(
            now: post.now(), evaluationSeconds: evaluationSeconds, resendSeconds: resendSeconds)
        do {
            return await post.send(
                try AlertmanagerBody.bytes(notices, firingEndsAt: endsAt, pageURL: pageURL))
        } catch {
            return .refused(DeliveryFailure(reason: "body", detail: "\(error)"))
        }
    }
}
