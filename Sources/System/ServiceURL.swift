/// An `http` or `https` URL. Its path, query and user are taken for secrets, as in chat webhooks.
package struct ServiceURL: Hashable, Sendable, CustomStringConvertible {
    /// The whole URL as it was written.
    package let text: Secret
    /// Scheme, host and port, which may be shown: `https://hooks.example.com`.
    package let origin: String
    /// The path from `/` on, empty when there is none.
    package let path: String
    package let hasUser: Bool
    package let hasQuery: Bool

    /// The origin, with a mask for whatever else the URL holds.
    package var description: String {
        hasUser || hasQuery || !path.isEmpty && path != "/" ? "\(origin)/\(Secret.mask)" : origin
    }

    /// The URL without its user, as requests name it.
    package var withoutUser: Secret {
        guard let user, let end = origin.firstRange(of: "://")?.upperBound else { return text }
        return Secret(
            text.value.replacing(
                "://\(user.value)@\(origin[end...])", with: "://\(origin[end...])", maxReplacements: 1))
    }

    /// The user, and the password if there is one, as they are written: `user:password`.
    package var user: Secret? {
        guard hasUser, let start = text.value.firstRange(of: "://")?.upperBound else { return nil }
        let authority = text.value[start...].prefix { $0 != "/" && $0 != "?" }
        return authority.lastIndex(of: "@").map { Secret(String(authority[..<$0])) }
    }

    /// Host and port, without the user.
    package var authority: String {
        origin.firstRange(of: "://").map { String(origin[$0.upperBound...]) } ?? origin
    }

    /// The origin and the path, with a mask for the user and the query.
    package var descriptionWithPath: String {
        let user = hasUser ? "\(Secret.mask)@" : ""
        let query = hasQuery ? "?\(Secret.mask)" : ""
        guard let end = origin.firstRange(of: "://")?.upperBound else { return Secret.mask }
        return "\(origin[..<end])\(user)\(origin[end...])\(path)\(query)"
    }

    /// Nil when the text is no such URL.
    package init?(text: String) {
        do throws(InvalidValue) {
            try self.init(text)
        } catch {
            return nil
        }
    }

    /// Messages never show the text.
    package init(_ text: String) throws(InvalidValue) {
        guard let separator = text.firstRange(of: "://") else {
            throw InvalidValue("the URL has no scheme; allowed: http://host… or https://host…")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw InvalidValue("the URL's scheme is not known here; allowed: http://host… or https://host…")
        }
        guard text.count <= Self.characters, text.utf8.allSatisfy(Self.isURLCharacter)
        else {
            throw InvalidValue("the URL is too long or holds a character that URLs escape with %")
        }
        let rest = text[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let user = authority.lastIndex(of: "@")
        let host = user.map { authority[authority.index(after: $0)...] } ?? authority
        guard Self.isHostAndPort(host) else {
            throw InvalidValue(
                "the URL has no valid host and port; allowed: \(scheme)://host or \(scheme)://host:port")
        }
        let target = rest[authority.endIndex...]
        self.text = Secret(text)
        origin = "\(scheme)://\(host)"
        path = String(target.prefix { $0 != "?" })
        hasUser = user != nil
        hasQuery = target.contains("?")
    }

    /// RFC 3986, 2: everything printable but delimiters and the fragment, which is never sent.
    private static func isURLCharacter(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !delimiters.contains(byte)
    }

    private static let characters = 2048
    private static let delimiters = Array(##""#<>\^`{|}"##.utf8)

    private static func isHostAndPort(_ text: Substring) -> Bool {
        var host = text
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            let digits = text[text.index(after: colon)...]
            guard digits.allSatisfy(\.isASCIIDigit), let port = UInt16(digits), port > 0 else { return false }
            host = text[..<colon]
        }
        guard host.hasPrefix("["), host.hasSuffix("]") else { return HostName.isName(host) }
        return HostName.isIPv6(host.dropFirst().dropLast())
    }
}
