import Notifications
import Synchronization
import System
import Testing

@testable import Configuration

@Suite("Secrets in files")
struct SecretFilesTests {
    private static let files = [
        "/s/url": "https://hooks.example.com/T0ken/s3cretpath\n", "/s/am": "http://u:p4ssw0rd@am:9093\n",
        "/s/query": "http://am:9093/?s3cretquery=1", "/s/empty": "\n", "/s/words": "s3cret is no url",
        "/s/two": "https://h/s3cretone\nhttps://h/two", "/s/id": "s3cret-external-id\n",
        "/s/bad": "s3cret id",
        "/s/long": String(repeating: "s3cret", count: 20_000),
    ]

    private func load(_ text: String) throws(ConfigurationError) -> Configuration {
        try Configuration.load(text: text, file: "f") { path, limit throws(FileError) in
            guard let content = Self.files[path] else {
                if path == "/s/locked" {
                    throw FileError(path: path, reason: "it cannot be opened: Permission denied")
                }
                return nil
            }
            guard content.utf8.count <= limit else {
                throw FileError(path: path, reason: "it is longer than \(limit) bytes")
            }
            return Array(content.utf8)
        }
    }

    private func receiver(_ keys: String, type: String = "slack") -> String {
        "alerts: { receivers: [{ type: \(type), \(keys) }] }"
    }

    @Test("A receiver's URL may be in a file, of which only the path is kept and shown")
    func urlFile() throws {
        for (type, path) in [("slack", "/s/url"), ("webhook", "/s/url"), ("alertmanager", "/s/am")] {
            let configuration = try load(receiver("url_file: \(path)", type: type))
            #expect(configuration.receivers.count == 1)
            #expect(configuration.page.contains("url_file: \"\(path)\"\n"))
            #expect(!configuration.page.contains("\n        url: "))
            #expect(!configuration.page.contains("s3cret") && !"\(configuration)".contains("s3cret"))
            #expect(try load(configuration.page) == configuration)
        }
        #expect(Redactor.process.finds(in: "hooks.example.com says s3cretpath"))
    }

    @Test(
        "What is wrong with a file is told at its key, without what it holds",
        arguments: [
            ("url_file: /s/gone", "/s/gone: no such file"),
            ("url_file: /s/locked", "/s/locked: it cannot be opened: Permission denied"),
            ("url_file: /s/long", "/s/long: it is longer than 65536 bytes"),
            ("url_file: /s/empty", "/s/empty: the file must hold one line of text"),
            ("url_file: /s/two", "/s/two: the file must hold one line of text"),
            (
                "url_file: /s/words",
                "\"/s/words\": the URL has no scheme; allowed: http://host… or https://host…"
            ),
            (
                "url_file: /s/",
                "\"/s/\" is a folder; allowed: the path of a file, such as ./data/usage.db"
            ),
            ("url: \"https://h/a\", url_file: /s/url", "url is set as well; allowed: one of the two"),
        ])
    func problems(keys: String, message: String) {
        let text = receiver(keys)
        let error = #expect(throws: ConfigurationError.self) { try load(text) }
        let problem = error?.problems.first
        #expect(problem?.path == "alerts.receivers[0].url_file")
        #expect(problem?.position?.line == 1)
        #expect(problem?.message == message)
        #expect(error.map { !"\($0)".contains("s3cret") } == true)
    }

    @Test("An Alertmanager's URL in a file must be one of an Alertmanager")
    func alertmanager() {
        let text = receiver("url_file: /s/query", type: "alertmanager")
        let error = #expect(throws: ConfigurationError.self) { try load(text) }
        #expect(error?.description.contains("an Alertmanager's URL has no query") == true)
        #expect(error?.description.contains("s3cret") == false)
    }

    @Test("Without files to read, only the text is judged; a receiver still needs one of the two keys")
    func textAlone() throws {
        #expect(try Configuration.load(text: receiver("url_file: /nowhere"), file: "f").receivers.count == 1)
        let error = #expect(throws: ConfigurationError.self) { try load(receiver("group: true")) }
        #expect(error?.problems.first?.path == "alerts.receivers[0].url")
    }

    @Test("An external ID may be in a file, that of an organization too")
    func externalID() throws {
        let role = "role_arn: arn:aws:iam::111122223333:role/r"
        let configuration = try load(
            "accounts: [{ name: a, regions: [us-east-1], \(role), external_id_file: /s/id }]\n"
                + "organization: { external_id_file: /s/id }")
        #expect(configuration.accounts[0].externalID == Secret("s3cret-external-id"))
        #expect(configuration.organization?.externalID == Secret("s3cret-external-id"))
        #expect(configuration.secrets.contains("s3cret-external-id"))
        #expect(configuration.page.contains("    external_id_file: \"/s/id\"\n"))
        #expect(!configuration.page.contains("external_id: "))
        #expect(try load(configuration.page) == configuration)
    }

