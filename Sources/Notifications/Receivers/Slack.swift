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

/// A message for Slack's incoming webhooks and those that copy them (Mattermost, Rocket.Chat).
package enum SlackBody {
    private struct Document: Encodable {
        /// Shown in notifications, and by clients that know no attachments.
        let text: String
        let attachments: [Attachment]
    }

    private struct Attachment: Encodable {
        let color: String
        let fallback: String
        let title: String
        let title_link: String?
        let text: String
        let fields: [Field]
        let mrkdwn_in = ["text"]
    }

    private struct Field: Encodable {
        let title: String
        let value: String
        let short: Bool
    }

    package static func bytes(
        _ message: NotificationMessage, pageURL: String?
    ) throws(AlertingError) -> [UInt8] {
        var attachments = message.notices.prefix(AlertLimits.shownAlerts).map { attachment($0, pageURL) }
        let rest = message.notices.count - attachments.count
        if rest > 0 {
            attachments.append(
                Attachment(
                    color: color(.firing, .info), fallback: "and \(rest) more", title: "and \(rest) more",
                    title_link: pageURL.map { $0 + "/" }, text: "", fields: []))
        }
        return try JSONBody.bytes(Document(text: escaped(message.title), attachments: attachments))
    }

    private static func attachment(_ notice: AlertNotice, _ pageURL: String?) -> Attachment {
        let summary = escaped(notice.annotations["summary"] ?? notice.identity.kind.rawValue)
        let title = notice.status == .resolved ? "Resolved: \(summary)" : summary
        let lines =
            notice.status == .resolved
            ? [] : ["description", "next_step"].compactMap { notice.annotations[$0] }.map(escaped)
        let fields = [
            ("Since", "since"), ("Quota code", "quota_code"), ("Model IDs", "model_ids"),
            ("Runbook", "runbook_url"),
        ]
        return Attachment(
            color: color(notice.status, notice.identity.severity), fallback: title, title: title,
            title_link: pageURL.map { $0 + "/" }, text: lines.joined(separator: "\n"),
            fields: fields.compactMap { name, key in
                notice.annotations[key].map {
                    Field(title: name, value: escaped($0), short: ["since", "quota_code"].contains(key))
                }
            })
    }

    private static func color(_ status: AlertNotice.Status, _ severity: AlertSeverity) -> String {
        guard status == .firing else { return "good" }
        return switch severity {
        case .critical: "danger"
        case .warning: "warning"
        case .info: "#439FE0"
        }
    }

    /// Slack's three control characters ("Escaping text" of its formatting page).
    package static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
