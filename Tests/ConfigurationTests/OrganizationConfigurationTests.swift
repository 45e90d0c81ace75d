import Reading
import System
import Testing

@testable import Configuration

@Suite("Section organization")
struct OrganizationConfigurationTests {
    private func load(_ text: String) throws -> Configuration {
        try Configuration.load(text: text, file: "f")
    }

    private func problems(_ text: String) -> String {
        do {
            _ = try load(text)
            return "none"
        } catch {
            return String(describing: error)
        }
    }

    @Test("every key, and what stands for those that are missing")
    func keys() throws {
        let text = """
            organization:
              role_name: path/monitor
              external_id: "4f1c2d"
              regions: [ap-southeast-1]
              organizational_units: [r-ab12, ou-ab12-11112222]
              exclude: ["111122223333", ou-ab12-33334444]
              refresh: 30m
              profile: org
              endpoint_url: http://127.0.0.1:5000
              profile_tags: [team]
            shard: 2/8
            """
        let configuration = try load(text)
        let organization = try #require(configuration.organization)
        #expect(organization.roleName == "path/monitor" && organization.externalID?.value == "4f1c2d")
        #expect(organization.organizationalUnits == ["r-ab12", "ou-ab12-11112222"])
        #expect(organization.exclude == ["111122223333", "ou-ab12-33334444"])
        #expect(organization.refresh == .minutes(30) && organization.profile == "org")
        #expect(organization.profileTags == ["team"])
        #expect(configuration.shard == AccountShard(number: 2, of: 8))
        #expect(configuration.accounts.isEmpty, "the default account is one of the organization's")
        #expect(configuration.secrets.contains("4f1c2d") && !configuration.page.contains("4f1c2d"))
        #expect(try load("organization: {}").organization == OrganizationSettings())
        #expect(try load("organization:").organization == nil)
        #expect(try load("organization: {}\naccounts: [{ name: a }]").accounts.count == 1)
    }

    @Test("the page of what holds no secret loads as the same")
    func page() throws {
        let texts = [
            "organization: {}", "organization: { exclude: [\"111122223333\"], refresh: 2h }\nshard: 3/4",
            "organization: { regions: [us-east-1] }\naccounts: [{ name: a, regions: [us-east-1] }]",
            "shard: q-0/2",
            "organization: { monitored_by: m, found_by: links }\naccounts: [{ name: m }]",
            "accounts: [{ name: m }, { name: a, monitored_by: m, account_id: \"500000000001\" }]",
        ]
        for text in texts {
            let configuration = try load(text)
            #expect(try load(configuration.page) == configuration)
        }
    }

    @Test(
        "what is wrong is told with what is allowed",
        arguments: [
            ("organization: { role_name: \"arn:aws:iam::1:role/x\" }", "not the name of a role"),
            ("organization: { role_name: /x }", "not the name of a role"),
            ("organization: { role_name: \"\" }", "not the name of a role"),
            ("organization: { organizational_units: [prod] }", "no organizational unit"),
            ("organization: { organizational_units: [\"111122223333\"] }", "no organizational unit"),
            ("organization: { exclude: [ou-ab12] }", "neither an account nor a unit"),
            ("organization: { exclude: [\"1111\"] }", "neither an account nor a unit"),
            ("organization: { refresh: 2d }", "out of range"),
            ("organization: { role: x }", "unknown key"),
            ("organization: { external_id: x }", "not an external ID"),
            ("organization: { found_by: links }", "allowed: together with monitored_by"),
            ("organization: { found_by: roles }", "finds no accounts; allowed: organization, links"),
            ("organization: { monitored_by: m }", "\"m\" is no account under accounts"),
            ("organization: { monitored_by: prof }\naccounts: [{ name: prod }]", "did you mean prod?"),
            (
                "organization: { monitored_by: m, found_by: links, exclude: [ou-ab12-33334444] }\naccounts: [{ name: m }]",
                "is a unit, of which links say nothing"
            ),
            (
                "organization: { monitored_by: m, found_by: links, organizational_units: [r-ab12] }\naccounts: [{ name: m }]",
                "links say nothing of units"
            ),
            ("shard: 9/8", "no shard"), ("shard: 2", "no shard"),
            ("organization: {}\naccounts: [{ name: a, name: b }]", "name"),
            ("accounts: []", "the list is empty"),
        ])
    func wrong(text: String, words: String) {
        #expect(problems(text).contains(words), "\(problems(text))")
    }

    @Test("an override may name an account that is found")
    func overrides() throws {
        let override = "quotas: { overrides: [{ account: %, model: anthropic.a, tokens_per_minute: 5 }] }"
        func text(_ account: String) -> String { override.replacing("%", with: account) }
        #expect(problems(text("other") + "\naccounts: [{ name: a }]").contains("no account of this file"))
        let found = try load(text("\"team 1\"") + "\norganization: {}")
        #expect(found.quotas.overrides.first?.account == "team 1")
    }

    @Test("the environment's shard stands above the file's")
    func environment() throws {
        let file = try load("shard: 1/4")
        #expect(try file.applying(FlagOverrides(shard: "quota-2/4")).shard == AccountShard(number: 3, of: 4))
        #expect(try file.applying(FlagOverrides()).shard == AccountShard(number: 1, of: 4))
        do {
            _ = try file.applying(FlagOverrides(shard: "4"))
            Issue.record("taken")
        } catch {
            #expect(String(describing: error).contains("BQE_SHARD"))
        }
    }
}
