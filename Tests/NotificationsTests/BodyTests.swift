import QuotaModel
import TestBench
import Testing

@testable import Alerting
@testable import Notifications
@testable import System

@Suite("Bodies of notifications")
struct BodyTests {
    private static let sonnet = QuotaPool(
        account: "prod", region: "ap-southeast-1", scope: .global, model: "anthropic.claude-sonnet-4-6")
    private static let page = "https://quota.example.com"

    /// One alert that fires and one that resolved, of one Region.
    static func message() -> NotificationMessage {
        let warning = AlertIdentity(.quotaWarning, pool: Self.sonnet, quota: .tokensPerMinute)
        let other = AlertIdentity(
            .quotaWarning,
            pool: QuotaPool(
                account: "prod", region: "ap-southeast-1", scope: .crossRegion, model: "amazon.nova-pro-v1:0"),
            quota: .requestsPerMinute)
        let annotations = [
            "summary": "Nova <Pro> & \"friends\" use 75 % of their requests per minute.",
            "description": "750 of 1,000.", "next_step": "Look.", "since": "2026-11-03T10:00:00Z",
            "model_ids": "apac.amazon.nova-pro-v1:0 (100 %)", "quota_code": "L-1",
        ]
        return NotificationMessage(
            id: "7-1793700120", transitionIDs: [7, 8],
            notices: [
                AlertNotice(
                    identity: warning, status: .firing, startsAt: 1_793_700_120, annotations: annotations),
                AlertNotice(
                    identity: other, status: .resolved, startsAt: 1_793_690_000, endsAt: 1_793_700_060,
                    annotations: ["summary": "Was up – é."]),
            ])
    }

    @Test("Each format is written as the golden file has it")
    func golden() throws {
        let message = Self.message()
        try Golden.check(
            "alertmanager.json",
            AlertmanagerBody.bytes(message.notices, firingEndsAt: 1_793_700_360, pageURL: Self.page))
        try Golden.check(
            "webhook.json", WebhookBody.bytes(message, receiver: "hook", pageURL: Self.page))
        try Golden.check("slack.json", SlackBody.bytes(message, pageURL: Self.page))
        let topic = "arn:aws:sns:ap-southeast-1:111122223333:quota"
        let plain = SNSPublish(message, topicARN: topic)
        try Golden.check("sns.txt", Array("\(plain.subject)\n\(plain.message)\n".utf8))
        #expect(plain.topicARN == topic && plain.ordering == nil)
        let fifo = SNSPublish(message, topicARN: topic + ".fifo")
        #expect(fifo.ordering?.groupID == "prod/ap-southeast-1")
        #expect(fifo.ordering?.deduplicationID == "bedrock-quota-7-1793700120")
        #expect(fifo.subject == plain.subject && fifo.message == plain.message)
    }

    @Test("Without a page's address no link is made up")
    func noPage() throws {
        let text = String(
            decoding: try WebhookBody.bytes(Self.message(), receiver: "hook", pageURL: nil), as: UTF8.self)
        #expect(text.contains("\"generatorURL\":\"\"") && text.contains("\"externalURL\":\"\""))
        let alert = String(
            decoding: try AlertmanagerBody.bytes(Self.message().notices, firingEndsAt: 0, pageURL: nil),
            as: UTF8.self)
        #expect(alert.contains("\"generatorURL\":\"\""))
        // An end before the start would be refused with everything else in the request.
        #expect(alert.contains("\"endsAt\":\"2026-11-03T10:02:00Z\",\"generatorURL\""))
    }

    @Test("Fingerprints are those of Prometheus's label sets")
    func fingerprints() {
        // From model/fingerprinting of github.com/prometheus/common: no labels give FNV's offset basis.
        #expect(LabelFingerprint.text([:]) == "cbf29ce484222325")
        #expect(
            LabelFingerprint.text(["name": "garland, briggs", "fear": "love is not enough"])
                == Self.garland)
    }

    /// 5799056148416392346, the value in the tests of github.com/prometheus/common, model/signature_test.go.
    private static let garland = String(5_799_056_148_416_392_346 as UInt64, radix: 16)

    @Test("A Slack message shows twenty alerts and counts the rest")
    func slackBound() throws {
        let one = Self.message().notices[0]
        let many = NotificationMessage(
            id: "1-1", transitionIDs: Array(1...256), notices: Array(repeating: one, count: 256))
        let text = String(decoding: try SlackBody.bytes(many, pageURL: nil), as: UTF8.self)
        #expect(text.contains("and 236 more") && text.contains("[FIRING:256]"))
        #expect(SNSPublish.text(many).contains("And 236 more."))
    }

    @Test("The subject of an SNS message is printable ASCII of at most 100 characters")
    func subject() {
        let identity = AlertIdentity(
            .pollFailing, account: "k\u{F6}ln\n", region: String(repeating: "r", count: 200))
        let message = NotificationMessage(
            id: "1-1", transitionIDs: [1],
            notices: [AlertNotice(identity: identity, status: .firing, startsAt: 0)])
        let subject = SNSPublish.subject(message)
        #expect(subject.count == 100 && subject.hasPrefix("[FIRING:1] BedrockPollFailing k?ln? rrr"))
        #expect(SNSPublish.region(ofTopic: "arn:aws:sns:eu-west-1:111122223333:t.fifo") == "eu-west-1")
        #expect(SNSPublish.region(ofTopic: "arn:aws:sqs:eu-west-1:111122223333:t") == nil)
    }
}

@Suite("Signatures")
struct BodySignatureTests {
    @Test(
        "SHA-256 of the examples of FIPS 180-4 and of every length around a block",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func digests(text: String, expected: String) {
        #expect(Hexadecimal.text(SHA256.digest(Array(text.utf8))) == expected)
    }

    @Test("A million times a")
    func million() {
        let digest = SHA256.digest([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        #expect(
            Hexadecimal.text(digest) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("HMAC-SHA256 of RFC 4231, short, long and longer-than-a-block keys")
    func hmac() {
        #expect(
            Hexadecimal.text(
                BodySignature.hmac(Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20)))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            BodySignature.value(of: Array("what do ya want for nothing?".utf8), secret: Array("Jefe".utf8))
                == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            Hexadecimal.text(
                BodySignature.hmac(
                    Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                    key: [UInt8](repeating: 0xaa, count: 131)))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }
}
