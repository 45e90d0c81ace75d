import FoundationEssentials

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
