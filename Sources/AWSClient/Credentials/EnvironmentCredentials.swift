import FoundationEssentials
import HTTPClient
import System

/// Keys in environment variables (botocore's `EnvProvider`).
package struct EnvironmentCredentials: CredentialsProvider {
    static let source = "environment"
    let environment: AWSEnvironment

    package init(environment: AWSEnvironment) { self.environment = environment }

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        guard let accessKeyID = environment["AWS_ACCESS_KEY_ID"] else {
            throw .notConfigured(source: Self.source, reason: "AWS_ACCESS_KEY_ID is not set")
        }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw .failed(
                source: Self.source,
                reason: "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY; set both")
        }
        return AWSCredentials(
            accessKeyID: accessKeyID, secretAccessKey: secret,
            sessionToken: environment["AWS_SECURITY_TOKEN"] ?? environment["AWS_SESSION_TOKEN"],
            expiration: try expiration(), accountID: environment["AWS_ACCOUNT_ID"])
    }

    private func expiration() throws(CredentialsError) -> Date? {
        guard let text = environment["AWS_CREDENTIAL_EXPIRATION"] else { return nil }
        guard let expiration = ExpirationTimestamp.parse(text) else {
            throw .failed(
                source: Self.source,
                reason: "AWS_CREDENTIAL_EXPIRATION is not a time such as 2026-11-23T23:00:00Z")
        }
        return expiration
    }
}
