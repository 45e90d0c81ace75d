/// Temporary credentials that the simulated STS hands out; key and token say by themselves whose they are and
/// until when they hold, so nothing has to be remembered.
struct IssuedCredentials: Equatable {
    private static let keyPrefix = "ASIA"
    private static let keySuffix = "SIMU"
    private static let tokenPrefix = "simulated-session-token-"

    /// Twelve digits.
    var account: String
    /// Unix seconds.
    var expiration: Int

    /// Twenty characters, as AWS's key IDs have.
    var accessKeyID: String { Self.keyPrefix + account + Self.keySuffix }
    var secretAccessKey: String { "simulated/secret/access/key/of/account00" }
    var sessionToken: String { Self.tokenPrefix + String(expiration) }

    init(account: String, expiration: Int) {
        self.account = account
        self.expiration = expiration
    }

    /// The account of a key ID that was issued here, or nil.
    static func account(ofKey keyID: String) -> String? {
        guard keyID.hasPrefix(keyPrefix), keyID.hasSuffix(keySuffix), keyID.utf8.count == 20 else {
            return nil
        }
        return String(keyID.dropFirst(keyPrefix.count).dropLast(keySuffix.count))
    }

    /// When a session token that was issued here ends, or nil.
    static func expiration(ofToken token: String) -> Int? {
        guard token.hasPrefix(tokenPrefix) else { return nil }
        return Int(token.dropFirst(tokenPrefix.count))
    }
}
