import FoundationEssentials

/// Keys that sign requests. Printing one shows the access key ID's tail and nothing secret.
package struct AWSCredentials: Equatable, Sendable, SecretHolder {
    package let accessKeyID: String
    package let secretAccessKey: String
    package let sessionToken: String?
    /// Nil for keys that do not expire.
    package let expiration: Date?
    /// The 12-digit account, where the source tells it.
    package let accountID: String?

    package init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil,
        accountID: String? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.accountID = accountID
        // Whatever comes from outside from now on may quote them.
        Redactor.process.hold(self)
    }

    package var description: String { "AWSCredentials(…\(accessKeyID.suffix(4)))" }
}

/// Anything that yields credentials: one source, the chain of all, or a role assumed on top.
package protocol CredentialsProvider: Sendable {
    /// Valid credentials, fetched or cached. Throws `CredentialsError`; a failure is never remembered.
    func credentials() async throws(CredentialsError) -> AWSCredentials
}

/// Why a source gave no credentials. Messages never hold a secret.
package enum CredentialsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The source is not configured here; the chain goes on to the next.
    case notConfigured(source: String, reason: String = "not configured")
    /// The source is configured and failed; the chain stops.
    case failed(source: String, reason: String)

    package var description: String {
        switch self {
        case .notConfigured(let source, let reason), .failed(let source, let reason):
            Redactor.process.redacted("\(source): \(reason)")
        }
    }
}
