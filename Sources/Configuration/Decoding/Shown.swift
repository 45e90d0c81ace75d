import System

/// How values and keys of a configuration may appear in messages.
enum Shown {
    private static let characters = 60

    /// A value in quotes, shortened and escaped; only its length when it looks like a secret in the wrong place.
    static func value(_ text: String) -> String {
        guard !looksSecret(text) else { return "this value of \(text.count) characters" }
        return VisibleText.quoted(text)
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
}

extension Character {
    // A letter with a combining mark lies between two others by the order of characters.
    var isASCIIDigit: Bool { isASCII && ("0"..."9").contains(self) }
    var isASCIILowercase: Bool { isASCII && ("a"..."z").contains(self) }
    var isASCIILetterOrDigit: Bool {
        isASCIIDigit || isASCIILowercase || isASCII && ("A"..."Z").contains(self)
    }
}
