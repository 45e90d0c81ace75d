import Alerting
import System

/// A URL that takes Alertmanager's webhook body, version 4.
package struct WebhookSender: ReceiverSender {
    package let name: String
    package let post: HTTPPost
    package let secretFile: String?
    package let readFile: BoundedFile.Reader
    package let pageURL: String?

    package func send(_ message: NotificationMessage) async -> DeliveryResult {
        let body: [UInt8]
        do {
            body = try WebhookBody.bytes(message, receiver: name, pageURL: pageURL)
        } catch {
            return .refused(DeliveryFailure(reason: "body", detail: "\(error)"))
        }
        // A message may come twice, when its answer was lost; by its ID a receiver can tell.
        var headers = [(name: "Idempotency-Key", value: message.id)]
        do {
            if let secretFile {
                let secret = Array(try SecretFile.text(secretFile, readFile).utf8)
                headers.append((BodySignature.header, BodySignature.value(of: body, secret: secret)))
            }
        } catch {
            return .later(DeliveryFailure(reason: "secret", detail: "cannot sign: \(error)"))
        }
        return await post.send(body, headers: headers)
    }
}

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

/// The signature of a webhook body, so that its receiver knows who sent it.
package enum BodySignature {
    /// The header that GitHub's webhooks made common.
    package static let header = "X-Hub-Signature-256"

    /// `sha256=` and HMAC-SHA256 of the body in lower-case hexadecimal digits.
    package static func value(of body: [UInt8], secret: [UInt8]) -> String {
        "sha256=" + Hexadecimal.text(hmac(body, key: secret))
    }

    /// FIPS 198-1, section 4, with SHA-256.
    package static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > SHA256.blockBytes ? SHA256.digest(key) : key
        block += [UInt8](repeating: 0, count: SHA256.blockBytes - block.count)
        let inner = SHA256.digest(block.map { $0 ^ 0x36 } + message)
        return SHA256.digest(block.map { $0 ^ 0x5c } + inner)
    }
}

enum Hexadecimal {
    private static let digits = Array("0123456789abcdef")

    /// Two lower-case digits a byte.
    static func text(_ bytes: [UInt8]) -> String {
        String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

/// A label set's fingerprint as Prometheus and Alertmanager compute it.
package enum LabelFingerprint {
    /// 16 hexadecimal digits: FNV-1a (64 bits) over the names in order and their values, each followed by byte 255
    /// (github.com/prometheus/common, model/signature.go).
    package static func text(_ labels: [String: String]) -> String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            for byte in Array(name.utf8) + [255] + Array(value.utf8) + [255] {
                hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211
            }
        }
        return Hexadecimal.text((0..<8).reversed().map { UInt8(truncatingIfNeeded: hash >> ($0 * 8)) })
    }
}
