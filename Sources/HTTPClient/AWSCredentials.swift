import FoundationEssentials
import System

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
        hold()
    }

    /// Notes with the redactor that these keys are in use now.
    package func hold() {
        Redactor.process.hold(keys: [secretAccessKey, sessionToken ?? "", accessKeyID])
    }

    package var description: String { "AWSCredentials(…\(accessKeyID.suffix(4)))" }
}
