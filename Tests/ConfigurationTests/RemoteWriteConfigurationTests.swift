import Testing

@testable import Configuration

@Suite("Configuration of remote write")
struct RemoteWriteConfigurationTests {
    private let text = """
        remote_write:
          - url: "https://mimir.example.com:8080/api/v1/push?tenant=s3cret"
            name: mimir
            bearer_token_file: /run/token
            external_labels: { cluster: eu, _zone: "a b" }
            start: 36h
          - { url: "http://127.0.0.1:9090/api/v1/write" }
          - url: "http://[::1]:9090/w"
            basic_auth: { username: u, password_file: pw }
          - url: "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write"
            name: amp
            sigv4: { region: us-east-1, profile: p, role_arn: "arn:aws:iam::111122223333:role/r" }
        """

    @Test("Every value is read, and a receiver without a name is called by its host and port")
    func values() throws {
        let receivers = try Configuration.load(text: text, file: "f").remoteWrite
        #expect(receivers.map(\.name) == ["mimir", "127.0.0.1:9090", "[::1]:9090", "amp"])
        #expect(receivers[0].authentication == .bearer(tokenFile: "/run/token"))
        #expect(receivers[0].externalLabels == ["cluster": "eu", "_zone": "a b"])
        #expect(receivers[0].start == .hours(36))
        #expect(receivers[1].authentication == .none)
        #expect(receivers[1].start == .seconds(0) && receivers[1].externalLabels.isEmpty)
        #expect(receivers[2].authentication == .basic(.init(username: "u", passwordFile: "pw")))
        let role = "arn:aws:iam::111122223333:role/r"
        #expect(
            receivers[3].authentication == .sigv4(.init(region: "us-east-1", profile: "p", roleARN: role)))
    }

    @Test("The page shows the paths of secrets, no secret, and loads as the same but for those")
    func page() throws {
        let configuration = try Configuration.load(text: text, file: "f")
        let page = configuration.page
        #expect(!page.contains("s3cret") && page.contains("password_file: \"pw\""))
        let again = try Configuration.load(
            text: page.replacing("?<secret>", with: "?tenant=s3cret"), file: "f")
        #expect(again == configuration)
    }

    @Test(
        "Mistakes are told at their place, with what is allowed",
        arguments: [
            ("remote_write: [{ name: a }]", "1:16: remote_write[0].url: this key is required"),
            (
                "remote_write: [{ url: \"http://u:p4ss@h/w\" }]",
                "1:23: remote_write[0].url: the URL holds a user; allowed: no user here, but basic_auth beside it"
            ),
            (
                "remote_write: [{ url: \"http://h\", bearer_token_file: a, sigv4: { region: us-east-1 } }]",
                "1:64: remote_write[0].sigv4: bearer_token_file is set as well; allowed: one of basic_auth, "
                    + "bearer_token_file, sigv4, or none"
            ),
            (
                "remote_write: [{ url: \"http://h\", basic_auth: { username: a } }]",
                "1:47: remote_write[0].basic_auth.password_file: this key is required"
            ),
            (
                "remote_write: [{ url: \"http://h\", basic_auth: { username: \"a:b\", password_file: p } }]",
                "1:59: remote_write[0].basic_auth.username: a user of basic authentication has no colon"
            ),
            (
                "remote_write: [{ url: \"http://h\", basic_auth: { username: a, password_file: f, password: p4ss } }]",
                "1:80: remote_write[0].basic_auth.password: unknown key; allowed: username, password_file"
            ),
            (
                "remote_write: [{ url: \"http://h\", sigv4: { profile: p } }]",
                "1:42: remote_write[0].sigv4.region: this key is required"
            ),
            (
                "remote_write: [{ url: \"http://h\" }, { url: \"https://h/x\" }]",
                "1:44: remote_write[1].url: a receiver above is called h, too; allowed: a name of its own"
            ),
            (
                "remote_write: [{ url: \"http://h\", external_labels: { region: x } }]",
                "1:54: remote_write[0].external_labels.region: the series have a label region of their own; "
                    + "allowed: another name"
            ),
            (
                "remote_write: [{ url: \"http://h\", external_labels: { __a: x } }]",
                "1:54: remote_write[0].external_labels.__a: not a label; allowed: letters, digits and _, "
                    + "not beginning with a digit or __"
            ),
            (
                "remote_write: [{ url: \"http://h\", external_labels: { a: } }]",
                "1:54: remote_write[0].external_labels.a: this key is required"
            ),
            (
                "remote_write: [{ url: \"http://h\", start: -1d }]",
                "1:42: remote_write[0].start: \"-1d\" is not a duration; allowed: 0s to 20y, written as 90s, 5m, "
                    + "36h, 400d or 5y"
            ),
        ])
    func mistakes(text: String, expected: String) {
        #expect(message(text) == "f.yml:\(expected)")
    }
}
