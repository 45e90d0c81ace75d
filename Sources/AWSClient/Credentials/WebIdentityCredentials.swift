import HTTPClient

/// A role for the token of an OpenID Connect provider, as in EKS (botocore's `AssumeRoleWithWebIdentityProvider`).
package struct WebIdentityCredentials: CredentialsProvider {
    static let source = "web identity"
    let context: CredentialsContext
    let profile: String
    let config: SharedConfig
    /// False where the profile was named explicitly: then only its own keys count.
    let readsEnvironment: Bool

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        guard let path = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else {
            let variable = readsEnvironment ? "AWS_WEB_IDENTITY_TOKEN_FILE is not set and " : ""
            throw .notConfigured(
                source: Self.source, reason: "\(variable)profile \(profile) has no web_identity_token_file")
        }
        guard let roleARN = setting("AWS_ROLE_ARN", "role_arn") else {
            throw .failed(
                source: Self.source,
                reason:
                    "there is a token file but no role; set AWS_ROLE_ARN or role_arn in profile \(profile)")
        }
        let session = setting("AWS_ROLE_SESSION_NAME", "role_session_name")
        // The kubelet replaces the token in place, so it is read at each refresh.
        let token = try token(in: path)
        let request = WebIdentityRequest(
            roleARN: roleARN, sessionName: session ?? CredentialsLimits.defaultRoleSessionName, token: token)
        do throws(AWSError) {
            return try await context.roles.assumeRoleWithWebIdentity(request)
        } catch {
            throw .failed(
                source: Self.source,
                reason: "cannot assume \(roleARN) with the token in \(path): \(error)")
        }
    }

    private func token(in path: String) throws(CredentialsError) -> String {
        let bytes: [UInt8]?
        do throws(CredentialsError) {
            bytes = try context.environment.file(path, CredentialsLimits.tokenFileBytes)
        } catch {
            throw .failed(source: Self.source, reason: "the token file fails: \(error)")
        }
        guard let bytes else {
            throw .failed(source: Self.source, reason: "the token file \(path) does not exist")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .failed(source: Self.source, reason: "the token file \(path) is not text")
        }
        var token = text.drop(while: \.isWhitespace)
        while token.last?.isWhitespace == true { token.removeLast() }
        guard !token.isEmpty else {
            throw .failed(source: Self.source, reason: "the token file \(path) is empty")
        }
        return String(token)
    }

    /// The variable before the profile's key.
    private func setting(_ variable: String, _ key: String) -> String? {
        (readsEnvironment ? context.environment[variable] : nil) ?? config.profile(profile)?[key]
    }
}
