import Alerting

/// Alertmanager's webhook body, version 4, for webhooks and commands.
package enum WebhookBody {
    package static let contentType = "application/json"

    private struct Document: Encodable {
        let version = "4"
        let receiver: String
        let status: String
        let alerts: [Alert]
        let groupLabels: [String: String]
        let commonLabels: [String: String]
        let commonAnnotations: [String: String]
        let externalURL: String
        let groupKey: String
        /// Larger messages are split, never cut.
        let truncatedAlerts = 0
    }

    private struct Alert: Encodable {
        let status: String
        let labels: [String: String]
        let annotations: [String: String]
        let startsAt: String
        let endsAt: String
        let generatorURL: String
        let fingerprint: String
    }

    /// What Go writes for no time; Alertmanager sends it for alerts that fire.
    private static let noTime = "0001-01-01T00:00:00Z"

    /// `receiver` is its name in the configuration.
    package static func bytes(
        _ message: NotificationMessage, receiver: String, pageURL: String?
    ) throws(AlertingError) -> [UInt8] {
        let alerts = message.notices.map { notice in
            Alert(
                status: notice.status.rawValue, labels: notice.identity.labels,
                annotations: notice.annotations,
                startsAt: Figure.time(notice.startsAt), endsAt: notice.endsAt.map(Figure.time) ?? noTime,
                generatorURL: pageURL.map { $0 + "/" } ?? "",
                fingerprint: LabelFingerprint.text(notice.identity.labels))
        }
        let groupLabels = message.notices.first.map { NotificationGroup($0.identity).labels } ?? [:]
        return try JSONBody.bytes(
            Document(
                receiver: receiver, status: message.status.rawValue, alerts: alerts, groupLabels: groupLabels,
                commonLabels: common(alerts.map(\.labels)),
                commonAnnotations: common(alerts.map(\.annotations)), externalURL: pageURL ?? "",
                groupKey: groupKey(groupLabels)))
    }

    /// What all have with the same value.
    package static func common(_ sets: [[String: String]]) -> [String: String] {
        guard let first = sets.first else { return [:] }
        return first.filter { name, value in sets.allSatisfy { $0[name] == value } }
    }

    /// Alertmanager's: the route's matchers, none here, and the group's labels as a label set is printed.
    private static func groupKey(_ labels: [String: String]) -> String {
        let pairs = labels.sorted { $0.key < $1.key }.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }
        return "{}:{\(pairs.joined(separator: ", "))}"
    }
}

extension NotificationMessage {
    /// Firing when any of its alerts is.
    package var status: AlertNotice.Status { notices.contains { $0.status == .firing } ? .firing : .resolved }

    /// `[FIRING:2] BedrockQuotaWarning prod ap-southeast-1`, as Alertmanager's own titles.
    package var title: String {
        let firing = notices.count { $0.status == .firing }
        let count = firing > 0 ? ":\(firing)" : ""
        guard let identity = notices.first?.identity else { return "[\(status.rawValue.uppercased())]" }
        return
            "[\(status.rawValue.uppercased())\(count)] \(identity.kind.rawValue) \(identity.account) \(identity.region)"
    }
}
