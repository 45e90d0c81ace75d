import FoundationEssentials
import Testing

@testable import AWSClient
@testable import System

@Suite("The credential chain")
struct CredentialsChainTests {
    /// Everything is configured at once; a case takes away the sources before the one that it expects.
    private static let environmentKeys = ["AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": Secret.key]
    private static let webIdentity = ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:web"]
    private static let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c"]
    private static let role = "role_arn = arn:a\nsource_profile = base\n"
    private static let sso =
        "sso_start_url = u\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r\n"
    private static let fileKeys = "aws_access_key_id = FILE\naws_secret_access_key = \(Secret.key)\n"
    private static let configKeys = "aws_access_key_id = CONFIG\naws_secret_access_key = \(Secret.key)\n"
    private static let process =
        "credential_process = printf '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'\n"
    private static let login = "login_session = me\n"

    private static let containerAnswer = [
        CredentialsTransport.Answer.text(200, metadataJSON(accessKeyID: "BOX"))
    ]
    private static let instanceAnswers: [CredentialsTransport.Answer] = [
        .text(200, "t"), .text(200, "r"), .text(200, metadataJSON(accessKeyID: "EC2")),
    ]
    private static let portalAnswer: [CredentialsTransport.Answer] = [
        .text(
            200,
            #"{"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"s","sessionToken":"t","expiration":1795525200000}}"#
        )
    ]

    struct Case: Sendable {
        var explicit: String?
        var variables: [String: String] = [:]
        var config = ""
        var credentials = ""
        var answers: [CredentialsTransport.Answer] = []
        let accessKeyID: String
    }

    private static func chain(_ given: Case, roles: CredentialsRoles = CredentialsRoles()) -> CredentialsChain
    {
        let files = [
            "/home/me/.aws/config": given.config, "/home/me/.aws/credentials": given.credentials,
            "/token": "jwt",
            "/home/me/.aws/sso/cache/\(SHA1.hexDigest("u")).json":
                #"{"accessToken":"t","expiresAt":"2026-11-24T13:00:00Z"}"#,
        ]
        let machine = machine(given.variables, files: files)
        return CredentialsChain(
            context: context(machine, transport: CredentialsTransport(given.answers), roles: roles),
            profile: given.explicit)
    }

    private static let base = "[profile base]\n" + configKeys
    private static let all = environmentKeys.merging(webIdentity) { $1 }.merging(container) { $1 }

    private static let precedence: [Case] = [
        // The order of the default chain, one source taken away at a time.
        Case(
            variables: all, config: "[default]\n" + role + sso + process + configKeys + base,
            credentials: "[default]\n" + fileKeys, accessKeyID: "ENV"),
        Case(
            variables: webIdentity.merging(container) { $1 },
            config: "[default]\n" + role + sso + process + configKeys + base,
            credentials: "[default]\n" + fileKeys, accessKeyID: "ASIAROLE1"),
        Case(
            variables: webIdentity.merging(container) { $1 },
            config: "[default]\n" + sso + process + configKeys,
            credentials: "[default]\n" + fileKeys, accessKeyID: "ASIAROLE1"),
        Case(
            variables: container, config: "[default]\n" + sso + process + configKeys,
            credentials: "[default]\n" + fileKeys, answers: portalAnswer, accessKeyID: "SSO"),
        Case(
            variables: container, config: "[default]\n" + login + process + configKeys,
            credentials: "[default]\n" + fileKeys, accessKeyID: "FILE"),
        Case(variables: container, config: "[default]\n" + process + configKeys, accessKeyID: "PROC"),
        Case(variables: container, config: "[default]\n" + configKeys, accessKeyID: "CONFIG"),
        Case(variables: container, answers: containerAnswer, accessKeyID: "BOX"),
        Case(answers: instanceAnswers, accessKeyID: "EC2"),
        // A profile of ours puts the variables aside, one of AWS_PROFILE does not.
        Case(
            explicit: "work", variables: all, config: "[profile work]\n" + configKeys, accessKeyID: "CONFIG"),
        Case(
            variables: all.merging(["AWS_PROFILE": "work"]) { $1 }, config: "[profile work]\n" + configKeys,
            accessKeyID: "ENV"),
        Case(
            variables: container.merging(["AWS_PROFILE": "work"]) { $1 },
            config: "[profile work]\n" + configKeys,
            credentials: "[default]\n" + fileKeys, accessKeyID: "CONFIG"),
        // A profile without keys goes on to the machine's own.
        Case(
            explicit: "work", variables: container, config: "[profile work]\nregion = x\n",
            credentials: "[default]\n" + fileKeys, answers: containerAnswer, accessKeyID: "BOX"),
    ]

