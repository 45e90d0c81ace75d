import Testing

@testable import Configuration

@Suite("Where values come from")
struct ConfigurationOriginsTests {
    private static let text = """
        web:
          listen_address: ":1"
          basic_auth_users: { "bob b": \(bcryptHash) }
        accounts:
          - name: a
            regions: [us-east-1]
            profile:
          - { name: b, regions: [us-east-2],
              callers: { keep: 5 } }
        remote_write:
          - url: http://h/w
            external_labels: { site: x }
        polling: { monthly_budget: ~ }
        """

    private func origins(_ flags: FlagOverrides = FlagOverrides()) throws -> ConfigurationOrigins {
        let root = try YAMLParser.parse(bytes: Array(Self.text.utf8), file: "f")
        return ConfigurationOrigins(lines: ConfigurationOrigins.lines(of: root), flags: flags)
    }

    @Test(
        "A line, a flag, the environment or the default",
        arguments: [
            ("web.listen_address", "line 2"), ("web.basic_auth_users.\"bob b\"", "line 3"),
            ("accounts[0].profile", "default"), ("web.telemetry_path", "flag --web.telemetry-path"),
            ("accounts[0].name", "line 5"), ("accounts[0].regions", "line 6"),
            ("accounts[1].regions", "line 8"), ("accounts[1].callers.keep", "line 9"),
            ("accounts[1].callers.by", "default"), ("remote_write[0].external_labels.site", "line 12"),
            ("polling.monthly_budget", "default"), ("shard", "environment BQE_SHARD"),
            ("polling.interval", "default"),
        ])
    func phrase(path: String, phrase: String) throws {
        let flags = FlagOverrides(telemetryPath: "/m", shard: "1/2")
        #expect(try origins(flags).phrase(path) == phrase)
    }

    @Test("Every value of the page has its comment, and the page is the same without them")
    func page() throws {
        let configuration = try Configuration.load(text: Self.text, file: "f")
        let page = configuration.page(try origins().phrase)
        var bare: [Substring] = []
        for line in page.split(separator: "\n") {
            let end = line.firstRange(of: "  # ")
            #expect((end != nil) != line.hasSuffix(":"), "\(line)")
            bare.append(end.map { line[..<$0.lowerBound] } ?? line)
        }
        #expect(bare.joined(separator: "\n") + "\n" == configuration.page)
        #expect(page.contains("    \"bob b\": \"<secret>\"  # line 3\n"))
        #expect(page.contains("  - name: \"b\"  # line 8\n"))
    }

    @Test("What is printed for a configuration without secrets loads as the same")
    func roundTrip() throws {
        let text = "accounts: [{ name: a, regions: [us-east-1] }]\nalerts: { warning: 0.5 }"
        let configuration = try Configuration.load(text: text, file: "f")
        let page = configuration.page { _ in "line 1" }
        #expect(try Configuration.load(text: page, file: "g") == configuration)
    }
}
