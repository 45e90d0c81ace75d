import FoundationEssentials
import HTTPClient
import System

/// The JSON object in which metadata services and credential processes write keys.
struct CredentialsDocument: Decodable, SecretHolder {
    private enum CodingKeys: String, CodingKey {
        case version = "Version"
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        /// The metadata services' name for it.
        case token = "Token"
        /// The credential process's name for it.
        case sessionToken = "SessionToken"
        case expiration = "Expiration"
        case accountID = "AccountId"
        case code = "Code"
        case message = "Message"
    }

    /// Which of the optional keys a source must give.
    enum Form {
        case metadataService
        case process
    }

    let version: Int?
    let accessKeyID: String?
    let secretAccessKey: String?
    let token: String?
    let sessionToken: String?
    let expiration: String?
    let accountID: String?
    let code: String?
    let message: String?

    /// Throws without a word of the input, because it holds keys.
    static func decode(_ bytes: [UInt8], from origin: AnswerOrigin) throws(CredentialsError)
        -> CredentialsDocument
    {
        do {
            return try JSONDecoder().decode(CredentialsDocument.self, from: Data(bytes))
        } catch {
            throw origin.failure("is not the expected JSON object (\(bytes.count) bytes)")
        }
    }

    /// The keys; throws with the name of what is missing.
    func credentials(_ form: Form, from origin: AnswerOrigin) throws(CredentialsError) -> AWSCredentials {
        let token: String?
        switch form {
        case .metadataService:
            token = try required(self.token, .token, origin)
            _ = try required(expiration, .expiration, origin)
        case .process:
            token = sessionToken
            guard version == 1 else { throw origin.failure("is not of Version 1, the only one supported") }
        }
        return AWSCredentials(
            accessKeyID: try required(accessKeyID, .accessKeyID, origin),
            secretAccessKey: try required(secretAccessKey, .secretAccessKey, origin),
            sessionToken: token, expiration: try expirationDate(origin), accountID: accountID)
    }

    private func expirationDate(_ origin: AnswerOrigin) throws(CredentialsError) -> Date? {
        guard let expiration else { return nil }
        guard let date = ExpirationTimestamp.parse(expiration) else {
            throw origin.failure("has an Expiration that is not a time with a zone")
        }
        return date
    }

    private func required(_ value: String?, _ key: CodingKeys, _ origin: AnswerOrigin)
        throws(CredentialsError)
        -> String
    {
        guard let value, !value.isEmpty else { throw origin.failure("has no \(key.rawValue)") }
        return value
    }
}

/// What messages call an answer: the credential source, and a name such as `the answer of 169.254.170.2`.
struct AnswerOrigin: Sendable {
    let source: String
    let name: String

    func failure(_ predicate: String) -> CredentialsError {
        .failed(source: source, reason: "\(name) \(predicate)")
    }
}
