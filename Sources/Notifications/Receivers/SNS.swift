import AWSClient
import Alerting
import Synchronization
import System

/// An SNS topic, standard or FIFO.
package struct SNSSender: ReceiverSender {
    package let client: SNSClient
    package let topicARN: String

    package func send(_ message: NotificationMessage) async -> DeliveryResult {
        let publish = SNSPublish(message, topicARN: topicARN)
        let ordering = publish.ordering.map {
            SNSClient.Ordering(groupID: $0.groupID, deduplicationID: $0.deduplicationID)
        }
        do {
            _ = try await client.publish(
                topicARN: topicARN, subject: publish.subject, message: publish.message, ordering: ordering)
            return .accepted
        } catch {
            return Self.result(of: error)
        }
    }

    /// Credentials and rights are not about the message: what waits is sent once they are there.
    private static func result(of error: AWSError) -> DeliveryResult {
        let failure = DeliveryFailure(reason: error.failureCode, detail: error.description)
        switch error.kind {
        case .cancelled: return .cancelled
        case .refused, .invalidRequest: return .refused(failure)
        case .transport, .throttled, .serviceFailure, .malformedAnswer, .unaffordable: return .later(failure)
        case .credentials, .accessDenied, .credentialsRejected:
            return .later(failure, afterSeconds: AlertLimits.longestRetrySeconds)
        }
    }
}

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
        let known = [
            ("Since", "since"), ("Model IDs", "model_ids"), ("Page", "dashboard_url"),
            ("Runbook", "runbook_url"),
        ]
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

/// Has the metrics page rendered soon after something was counted, but not for each of a storm's messages.
package final class PublishThrottle: Sendable {
    /// Between two renderings.
    package static let pauseSeconds = 0.5

    private let isWaiting = Atomic(false)
    private let clock: PollClock
    private let publish: @Sendable () -> Void

    package init(clock: PollClock, publish: @escaping @Sendable () -> Void) {
        self.clock = clock
        self.publish = publish
    }

    /// What has been counted before the call will be on the page after the pause.
    package func request() {
        guard !isWaiting.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Task { [self] in
            do {
                try await clock.sleep(Self.pauseSeconds)
            } catch {
                // Nobody cancels it; if somebody did, the page would be rendered at once.
            }
            isWaiting.store(false, ordering: .releasing)
            publish()
        }
    }
}
