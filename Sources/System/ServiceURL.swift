import FoundationEssentials

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

/// The user of a URL, as a header: libcurl is not given users in URLs.
package enum URLUser {
    /// Basic authentication (RFC 7617, 2) with what stands before the `@`; nil without it.
    package static func authorization(_ url: ServiceURL) -> String? {
        pair(url).map { "Basic \(Data($0.name + [UInt8(ascii: ":")] + $0.password).base64EncodedString())" }
    }

    /// The name and the password, decoded; nil without a user.
    package static func pair(_ url: ServiceURL) -> (name: [UInt8], password: [UInt8])? {
        guard let user = url.user?.value else { return nil }
        let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (percentDecoded(parts[0]), parts.count > 1 ? percentDecoded(parts[1]) : [])
    }

    /// RFC 3986, 2.1; what is no escape stays as it is.
    package static func percentDecoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            guard byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}

extension ServiceURL {
    /// Words of the path from this length on are taken for secrets in what the URL's own server answers.
    private static let shortestWord = 6

    /// What must not be shown of this URL's own server's answers, as error pages quote addresses.
    package var secrets: [String] {
        words.filter { $0.utf8.count >= Self.shortestWord } + userSecrets
            + [URLUser.pair(self).map { String(decoding: $0.name, as: UTF8.self) } ?? ""]
    }

    /// What must not be shown of any text: without words that are a part of the language.
    package var tellingSecrets: [String] { words.filter(\.looksSecret) + userSecrets }

    /// Of the path and the query, as they are written and decoded.
    private var words: [String] {
        withoutUser.value.dropFirst(origin.count).split { "/?&=".contains($0) }.flatMap { word in
            Set([String(word), String(decoding: URLUser.percentDecoded(word), as: UTF8.self)])
        }
    }

    /// The password with and without its user; a user without a password is a token.
    private var userSecrets: [String] {
        guard let user, let (name, password) = URLUser.pair(self) else { return [] }
        let secret = String(decoding: password.isEmpty ? name : password, as: UTF8.self)
        return [user.value, String(decoding: name + [UInt8(ascii: ":")] + password, as: UTF8.self), secret]
    }
}

extension String {
    /// Long, or of letters with digits or capitals: unlike `services`, which would be missing in other texts.
    package var looksSecret: Bool {
        guard utf8.count < 16 else { return true }
        let hasCapitalOrDigit = utf8.contains {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return utf8.count >= 8 && hasCapitalOrDigit && contains(where: \.isLetter)
    }
}

/// Percent-encoding as Signature Version 4 wants it: everything but RFC 3986's unreserved characters, in
/// upper case.
package enum PercentEncoding {
    package static func encode(_ text: String) -> String {
        var bytes = [UInt8]()
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
