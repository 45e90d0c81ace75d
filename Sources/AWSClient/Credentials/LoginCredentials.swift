import HTTPClient

/// Profiles made by `aws login`, whose tokens need a signature that this program cannot make. Present so that such
/// a profile says so instead of being passed over.
struct LoginCredentials: CredentialsProvider {
    static let source = "aws login"
    let profile: String
    let config: SharedConfig

    func credentials() async throws(CredentialsError) -> AWSCredentials {
        guard config.profile(profile)?["login_session"] != nil else {
            throw .notConfigured(source: Self.source, reason: "no login_session in profile \(profile)")
        }
        throw .failed(
            source: Self.source,
            reason:
                "profile \(profile) uses login_session, which is not supported; give the daemon a role, or use "
                + "credential_process = aws configure export-credentials --profile \(profile) in another profile"
        )
    }
}