    @Test("The first configured source counts", arguments: precedence)
    func order(given: Case) async throws {
        #expect(try await Self.chain(given).credentials().accessKeyID == given.accessKeyID)
    }

    @Test("The role of a profile goes before a web identity, which is told by the calls")
    func roleBeforeWebIdentity() async throws {
        let roles = CredentialsRoles()
        _ = try await Self.chain(Self.precedence[1], roles: roles).credentials()
        #expect(roles.calls.map(\.0.roleARN) == ["arn:a"])
        #expect(roles.tokens.isEmpty)
        _ = try await Self.chain(Self.precedence[2], roles: roles).credentials()
        #expect(roles.tokens.map(\.roleARN) == ["arn:web"])
    }

    @Test(
        "A source that is configured and fails ends the search",
        arguments: [
            Case(
                variables: ["AWS_ACCESS_KEY_ID": "x"], credentials: "[default]\n" + fileKeys,
                accessKeyID: "environment"),
            Case(
                config: "[default]\nrole_arn = a\n", credentials: "[default]\n" + fileKeys,
                accessKeyID: "assume role from profile"),
            Case(variables: ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token"], accessKeyID: "web identity"),
            Case(config: "[default]\nsso_role_name = r\n" + configKeys, accessKeyID: "SSO"),
            Case(credentials: "[default]\naws_access_key_id = x\n", accessKeyID: "shared credentials file"),
            Case(config: "[default]\n" + login + configKeys, accessKeyID: "aws login"),
            Case(
                config: "[default]\ncredential_process = /nowhere\n" + configKeys,
                accessKeyID: "credential_process"),
            Case(config: "[default]\naws_access_key_id = x\n", accessKeyID: "config file"),
            Case(
                variables: container, answers: [.text(500), .text(500), .text(500)] + instanceAnswers,
                accessKeyID: "container"),
            Case(
                config: "[default]\nnonsense\n", credentials: "[default]\n" + fileKeys,
                accessKeyID: "/home/me/.aws/config"),
            Case(explicit: "none", credentials: "[default]\n" + fileKeys, accessKeyID: "profile none"),
            Case(
                variables: environmentKeys.merging(["AWS_PROFILE": "none"]) { $1 },
                accessKeyID: "profile none"),
        ])
    func failing(given: Case) async {
        guard case .failed(let source, _) = await failure(of: Self.chain(given)) else {
            Issue.record("not failed")
            return
        }
        #expect(source == given.accessKeyID)
    }

    @Test("Nothing found lists every source with its reason")
    func nothing() async {
        let error = await failure(of: Self.chain(Case(accessKeyID: "")))
        #expect(
            error
                == .failed(
                    source: "credential chain",
                    reason: "no AWS credentials found; set one of these up. "
                        + "environment: AWS_ACCESS_KEY_ID is not set; "
                        + "assume role from profile: no role_arn in profile default; "
                        + "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set and profile default has no "
                        + "web_identity_token_file; "
                        + "SSO: no sso_account_id or sso_role_name in profile default; "
                        + "shared credentials file: no profile default in /home/me/.aws/credentials; "
                        + "aws login: no login_session in profile default; "
                        + "credential_process: no credential_process in profile default; "
                        + "config file: no profile default in /home/me/.aws/config; "
                        + "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
                        + "AWS_CONTAINER_CREDENTIALS_FULL_URI is set; "
                        + "EC2 instance metadata: cannot connect to scripted: nothing there"))
    }

    @Test("The role of our own configuration stands on the chain, each behind its cache")
    func account() async throws {
        let roles = CredentialsRoles()
        let context = context(machine(Self.environmentKeys), roles: roles)
        let plain = CredentialsChain.account(context: context)
        #expect(try await plain.credentials().accessKeyID == "ENV")
        let role = AssumeRoleRequest(roleARN: "arn:monitor", externalID: "x")
        let provider = CredentialsChain.account(context: context, role: role)
        #expect(try await provider.credentials() == CredentialsRoles.keys(1))
        #expect(try await provider.credentials() == CredentialsRoles.keys(1))
        #expect(roles.calls.map(\.0) == [role])
        #expect(roles.calls.map(\.signedBy) == ["ENV"])
    }
}
