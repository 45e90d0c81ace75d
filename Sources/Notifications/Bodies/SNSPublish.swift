import Alerting

/// A notification as Amazon SNS's `Publish` takes it; the edge encodes, signs and sends it.
package struct SNSPublish: Sendable {
    package let topicARN: String
    package let subject: String
    package let message: String
    /// For a topic whose ARN ends in `.fifo`: `MessageGroupId`, by which the alerts of a Region stay in order, and
    /// `MessageDeduplicationId`, by which SNS drops a repetition within five minutes.
    package let ordering: (groupID: String, deduplicationID: String)?

    package init(_ message: NotificationMessage, topicARN: String) {
        self.topicARN = topicARN
        subject = Self.subject(message)
        self.message = Self.text(message)
        ordering =
            topicARN.hasSuffix(".fifo")
            ? (Self.groupID(message), "bedrock-quota-\(message.id)") : nil
    }

    /// The Region that the topic lives in, which signs the request; nil for something that is no topic's ARN.
    package static func region(ofTopic arn: String) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 6 && parts[2] == "sns" && !parts[3].isEmpty ? String(parts[3]) : nil
    }

    /// Printable ASCII, at most 100 characters, beginning with a letter, digit or punctuation mark.
    package static func subject(_ message: NotificationMessage) -> String {
        String(
            message.title.unicodeScalars.map { (" "..."~").contains($0) ? Character($0) : "?" }
                .prefix(AlertLimits.subjectCharacters))
    }

    /// One paragraph an alert, for mail and text messages.
    package static func text(_ message: NotificationMessage) -> String {
        var paragraphs = message.notices.prefix(AlertLimits.shownAlerts).map(paragraph)
        let rest = message.notices.count - paragraphs.count
        if rest > 0 { paragraphs.append("And \(rest) more.") }
        let text = paragraphs.joined(separator: "\n\n")
        guard text.utf8.count > AlertLimits.messageBytes else { return text }
        return String(decoding: text.utf8.prefix(AlertLimits.messageBytes - 3), as: UTF8.self)
    }

    private static func paragraph(_ notice: AlertNotice) -> String {
        let annotations = notice.annotations
        var lines = [
            "\(notice.status.rawValue.uppercased()): \(annotations["summary"] ?? notice.identity.kind.rawValue)"
        ]
        if notice.status == .firing {
            lines += ["description", "next_step"].compactMap { annotations[$0] }
        }
        let known = [("Since", "since"), ("Model IDs", "model_ids"), ("Page", "dashboard_url")]
        lines += known.compactMap { name, key in annotations[key].map { "\(name): \($0)" } }
        if let end = notice.endsAt { lines.append("Resolved: \(Figure.time(end))") }
        lines.append(
            notice.identity.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                .joined(separator: " "))
        return lines.joined(separator: "\n")
    }

    /// Up to 128 letters, digits and punctuation marks.
    private static func groupID(_ message: NotificationMessage) -> String {
        guard let identity = message.notices.first?.identity else { return "none" }
        return String(
            "\(identity.account)/\(identity.region)".unicodeScalars
                .filter { ("!"..."~").contains($0) }.prefix(128).map(Character.init))
    }
}
