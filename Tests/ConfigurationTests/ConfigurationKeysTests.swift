import Reading
import Testing

@testable import Configuration

@Suite("Table of keys")
struct ConfigurationKeysTests {
    /// A document that sets one key to a value.
    private func document(_ path: String, _ value: String) -> String {
        var document = value
        for part in path.split(separator: ".").reversed() {
            document =
                part.hasSuffix("[]")
                ? "{ \(part.dropLast(2)): [\(document)] }" : "{ \(part): \(document) }"
        }
        return document
    }

    @Test(
        "Every key is read: a value of the wrong kind is reported at its path",
        arguments: ConfigurationKeys.all)
    func isRead(key: ConfigurationKey) {
        let shown = key.path.replacing("[]", with: "[0]")
        var bad = "{ x: [] }"
        if key.path == "web.basic_auth_users" || key.path.hasSuffix("external_labels") { bad = "[]" }
        var text = document(key.path, bad)
        // A receiver reads the key that belongs to its type.
        let types = [
            "url": "webhook", "url_file": "slack", "topic_arn": "sns", "command": "command",
            "hmac_secret_file": "webhook",
            "resend": "alertmanager", "group": "slack", "profile": "sns", "role_arn": "sns",
        ]
        if key.path.hasPrefix("alerts."),
            let type = key.path.split(separator: ".").last.flatMap({ types[String($0)] })
        {
            text = text.replacing("[{ ", with: "[{ type: \(type), ")
        }
        #expect(message(text).contains(": \(shown): "), "\(text)")
        #expect(!message(text).contains("unknown key"), "\(text)")
    }

    @Test("The defaults of the table are those of the program")
    func defaults() throws {
        var configuration = Configuration()
        for key in ConfigurationKeys.all {
            guard let standard = key.standard else { continue }
            configuration = try Configuration.load(text: document(key.path, standard), file: "f")
            var expected = Configuration.defaults
            if key.path.hasPrefix("organization.") {
                // Without any of its keys there is none, and the accounts are those named.
                (expected.organization, expected.accounts) = (OrganizationSettings(), [])
            }
            #expect(configuration == expected, "\(key.path)")
        }
        // Another value must not be the default, or the check above would be empty.
        #expect(
            try Configuration.load(text: document("polling.interval", "61s"), file: "f")
                != Configuration.defaults)
    }

    @Test("The table for the manual has a row for each key")
    func markdown() {
        let rows = ConfigurationKeys.markdownTable.split(separator: "\n")
        #expect(rows.count == ConfigurationKeys.all.count + 2)
        #expect(rows[0] == "| Key | Type | Default | Meaning |")
        #expect(
            rows[3] == "| `web.telemetry_path` | path | `/metrics` | The path of the metrics page. |")
        for row in rows { #expect(row.count { $0 == "|" } == 5, "\(row)") }
        #expect(Set(ConfigurationKeys.all.map(\.path)).count == ConfigurationKeys.all.count)
    }
}
