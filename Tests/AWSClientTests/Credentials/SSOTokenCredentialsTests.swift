import FoundationEssentials
import Testing

@testable import AWSClient
@testable import HTTPClient
@testable import System

@Suite("SSO")
struct SSOTokenCredentialsTests {
    private static let config = """
        [profile a]
        sso_session = corp
        sso_account_id = 111122223333
        sso_role_name = Read Only
        [profile old]
        sso_start_url = https://d-abc123.awsapps.com/start
        sso_region = cn-north-1
        sso_account_id = 111122223333
        sso_role_name = R
        [sso-session corp]
        sso_region = us-west-2
        sso_start_url = https://corp.awsapps.com/start
        """
    private static let tokenPath = "/home/me/.aws/sso/cache/\(SHA1.hexDigest("corp")).json"
    private static let oldTokenPath =
        "/home/me/.aws/sso/cache/\(SHA1.hexDigest("https://d-abc123.awsapps.com/start")).json"
    private static let answer = """
        {"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"\(Secret.key)","sessionToken":"\(Secret.token)",
        "expiration":1795525200000}}
        """
    private static let keys = AWSCredentials(
        accessKeyID: "ASIASSO", secretAccessKey: Secret.key, sessionToken: Secret.token,
        expiration: noon.addingTimeInterval(3600), accountID: "111122223333")

    private static func token(_ expiresAt: String = "2026-11-24T12:00:01Z", token: String = Secret.bearer)
        -> String
    {
        #"{"startUrl":"x","accessToken":"\#(token)","expiresAt":"\#(expiresAt)"}"#
    }

    private func provider(
        _ transport: CredentialsTransport, profile: String = "a", config: String = config,
        files: [String: String] = [tokenPath: token(), oldTokenPath: token("2026-11-24T12:00:01UTC")]
    ) throws -> SSOTokenCredentials {
        SSOTokenCredentials(
            context: context(machine(files: files), transport: transport), profile: profile,
            config: try sharedConfig(config: config))
    }

    @Test("The cached token buys the role's keys")
    func exchange() async throws {
        let transport = CredentialsTransport([.text(200, Self.answer), .text(200, Self.answer)])
        #expect(try await provider(transport).credentials() == Self.keys)
        #expect(try await provider(transport, profile: "old").credentials() == Self.keys)
        #expect(
            transport.lines == [
                "GET https://portal.sso.us-west-2.amazonaws.com/federation/credentials"
                    + "?account_id=111122223333&role_name=Read%20Only",
                "GET https://portal.sso.cn-north-1.amazonaws.com.cn/federation/credentials"
                    + "?account_id=111122223333&role_name=R",
            ])
        let request = try #require(transport.requests.first)
        #expect(request.headers.map(\.name) == ["Accept", "x-amz-sso_bearer_token"])
        #expect(request.headers.last?.value == Secret.bearer)
        #expect(request.signing == nil)
        #expect(!request.bypassesProxy)
    }

    @Test(
        "A token that is absent, expired or unreadable asks for a login",
        arguments: [
            (nil, "there is no cached token in \(tokenPath)"),
            (token("2026-11-24T12:00:00Z"), "the cached token expired at 2026-11-24T12:00:00Z"),
            (token("soon"), "the cached token in \(tokenPath) cannot be understood"),
            (token(token: "a\\nb"), "the cached token in \(tokenPath) cannot be understood"),
            (token(token: ""), "the cached token in \(tokenPath) cannot be understood"),
            (
                #"{"accessToken":"\#(Secret.bearer)"}"#,
                "the cached token in \(tokenPath) cannot be understood"
            ),
        ] as [(String?, String)])
    func tokens(file: String?, reason: String) async throws {
        let transport = CredentialsTransport()
        let error = await failure(
            of: try provider(transport, files: file.map { [Self.tokenPath: $0] } ?? [:]))
        #expect(error == .failed(source: "SSO", reason: reason + "; run: aws sso login --profile a"))
        #expect(transport.requests.isEmpty)
    }

    @Test(
        "The portal's refusals say what to do",
        arguments: [
            (.text(401), "the portal refuses the cached token; run: aws sso login --profile a"),
            (.text(403), "role Read Only of account 111122223333 is not assigned to this SSO user"),
            (.text(500, Secret.key), "the SSO portal answered HTTP 500"),
            (.text(200, "{}"), "the portal's answer of 2 bytes is not the expected JSON object"),
            (
                .failure(.timedOut(host: "portal", seconds: 10)),
                "the SSO portal gave no answer: portal did not answer in full within 10.0 s"
            ),
        ] as [(CredentialsTransport.Answer, String)])
    func refusals(answer: CredentialsTransport.Answer, reason: String) async throws {
        let error = await failure(of: try provider(CredentialsTransport([answer])))
        #expect(error == .failed(source: "SSO", reason: reason))
    }

    @Test(
        "Incomplete settings are errors, absent ones are not configured",
        arguments: [
            (
                "[profile a]\nregion = x\n",
                CredentialsError.notConfigured(
                    source: "SSO", reason: "no sso_account_id or sso_role_name in profile a")
            ),
            (
                "[profile a]\nsso_session = corp\n",
                .notConfigured(
                    source: "SSO", reason: "no sso_account_id or sso_role_name in profile a")
            ),
            (
                "[profile a]\nsso_role_name = r\n",
                .failed(
                    source: "SSO", reason: "profile a lacks sso_account_id, sso_start_url, sso_region")
            ),
            (
                "[profile a]\nsso_role_name = r\nsso_session = z\n",
                .failed(
                    source: "SSO", reason: "profile a: [sso-session z] does not exist in /home/me/.aws/config"
                )
            ),
            (
                config.replacing("sso_session = corp", with: "sso_session = corp\nsso_region = x"),
                .failed(
                    source: "SSO", reason: "profile a and [sso-session corp] disagree about sso_region")
            ),
            (
                config.replacing("us-west-2", with: "x.evil.example/"),
                .failed(
                    source: "SSO", reason: "profile a: sso_region is not a Region name")
            ),
        ] as [(String, CredentialsError)])
    func settings(config: String, error: CredentialsError) async throws {
        #expect(await failure(of: try provider(CredentialsTransport(), config: config)) == error)
    }

    @Test("No truncation of the portal's answer yields keys, no changed byte leaks")
    func damage() throws {
        let text = Array(Self.answer.utf8)
        for end in 0..<text.count {
            #expect(throws: CredentialsError.self) {
                try SSOTokenCredentials.decode(Array(text[..<end]), accountID: "1")
            }
        }
        for index in text.indices {
            var changed = text
            changed[index] ^= 0x04
            do throws(CredentialsError) {
                _ = try SSOTokenCredentials.decode(changed, accountID: "1")
            } catch {
                expectNoSecrets(error)
            }
        }
    }
}
