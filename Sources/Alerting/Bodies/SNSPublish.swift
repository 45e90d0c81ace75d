/// Amazon SNS's `Publish` in the query protocol, version 2010-03-31; the edge signs and sends it.
package enum SNSPublish {
    package static let contentType = "application/x-www-form-urlencoded; charset=utf-8"

    /// The form body. For a topic whose ARN ends in `.fifo` with `MessageGroupId`, by which the alerts of a Region stay
    /// in order, and `MessageDeduplicationId`, by which SNS drops a repetition within five minutes.
    package static func form(_ message: NotificationMessage, topicARN: String) -> String {
        var fields = [
            ("Action", "Publish"), ("Version", "2010-03-31"), ("TopicArn", topicARN),
            ("Subject", subject(message)),
            ("Message", text(message)),
        ]
        if topicARN.hasSuffix(".fifo") {
            fields.append(("MessageGroupId", groupID(message)))
            fields.append(("MessageDeduplicationId", "bedrock-quota-\(message.id)"))
        }
        return fields.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }

    /// The Region that the topic lives in, which signs the request; nil for something that is no topic's ARN.
    package static func region(ofTopic arn: String) -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 6 && parts[2] == "sns" && !parts[3].isEmpty ? String(parts[3]) : nil
    }

    /// Printable ASCII, at most 100 characters, beginning with a letter, digit or punctuation mark.
    static func subject(_ message: NotificationMessage) -> String {
        String(
            message.title.unicodeScalars.map { (" "..."~").contains($0) ? Character($0) : "?" }
                .prefix(AlertLimits.subjectCharacters))
    }

    /// One paragraph an alert, for mail and text messages.
    static func text(_ message: NotificationMessage) -> String {
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

    /// RFC 3986, 2.3: everything but unreserved characters escaped.
    private static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default: out += "%" + Hexadecimal.text([byte]).uppercased()
            }
        }
        return out
    }
}
