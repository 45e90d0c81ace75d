import HTTPClient

/// Keys that stand in a profile of one of the shared files (botocore's `SharedCredentialProvider` and
/// `ConfigProvider`).
package struct ProfileCredentials: CredentialsProvider {
    /// Which of the two files is meant.
    package enum File: Sendable {
        case credentials
        case config
    }

    let file: File
    let profile: String
    let config: SharedConfig

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let (kind, path, profiles) =
            switch file {
            case .credentials: ("shared credentials file", config.credentialsPath, config.credentialsProfiles)
            case .config: ("config file", config.configPath, config.configProfiles)
            }
        guard let section = profiles[profile] else {
            throw .notConfigured(source: kind, reason: "no profile \(profile) in \(path)")
        }
        guard let accessKeyID = section["aws_access_key_id"] else {
            throw .notConfigured(
                source: kind, reason: "no aws_access_key_id in profile \(profile) of \(path)")
        }
        guard let secret = section["aws_secret_access_key"] else {
            throw .failed(
                source: kind,
                reason: "profile \(profile) of \(path) has aws_access_key_id without aws_secret_access_key")
        }
        return AWSCredentials(
            accessKeyID: accessKeyID, secretAccessKey: secret,
            sessionToken: section["aws_security_token"] ?? section["aws_session_token"],
            accountID: section["aws_account_id"])
    }
}
