import HTTPClient
import System

/// A role to be assumed.
package struct AssumeRoleRequest: Equatable, Sendable {
    package let roleARN: String
    package let sessionName: String
    package let externalID: String?
    /// Nil leaves it at the hour that STS gives by default.
    package let durationSeconds: Int?

    package init(
        roleARN: String, sessionName: String = CredentialsLimits.defaultRoleSessionName,
        externalID: String? = nil, durationSeconds: Int? = nil
    ) {
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.externalID = externalID
        self.durationSeconds = durationSeconds
    }
}

/// A role to be assumed with a token of an OpenID Connect provider.
package struct WebIdentityRequest: Equatable, Sendable, SecretHolder {
    package let roleARN: String
    package let sessionName: String
    package let token: String

    package init(roleARN: String, sessionName: String, token: String) {
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.token = token
    }

    package var description: String { "WebIdentityRequest(\(roleARN))" }
}

/// The two calls of the Security Token Service that yield credentials.
package protocol RoleAssuming: Sendable {
    /// The role's temporary credentials, asked for with the given ones.
    func assumeRole(_ request: AssumeRoleRequest, signedBy credentials: AWSCredentials) async throws(AWSError)
        -> AWSCredentials

    /// The role's temporary credentials for a token; sent unsigned.
    func assumeRoleWithWebIdentity(_ request: WebIdentityRequest) async throws(AWSError) -> AWSCredentials
}
