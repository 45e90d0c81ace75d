import AWSClient
import HTTPServer
import System
import Testing

@testable import Configuration

@Suite("Forms of values")
struct ValueFormTests {
    @Test(
        "Listen addresses",
        arguments: [
            ("127.0.0.1:9747", .ipv4("127.0.0.1"), 9747), (":9747", .all, 9747), ("[::1]:0", .ipv6("::1"), 0),
            ("localhost:65535", .ipv4("127.0.0.1"), 65535),
        ] as [(String, ListenAddress.Host, UInt16)])
    func listenAddress(text: String, host: ListenAddress.Host, port: UInt16) throws {
        let address = try Form.listenAddress.parse(ConfiguredScalar(text))
        #expect(address == ListenAddress(host: host, port: port))
    }

    @Test(
        "What is no listen address is refused",
        arguments: [
            "", "9747", "localhost", "localhost:", "h:65536", "h:-1", "h:+1", "h: 1", "::1:80", "[::1]",
            "[h]:1", "h/:1",
            "http://h:80", "a b:1", "[]:1", "example.com:80", "[fe80::1%eth0]:80",
        ])
    func notAListenAddress(text: String) {
        #expect(throws: InvalidValue.self) { try Form.listenAddress.parse(ConfiguredScalar(text)) }
    }

    @Test(
        "URLs show their origin, and their path where it is no secret",
        arguments: [
            ("http://127.0.0.1:9093", "http://127.0.0.1:9093", "http://127.0.0.1:9093"),
            ("https://h/", "https://h", "https://h/"),
            ("HTTPS://h/a/b", "https://h/<secret>", "https://h/a/b"),
            ("https://u:p@h:1/a?t=1", "https://h:1/<secret>", "https://<secret>@h:1/a?<secret>"),
            ("https://h?t=1", "https://h/<secret>", "https://h?<secret>"),
            ("http://u:p@x@[::1]:80", "http://[::1]:80/<secret>", "http://<secret>@[::1]:80"),
        ])
    func serviceURL(text: String, shown: String, withPath: String) throws {
        let url = try ServiceURL(text)
        #expect(url.description == shown)
        #expect(url.descriptionWithPath == withPath)
        #expect(url.text.value == text)
        #expect(ServiceURL(text: text) == url)
    }

    @Test(
        "A URL's user can be taken apart from it",
        arguments: [
            ("http://h/a@b", nil, "http://h/a@b"), ("HTTPS://u:p@h:1/a?t=1", "u:p", "HTTPS://h:1/a?t=1"),
            ("http://u:p@x@[::1]:80", "u:p@x", "http://[::1]:80"), ("http://@h", "", "http://h"),
            ("http://h@h@h/h@h", "h@h", "http://h/h@h"),
        ])
    func user(text: String, user: String?, without: String) throws {
        let url = try ServiceURL(text)
        #expect(url.user?.value == user)
        #expect(url.withoutUser.value == without)
    }

    @Test(
        "What is no URL is refused without showing it",
        arguments: [
            "", "h", "h/p4ss", "//h/p4ss", "ftp://h/p4ss", "http://", "http:///p4ss", "http://h:0/p4ss",
            "http://h:x/p4ss",
            "http://h:99999/p4ss", "http://u:p4ss@", "http://h/p4ss word", "http://h/#p4ss",
            "http://h/p4ss\"",
            "http://[h]/p4ss", "http://h/é", "http://p4ss:p4ss:1/",
        ])
    func notAURL(text: String) {
        #expect(ServiceURL(text: text) == nil)
        let error = #expect(throws: InvalidValue.self) { try ServiceURL(text) }
        #expect(error?.reason.contains("p4ss") == false)
    }

    @Test(
        "Region names",
        arguments: [
            ("ap-southeast-1", true), ("us-gov-west-1", true), ("eusc-de-east-1", true),
            ("mx-central-1", true),
            ("us-east-1a", false), ("us-east", false), ("US-east-1", false), ("a-b-1", false),
            ("us--1", false),
            ("us-east-10", true), ("us-east-100", false), ("us-east-0", false), ("us-esat-1", false),
            ("ap-southeast-9", true), ("su-east-1", false), ("us-gov-east-1", true),
            ("q\u{301}a-east-1", false),
            ("us-east-1\u{301}", false), ("", false), ("us-1", false), ("-us-east-1", false),
            ("us-east-١", false),
        ])
    func regionName(text: String, valid: Bool) {
        #expect((RegionName.problem(text) == nil) == valid)
    }

