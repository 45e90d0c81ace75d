import FoundationEssentials
import Testing

@testable import AWSClient
@testable import HTTPClient
@testable import System

@Suite("Secrets stay out of text")
struct SecretHolderTests {
    @Test("No description, reflection or dump of a value shows the secrets in it")
    func printing() throws {
        let credentials = AWSCredentials(
            accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: Secret.key, sessionToken: Secret.token)
        #expect("\(credentials)" == "AWSCredentials(…MPLE)")
        let file = "[default]\naws_secret_access_key = \(Secret.key)\ns3 =\n  token = \(Secret.token)"
        let config = try sharedConfig(config: file, credentials: "[a]\naws_session_token = \(Secret.token)")
        let values: [Any] = [
            credentials, [credentials], Optional(credentials) as Any,
            Result<_, CredentialsError>.success(credentials),
            SigningScope(service: "sts", region: "us-east-1", credentials: credentials),
            WebIdentityRequest(
                roleARN: "arn:aws:iam::111122223333:role/a", sessionName: "s", token: Secret.bearer),
            machine(["AWS_SECRET_ACCESS_KEY": Secret.key]),
            config, config.configProfiles, try INIFile(Array(file.utf8), path: "config"),
            try CredentialsDocument.decode(
                Array(metadataJSON().utf8), from: AnswerOrigin(source: "test", name: "it")),
            context(machine(["AWS_SECRET_ACCESS_KEY": Secret.key])),
        ]
        for value in values { expectNoSecrets(value) }
    }

    @Test(
        "An excerpt keeps words and loses whatever could be a key",
        arguments: [
            ("token expired, log in again", "token expired, log in again"),
            ("key=vKeyThatNobodyHolds/K7MDENG/bPxRfiCYEXAMPLE", "…"),
            ("key vKeyThatNobodyHolds/K7MDENG/bPxRfiCYEXAMPLE!", "key …!"),
            ("AKIATHATNOBODYHOLDS7, denied", "…, denied"),
            ("fifteen letters", "fifteen letters"),
            ("abcdefghijklmno", "abcdefghijklmno"),
            ("abcdefghijklmnop", "…"),
            ("two\nlines\u{1b}[31m", "two lines [31m"),
            ("portal.sso.us-east-1.amazonaws.com", "portal.sso.us-east-1.amazonaws.com"),
        ])
    func masking(text: String, excerpt: String) {
        #expect(MessageText.excerpt(text) == excerpt)
    }

    @Test("An excerpt is bounded")
    func bounded() {
        let text = String(repeating: "word ", count: 1000)
        #expect(MessageText.excerpt(text, limit: 10) == "word word …")
    }
}
