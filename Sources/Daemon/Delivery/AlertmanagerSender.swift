import Alerting

/// One Alertmanager, by its API v2. Several are several receivers: each is told everything, and none waits for another.
struct AlertmanagerSender: StandingSender {
    let post: HTTPPost
    let resendSeconds: Double
    /// Between two looks at the data, which is how long an alert may stay unchanged without being forgotten.
    let evaluationSeconds: Double
    let pageURL: String?

    func send(_ message: NotificationMessage) async -> DeliveryResult { await send(message.notices) }

    func send(_ notices: [AlertNotice]) async -> DeliveryResult {
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
