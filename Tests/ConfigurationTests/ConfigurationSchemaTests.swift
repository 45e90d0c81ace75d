import System
import Testing

@testable import Configuration

@Suite("Schema of configurations")
struct ConfigurationSchemaTests {
    @Test("Every default fits what the schema says of its key", arguments: ConfigurationKeys.all)
    func defaults(key: ConfigurationKey) throws {
        guard let standard = key.standard else { return }
        switch key.shape {
        case .text(let pattern, let limit):
            if let pattern { #expect(try Regex(pattern).firstMatch(in: standard) != nil) }
            #expect(standard.count <= limit ?? .max)
        case .words(let words): #expect(words.contains(standard))
        case .number(let bounds): #expect(bounds.contains(try #require(Double(standard))))
        case .wholeNumber(let bounds): #expect(bounds.contains(try #require(Int(standard))))
        case .flag: #expect(["true", "false"].contains(standard))
        case .list, .sections: #expect(standard == "[]")
        case .map: #expect(standard == "{}")
        case .sequence: Issue.record("no default is known for it")
        }
    }

    private func matches(_ shape: ValueShape, _ text: String) throws -> Bool {
        guard case .text(let pattern?, _) = shape else { return true }
        return try Regex(pattern).firstMatch(in: text) != nil
    }

    @Test(
        "Patterns refuse what the program refuses, where they can, and take what it takes",
        arguments: [
            ("polling.interval", ["90s", "1h30m", "5y", "2w"], ["90", "", "1m2h", "90 s", "m"]),
            ("accounts[].regions", ["ap-southeast-1", "us-gov-west-1"], ["ap-southeast", "Singapore"]),
            (
                "accounts[].role_arn",
                ["arn:aws:iam::111122223333:role/a/b", "arn:aws-cn:iam::111122223333:role/r"],
                ["arn:aws:iam::1111:role/r", "role/r", "arn:aws:iam::111122223333:user/r"]
            ),
            (
                "alerts.receivers[].topic_arn",
                ["arn:aws:sns:us-east-1:111122223333:t", "arn:aws:sns:us-east-1:111122223333:t.fifo"],
                ["arn:aws:sns:us-east-1:111122223333:t.x", "t"]
            ),
            ("web.listen_address", [":9747", "[::1]:1", "h:0"], ["h", "9747", "h:port"]),
            ("web.telemetry_path", ["/m", "/a/b.c"], ["m", "/m/", "/"]),
            ("shard", ["2/8", "quota-1/8"], ["2", "2/", "2/0"]),
            ("organization.exclude", ["111122223333", "ou-ab12-11112222"], ["1", "ou-ab12"]),
            ("storage.path", ["a.db", "/a/b"], ["a/", ""]),
            ("quotas.overrides[].model", ["anthropic.claude-opus-4-8*", "a.b"], ["a", "*", "a.*b"]),
            (
                "alerts.receivers[].url", ["https://h/a?b=c", "http://[::1]:1"],
                ["h", "ftp://h", "https://a b"]
            ),
            ("accounts[].callers.by", ["role", "metadata:k"], ["caller", "metadata:"]),
        ])
    func patterns(path: String, good: [String], bad: [String]) throws {
        let key = try #require(ConfigurationKeys.all.first { $0.path == path })
        var shape = key.shape
        if case .list(let item, _) = shape { shape = item }
        for text in good { #expect(try matches(shape, text), "\(text)") }
        for text in bad { #expect(try !matches(shape, text), "\(text)") }
    }

    @Test("Numbers lie within bounds, with or without these themselves")
    func bounds() {
        let ratio = NumberBounds(0, 1, excludesLeast: true)
        #expect(!ratio.contains(0) && ratio.contains(0.001) && ratio.contains(1) && !ratio.contains(1.1))
        let below = NumberBounds(0, 1, excludesMost: true)
        #expect(below.contains(0) && !below.contains(1) && !below.contains(-0.1))
    }

    @Test("Values are written as JSON, one key a line")
    func writing() {
        let value = SchemaValue.map([
            ("b", .list([.number(1), .text("x\"\n"), .flag(true)])), ("a", .map([])),
            ("c", .list([.map([("d", .number(0.5))])])),
        ])
        #expect(
            value.written() == """
                {
                  "b": [1, "x\\"\\n", true],
                  "a": {},
                  "c": [
                    {
                      "d": 0.5
                    }
                  ]
                }
                """)
    }
}
