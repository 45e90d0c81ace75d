import FoundationEssentials

/// User and password of an Authorization field (RFC 7617 section 2).
struct BasicCredentials: Sendable, Equatable {
    /// The user-id, without colon.
    let user: String
    /// Everything behind the first colon; not necessarily text.
    let password: [UInt8]

    /// Nil without exactly one well-formed Basic field; a second one could be meant for another recipient.
    init?(_ headers: HTTPHeaders) {
        let fields = headers.values("Authorization")
        guard fields.count == 1, let field = fields.first else { return nil }
        let scheme = field.prefix { $0 != " " }
        guard HTTPHeaders.equal(String(scheme), "Basic") else { return nil }
        let token = String(decoding: HTTPHeaders.trimmed(field.dropFirst(scheme.count).utf8), as: UTF8.self)
        guard let decoded = Data(base64Encoded: token), let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: decoded[..<colon], as: UTF8.self)
        else { return nil }
        self.user = user
        password = Array(decoded[(colon + 1)...])
    }
}
