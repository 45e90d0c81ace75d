import FoundationEssentials

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
        case lowerCaseMessage = "message"
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
    let lowerCaseMessage: String?

    /// Throws without a word of the input, because it holds keys.
    static func decode(_ bytes: [UInt8], source: String) throws(CredentialsError) -> CredentialsDocument {
        do {
            return try JSONDecoder().decode(CredentialsDocument.self, from: Data(bytes))
        } catch {
            throw .failed(
                source: source, reason: "the answer of \(bytes.count) bytes is not the expected JSON object")
        }
    }

    /// The keys; throws with the name of what is missing.
    func credentials(_ form: Form, source: String) throws(CredentialsError) -> AWSCredentials {
        let token: String?
        switch form {
        case .metadataService:
            token = try required(self.token, .token, source)
            _ = try required(expiration, .expiration, source)
        case .process:
            token = sessionToken
            guard version == 1 else {
                throw .failed(source: source, reason: "the answer's Version is not 1, the only one supported")
            }
        }
        return AWSCredentials(
            accessKeyID: try required(accessKeyID, .accessKeyID, source),
            secretAccessKey: try required(secretAccessKey, .secretAccessKey, source),
            sessionToken: token, expiration: try expirationDate(source), accountID: accountID)
    }

    private func expirationDate(_ source: String) throws(CredentialsError) -> Date? {
        guard let expiration else { return nil }
        guard let date = ExpirationTimestamp.parse(expiration) else {
            throw .failed(source: source, reason: "the answer's Expiration is not a time with a zone")
        }
        return date
    }

    private func required(_ value: String?, _ key: CodingKeys, _ source: String) throws(CredentialsError)
        -> String
    {
        guard let value, !value.isEmpty else {
            throw .failed(source: source, reason: "the answer has no \(key.rawValue)")
        }
        return value
    }
}
