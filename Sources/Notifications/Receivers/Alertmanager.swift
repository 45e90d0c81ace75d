import Alerting
import FoundationEssentials

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

/// How bodies are written: sorted keys, so that equal messages are equal bytes.
enum JSONBody {
    static func bytes(_ body: some Encodable) throws(AlertingError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(body))
        } catch {
            throw .unwritableBody(reason: "\(error)")
        }
    }
}

/// The body of `POST /api/v2/alerts` of Alertmanager.
package enum AlertmanagerBody {
    /// The path below an Alertmanager's URL.
    package static let path = "/api/v2/alerts"

    private struct Alert: Encodable {
        let labels: [String: String]
        let annotations: [String: String]
        let startsAt: String
        let endsAt: String
        /// Must be a URI or empty; else the answer is 422.
        let generatorURL: String
    }

    /// The JSON array. `firingEndsAt` (`AlertmanagerResends.endsAt`) is when Alertmanager takes a firing alert for
    /// resolved unless it is sent again.
    package static func bytes(
        _ notices: [AlertNotice], firingEndsAt: Double, pageURL: String?
    ) throws(AlertingError) -> [UInt8] {
        try JSONBody.bytes(
            notices.map { notice in
                // "start time must be before end time": a clock that was set back must not break a whole request.
                let end = max(notice.endsAt ?? firingEndsAt, notice.startsAt)
                return Alert(
                    labels: notice.identity.labels, annotations: notice.annotations,
                    startsAt: Figure.time(notice.startsAt), endsAt: Figure.time(end),
                    generatorURL: pageURL.map { $0 + "/" } ?? "")
            })
    }
}
