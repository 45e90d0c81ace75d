import AWSClient
import Configuration
import FoundationEssentials

/// Proves to a receiver who sends: files with secrets and AWS credentials are read anew for each request.
struct RemoteWriteAuthentication: Sendable {
    private let kind: RemoteWriteConfiguration.Authentication
    private let credentials: (any CredentialsProvider)?
    private let readFile: AWSEnvironment.FileReader

    /// - Parameter credentials: For Signature Version 4 only.
    init(
        _ kind: RemoteWriteConfiguration.Authentication, credentials: (any CredentialsProvider)?,
        readFile: @escaping AWSEnvironment.FileReader
    ) {
        self.kind = kind
        self.credentials = credentials
        self.readFile = readFile
    }

    /// Why a request cannot be signed. Never holds a secret.
    struct Failure: Error {
        let reason: String
    }

    /// Amazon Managed Service for Prometheus in credential scopes (its user guide, "Using the Prometheus-compatible
    /// APIs").
    private static let signingName = "aps"

    /// Adds a header or what the signature needs.
    func sign(_ request: inout TransportRequest) async throws(Failure) {
        switch kind {
        case .none: return
        case .basic(let username, let passwordFile):
            // RFC 7617, 2.
            let pair = Data("\(username):\(try secret(passwordFile))".utf8)
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
    func refused(_ request: TransportRequest) async {
        guard let used = request.signing?.credentials else { return }
        await (credentials as? any RefreshableCredentials)?.invalidate(used)
    }

    /// The file's text without line ends and blanks around it.
    private func secret(_ path: String) throws(Failure) -> String {
        let bytes: [UInt8]?
        do {
            bytes = try readFile(path, RemoteWriteLimits.secretBytes)
        } catch {
            throw Failure(reason: "\(error)")
        }
        guard let bytes else { throw Failure(reason: "\(path): no such file") }
        let blanks = Array(" \t\r\n".utf8)
        let text = bytes.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed()
        guard !text.isEmpty, text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Failure(reason: "\(path): the file must hold one line of text")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
