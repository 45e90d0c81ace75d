/// Makes text of a server fit for logs and labels.
package enum MessageText {
    /// Longest message of a server that is kept, in characters.
    package static let maximumLength = 300
    /// Longest error code that is kept, in bytes.
    package static let maximumErrorCodeLength = 64
    package static let excerptCharacters = 200
    /// An access key ID has 20 characters, every other secret of AWS more.
    package static let keyLikeRunCharacters = 16

    /// One line of at most `limit` characters without the secrets of this process: control characters and runs of space
    /// become one space.
    ///
    /// - Parameter secrets: More that this text must not show.
    package static func bounded(
        _ text: String, limit: Int = MessageText.maximumLength, without secrets: [String] = []
    ) -> String {
        var line = ""
        var length = 0
        for scalar in Redactor.process.redacted(text, and: secrets).unicodeScalars {
            let isSpace =
                scalar.properties.isWhitespace || scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            if isSpace && (line.isEmpty || line.hasSuffix(" ")) { continue }
            guard length < limit else { return line.hasSuffix(" ") ? line + "…" : line + " …" }
            line.unicodeScalars.append(isSpace ? " " : scalar)
            length += 1
        }
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }

    /// An error code as a label: only `[A-Za-z0-9._-]`, at most 64 of them; nil when nothing is left.
    package static func errorCode(_ text: some StringProtocol) -> String? {
        let allowed = Redactor.process.redacted(String(text)).utf8.lazy.filter { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        let code = Array(allowed.prefix(maximumErrorCodeLength))
        return code.isEmpty ? nil : String(decoding: code, as: UTF8.self)
    }

    /// As `bounded`, and with every run of key-like characters that is long enough to be a key replaced by `…`: what a
    /// program or a metadata service says may hold keys that this process does not.
    package static func excerpt(
        _ text: String, limit: Int = MessageText.excerptCharacters,
        without secrets: [String] = []
    ) -> String {
        var result = ""
        var run = ""
        for character in bounded(text, limit: limit * 4, without: secrets) {
            if isKeyLike(character) {
                run.append(character)
                continue
            }
            result += shown(run)
            run = ""
            result.append(character)
        }
        result += shown(run)
        return result.count <= limit ? result : String(result.prefix(limit)) + "…"
    }

    private static func shown(_ run: String) -> String {
        run.count >= keyLikeRunCharacters ? "…" : run
    }

    /// Base64 in both alphabets: no host name or sentence has a long run of these.
    private static func isKeyLike(_ character: Character) -> Bool {
        guard character.isASCII else { return false }
        return character.isLetter || character.isNumber || "+/=_-%".contains(character)
    }
}
