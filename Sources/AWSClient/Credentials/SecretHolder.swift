/// A value that holds secrets: printing, dumping or reflecting it shows its description and no stored property.
package protocol SecretHolder: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension SecretHolder {
    /// The type's name alone, unless the type says something harmless about itself.
    package var description: String { "\(Self.self)(…)" }
    package var debugDescription: String { description }
    /// Without children, because `dump` and assertion messages walk the stored properties.
    package var customMirror: Mirror { Mirror(self, unlabeledChildren: [String]()) }
}

/// Foreign text made fit for an error message.
package enum MessageExcerpt {
    /// At most `limit` characters of `text`, without control characters, and with every run of key-like
    /// characters that is long enough to be a key replaced by `…`.
    package static func masked(_ text: String, limit: Int = CredentialsLimits.messageExcerptCharacters)
        -> String
    {
        var result = ""
        var run = ""
        for character in printable(text).prefix(limit * 4) {
            if isKeyLike(character) {
                run.append(character)
                continue
            }
            result += shown(run)
            run = ""
            result.append(character)
        }
        result += shown(run)
        return bounded(result, limit: limit)
    }

    /// At most `limit` characters of `text`, with each of the secrets replaced by `…`.
    package static func hiding(
        _ secrets: [String?], in text: String, limit: Int = CredentialsLimits.roleErrorCharacters
    )
        -> String
    {
        var result = text
        // A shorter one would take ordinary letters out of the text.
        for case let secret? in secrets where secret.utf8.count >= CredentialsLimits.shortestHiddenSecretBytes
        {
            result = result.replacing(secret, with: "…")
        }
        return bounded(printable(result), limit: limit)
    }

    private static func shown(_ run: String) -> String {
        run.count >= CredentialsLimits.keyLikeRunCharacters ? "…" : run
    }

    /// Base64 in both alphabets: no host name or sentence has a long run of these.
    private static func isKeyLike(_ character: Character) -> Bool {
        guard character.isASCII else { return false }
        return character.isLetter || character.isNumber || "+/=_-%".contains(character)
    }

    private static func printable(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
    }

    private static func bounded(_ text: String, limit: Int) -> String {
        text.count <= limit ? text : String(text.prefix(limit)) + "…"
    }
}
