import AWSClient
import FoundationEssentials
import HTTPClient
import System

/// Proves to a receiver who sends: files with secrets and AWS credentials are read anew for each request.
package struct RemoteWriteAuthentication: Sendable {
    private let kind: RemoteWriteSettings.Authentication
    private let credentials: (any CredentialsProvider)?
    private let readFile: BoundedFile.Reader

    /// - Parameter credentials: For Signature Version 4 only.
    package init(
        _ kind: RemoteWriteSettings.Authentication, credentials: (any CredentialsProvider)?,
        readFile: @escaping BoundedFile.Reader
    ) {
        self.kind = kind
        self.credentials = credentials
        self.readFile = readFile
    }

    /// Why a request cannot be signed. Never holds a secret.
    package struct Failure: Error {
        let reason: String
    }

    /// Amazon Managed Service for Prometheus in credential scopes (its user guide, "Using the Prometheus-compatible
    /// APIs").
    private static let signingName = "aps"

    /// Adds a header or what the signature needs.
    package func sign(_ request: inout TransportRequest) async throws(Failure) {
        switch kind {
        case .none: return
        case .basic(let basic):
            // RFC 7617, 2.
            let pair = Data("\(basic.username):\(try secret(basic.passwordFile))".utf8)
            request.headers.append(("Authorization", "Basic \(pair.base64EncodedString())"))
        case .bearer(let tokenFile):
            // RFC 6750, 2.1.
            request.headers.append(("Authorization", "Bearer \(try secret(tokenFile))"))
        case .sigv4(let sigv4):
            guard let credentials else { throw Failure(reason: "no AWS credentials are set up") }
            do {
                request.signing = SigningScope(
                    service: Self.signingName, region: sigv4.region,
                    credentials: try await credentials.credentials())
            } catch {
                throw Failure(reason: "\(error)")
            }
        }
    }

    /// After the receiver did not accept the request's signature: the next one is made with fresh credentials.
    package func refused(_ request: TransportRequest) async {
        guard let used = request.signing?.credentials else { return }
        await (credentials as? any RefreshableCredentials)?.invalidate(used)
    }

    private func secret(_ path: String) throws(Failure) -> String {
        do {
            return try SecretFile.text(path, readFile)
        } catch {
            throw Failure(reason: error.description)
        }
    }
}