    @Test(
        "What is wrong with an external ID's file",
        arguments: [
            ("external_id_file: /s/gone", "external_id_file", "/s/gone: no such file"),
            (
                "external_id_file: /s/bad", "external_id_file",
                "\"/s/bad\": not an external ID; allowed: 2 to 1224 letters, digits and _ + = , . @ : / -"
            ),
            (
                "external_id: abc, external_id_file: /s/id", "external_id_file",
                "external_id is set as well; allowed: one of the two"
            ),
        ])
    func externalIDProblems(keys: String, key: String, message: String) {
        let text = "accounts: [{ name: a, role_arn: arn:aws:iam::111122223333:role/r, \(keys) }]"
        let error = #expect(throws: ConfigurationError.self) { try load(text) }
        #expect(error?.problems.map(\.path) == ["accounts[0].\(key)"])
        #expect(error?.problems.first?.message == message)
    }

    private static func users(_ text: String) -> BoundedFile.Reader {
        { path, _ in path == "/s/users" ? Array(text.utf8) : nil }
    }

    private func load(users text: String, _ keys: String = "") throws(ConfigurationError) -> Configuration {
        try Configuration.load(
            text: "web: { basic_auth_users_file: /s/users\(keys) }", file: "f", readFile: Self.users(text))
    }

    private static let hash = "$2y$04$BQExporterTestSaltAAA.nL/XtFoESN0XeRSGH73DE/wVqi/T3Ui"

    @Test("Users may be in a file as htpasswd writes it, of which only the path is kept and shown")
    func users() throws {
        let text = "# who scrapes\n\nann:\(Self.hash)\r\n  b b:\(Self.hash)  \n"
        let configuration = try load(users: text, ", basic_auth_users: {}")
        #expect(configuration.web.basicAuthUsers == ["ann": Secret(Self.hash), "b b": Secret(Self.hash)])
        #expect(configuration.secrets.contains(Self.hash))
        #expect(configuration.page.contains("  basic_auth_users_file: \"/s/users\"\n"))
        #expect(!configuration.page.contains("basic_auth_users:") && !configuration.page.contains("ann"))
        #expect(
            try Configuration.load(text: configuration.page, file: "f", readFile: Self.users(text))
                == configuration)
        // Without files to read, only the text is judged.
        let alone = try Configuration.load(text: "web: { basic_auth_users_file: /nowhere }", file: "f")
        #expect(alone.web.basicAuthUsersFile == "/nowhere")
    }

    @Test(
        "What is wrong with a file of users; above all one without any, which would let everybody in",
        arguments: [
            ("", "/s/users: the file must hold a line of text"),
            ("\n# ann:\(hash)\n", "/s/users: the file must hold a line of text"),
            (
                "\ns3cret",
                "/s/users, line 2: no ':' is in it; allowed: a line as 'htpasswd -nB USER' writes it"
            ),
            (
                "ann:s3cret",
                "/s/users, line 1: not a bcrypt hash; allowed: $2y$10$ and 53 characters, as 'htpasswd -nB USER' writes it"
            ),
            (
                ":\(hash)",
                "/s/users, line 1: not a user name; allowed: 1 to 64 characters without ':' and control characters"
            ),
            ("ann:\(hash)\nann:\(hash)", "/s/users, line 2: its user is in the file twice; allowed: once"),
            (
                (0..<65).map { "u\($0):\(hash)\n" }.joined(),
                "/s/users: 65 users; at most 64 are allowed"
            ),
        ])
    func userProblems(text: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(users: text) }
        #expect(error?.problems.map(\.path) == ["web.basic_auth_users_file"])
        #expect(error?.problems.first?.message == message)
        #expect(error.map { !"\($0)".contains("s3cret") && !"\($0)".contains(Self.hash) } == true)
    }

    @Test("Users are in one of the two places, and a file that is missing is an error")
    func usersPlaces() {
        let both = #expect(throws: ConfigurationError.self) {
            try load(users: "ann:\(Self.hash)", ", basic_auth_users: { bob: \(Self.hash) }")
        }
        #expect(
            both?.problems.map(\.message) == ["basic_auth_users is set as well; allowed: one of the two"])
        let missing = #expect(throws: ConfigurationError.self) {
            try load("web: { basic_auth_users_file: /s/gone }")
        }
        #expect(missing?.problems.map(\.message) == ["/s/gone: no such file"])
    }

    @Test("An external ID's file needs a role as the ID does")
    func role() {
        let error = #expect(throws: ConfigurationError.self) {
            try load("accounts: [{ name: a, external_id_file: /s/id }]")
        }
        #expect(error?.problems.first?.path == "accounts[0].external_id_file")
    }
}
