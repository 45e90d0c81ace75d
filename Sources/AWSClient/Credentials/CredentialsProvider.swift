import HTTPClient
import System

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