    @Test("A Region that no partition has is refused with the one that was meant")
    func suggestedRegion() {
        #expect(
            RegionName.problem("us-esat-1")
                == "\"us-esat-1\" is not a Region of AWS; did you mean us-east-1? allowed: a name such as ap-southeast-1"
        )
        #expect(
            RegionName.problem("frankfurt")
                == "\"frankfurt\" is not a Region of AWS; allowed: a name such as ap-southeast-1")
    }

    @Test(
        "A letter with a combining mark is no letter of a name",
        arguments: ["q\u{301}", "1\u{308}", "Q\u{307}"])
    func combiningMarks(text: String) {
        #expect(throws: InvalidValue.self) { try ConfiguredScalar(text).name() }
    }

    @Test(
        "ARNs of roles",
        arguments: [
            ("arn:aws:iam::111122223333:role/quota-monitor", true),
            ("arn:aws-us-gov:iam::111122223333:role/path/to/a+b=c,d.e@f_g", true),
            ("arn:aws:iam::11112222333:role/a", false), ("arn:aws:iam::111122223333:user/a", false),
            ("arn:aws:iam::111122223333:role/", false), ("arn:aws:iam::111122223333:role//a", false),
            ("arn:aws:iam:us-east-1:111122223333:role/a", false),
            ("arn:azure:iam::111122223333:role/a", false),
            ("arn:aws:sts::111122223333:role/a", false), ("arn:aws:iam::111122223333:role/a b", false),
            ("", false),
        ])
    func roleARN(text: String, valid: Bool) {
        #expect(((try? ARN.role(ConfiguredScalar(text))) != nil) == valid)
    }

    @Test(
        "ARNs of topics",
        arguments: [
            ("arn:aws:sns:ap-southeast-1:111122223333:bedrock_quota-1", true),
            ("arn:aws:sns:ap-southeast-1:111122223333:a.fifo", true),
            ("arn:aws:sns:ap-southeast-1:111122223333:.fifo", false),
            ("arn:aws:sns:ap-southeast-1:111122223333:a.b", false), ("arn:aws:sns::111122223333:a", false),
            ("arn:aws:sqs:ap-southeast-1:111122223333:a", false),
            ("arn:aws:sns:ap-southeast-1:111122223333:", false),
            ("arn:aws:sns:ap-southeast-1:111122223333:a:b", false),
        ])
    func topicARN(text: String, valid: Bool) {
        #expect(((try? ARN.topic(ConfiguredScalar(text))) != nil) == valid)
    }

    @Test(
        "Models and patterns of models",
        arguments: [
            ("anthropic.claude-sonnet-4-6", true, true), ("amazon.nova-pro-v1:0", true, true),
            ("anthropic.claude-opus-4-8*", false, true), ("anthropic.*", false, true), ("*", false, false),
            ("anthropic*", false, false), ("a.b*c", false, false), ("a.**", false, false),
            ("us.anthropic.claude-sonnet-4-6", false, false), ("global.anthropic.claude*", false, false),
            ("claude", false, false), ("", false, false), ("a. b", false, false),
        ])
    func models(text: String, isModel: Bool, isPattern: Bool) {
        #expect(((try? ModelName.base(ConfiguredScalar(text))) != nil) == isModel)
        #expect(((try? ModelName.pattern(ConfiguredScalar(text))) != nil) == isPattern)
    }

    @Test(
        "The nearest word is suggested when a slip of the fingers leads to it",
        arguments: [
            ("listen_adress", "listen_address"), ("paht", "path"), ("pth", "path"), ("regoin", "region"),
            ("listenaddress", "listen_address"), ("banana", nil), ("x", nil), ("", nil),
        ] as [(String, String?)])
    func suggestion(word: String, near: String?) {
        #expect(Suggestion.nearest(to: word, in: ["path", "listen_address", "region"]) == near)
    }

    @Test("A secret is shown by nothing that prints")
    func secret() {
        let secret = Secret("p4ss")
        var dumped = ""
        dump([secret], to: &dumped)
        #expect("\(secret) \(String(reflecting: secret)) \([secret]) \(dumped)".contains("p4ss") == false)
        #expect("\(secret)" == "<secret>")
    }
}
