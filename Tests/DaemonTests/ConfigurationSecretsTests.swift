import Configuration
import Testing

@Suite("Secrets of a configuration")
struct ConfigurationSecretsTests {
    @Test("Whatever may not be shown is known, and words of the language are not")
    func all() throws {
        let text = """
            accounts:
              - { role_arn: "arn:aws:iam::111122223333:role/r", external_id: external-id-42 }
            web: { basic_auth_users: { me: "$2y$04$BQExporterTestSaltAAA.nL/XtFoESN0XeRSGH73DE/wVqi/T3Ui" } }
            remote_write: [{ url: "https://host/api/v1/write?token=Qu3ryT0ken" }]
            alerts:
              receivers:
                - { type: slack, url: "https://hooks.slack.com/services/T0TEAM00/B0HOOK00/xPathx0000" }
                - { type: webhook, url: "https://user:p%40ss@host/hook" }
                - { type: command, command: [/bin/page, --to, people, argument-of-16-bytes] }
            """
        let secrets = try Configuration.load(text: text, file: "f").secrets
        for secret in [
            "external-id-42", "Qu3ryT0ken", "T0TEAM00", "B0HOOK00", "xPathx0000", "p@ss", "user:p@ss",
            "user:p%40ss",
            "argument-of-16-bytes",
        ] {
            #expect(secrets.contains(secret), "\(secret)")
        }
        #expect(secrets.contains { $0.hasPrefix("$2y$04$") })
        #expect(secrets.isDisjoint(with: ["services", "write", "hook", "people", "user", "api"]))
    }
}
