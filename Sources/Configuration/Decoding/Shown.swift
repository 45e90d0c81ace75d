/// How values and keys of a configuration may appear in messages.
enum Shown {
    private static let characters = 60

    /// A value in quotes, shortened and escaped; only its length when it looks like a secret in the wrong place.
    static func value(_ text: String) -> String {
        guard !looksSecret(text) else { return "this value of \(text.count) characters" }
        return "\"\(escaped(text))\""
    }

    /// A key as it is, if it is of the harmless kind that keys are.
    static func key(_ text: String) -> String {
        let harmless = text.allSatisfy { $0.isASCIILetterOrDigit || "_-.@".contains($0) }
        return harmless && (1...characters).contains(text.count) ? text : "<key>"
    }

    /// Hashes, URLs, and whatever has an `@` or the length of a token.
    private static func looksSecret(_ text: String) -> Bool {
        text.contains("$2") || text.contains("://") || text.contains("@")
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for character in text.unicodeScalars.prefix(characters) {
            switch character {
            case "\"", "\\": out += "\\\(character)"
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                out += "\\u{\(String(character.value, radix: 16))}"
            default: out.unicodeScalars.append(character)
            }
        }
        return text.unicodeScalars.count > characters ? out + "…" : out
    }
}

extension Character {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
    var isASCIILowercase: Bool { ("a"..."z").contains(self) }
    var isASCIILetterOrDigit: Bool { isASCIIDigit || isASCIILowercase || ("A"..."Z").contains(self) }
}
