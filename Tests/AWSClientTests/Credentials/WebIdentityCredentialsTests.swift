import Testing

@testable import AWSClient

@Suite("Web identity")
struct WebIdentityCredentialsTests {
    private let variables = ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:env"]
    private let profile =
        "[default]\nweb_identity_token_file = /profile\nrole_arn = arn:profile\nrole_session_name = me\n"

    private func provider(
        _ variables: [String: String],
        files: [String: String] = ["/token": Secret.bearer + "\n", "/profile": "p"],
        config: String = "", readsEnvironment: Bool = true, roles: CredentialsRoles = CredentialsRoles()
    ) throws -> WebIdentityCredentials {
        WebIdentityCredentials(
            context: context(machine(variables, files: files), roles: roles), profile: "default",
            config: try sharedConfig(config: config), readsEnvironment: readsEnvironment)
    }

    @Test("Variables go before the profile's keys, each by itself")
    func settings() async throws {
        let roles = CredentialsRoles()
        let keys = try await provider(variables, config: profile, roles: roles).credentials()
        #expect(keys == CredentialsRoles.keys(1))
        _ = try await provider(variables, config: profile, readsEnvironment: false, roles: roles)
            .credentials()
        _ = try await provider(variables.merging(["AWS_ROLE_SESSION_NAME": "s"]) { $1 }, roles: roles)
            .credentials()
        #expect(
            roles.tokens == [
                WebIdentityRequest(roleARN: "arn:env", sessionName: "me", token: Secret.bearer),
                WebIdentityRequest(roleARN: "arn:profile", sessionName: "me", token: "p"),
                WebIdentityRequest(roleARN: "arn:env", sessionName: "s", token: Secret.bearer),
            ])
    }

    @Test(
        "Mistakes say what is missing",
        arguments: [
            (
                ["AWS_ROLE_ARN": "arn"], [:],
                CredentialsError.notConfigured(
                    source: "web identity",
                    reason:
                        "AWS_WEB_IDENTITY_TOKEN_FILE is not set and profile default has no web_identity_token_file"
                )
            ),
            (
                ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t"], [:],
                .failed(
                    source: "web identity",
                    reason:
                        "there is a token file but no role; set AWS_ROLE_ARN or role_arn in profile default")
            ),
            (
                ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn"], [:],
                .failed(
                    source: "web identity", reason: "the token file /t does not exist")
            ),
            (
                ["AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn"], ["/t": " \n"],
                .failed(
                    source: "web identity", reason: "the token file /t is empty")
            ),
        ] as [([String: String], [String: String], CredentialsError)])
    func mistakes(variables: [String: String], files: [String: String], error: CredentialsError) async throws
    {
        #expect(await failure(of: try provider(variables, files: files)) == error)
    }

    @Test("A refusal does not quote the token")
    func refusal() async throws {
        let roles = CredentialsRoles(failures: [stsError(quoting: Secret.bearer)])
        let error = await failure(of: try provider(variables, roles: roles))
        #expect(
            error
                == .failed(
                    source: "web identity",
                    reason:
                        "cannot assume arn:env with the token in /token: sts AssumeRole in us-east-1: access denied "
                        + "(HTTP 403 AccessDenied): not authorized <secret>"))
    }
}
