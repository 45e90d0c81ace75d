/// Text from outside, such as a name or a message of AWS, on its way to people: what would steer a terminal, or hide or
/// reorder what stands beside it, is written out.
package enum VisibleText {
    /// Such scalars as `\u{1b}`, all others as they are.
    package static func escaped(_ text: String) -> String {
        escaped(text) { isHidden($0) }
    }

    /// The same for text of several lines.
    package static func escapedLines(_ text: String) -> String {
        escaped(text) { $0 != "\n" && isHidden($0) }
    }

    /// In quotes, with quotes and backslashes escaped, shortened.
    package static func quoted(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars.prefix(quotedScalars) {
            if scalar == "\"" || scalar == "\\" { out += "\\" }
            append(scalar, to: &out) { isHidden($0) }
        }
        return text.unicodeScalars.count > quotedScalars ? "\"\(out)…\"" : "\"\(out)\""
    }

    private static let quotedScalars = 60

    /// A JSON string (RFC 8259, 7), which logfmt readers take as well.
    package static func json(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where isHidden(scalar): appendJSONEscape(scalar, to: &out)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// A JSON document in which such scalars may stand within strings; beyond ASCII they stand nowhere else.
    package static func escapedJSON(_ document: String) -> String {
        guard document.unicodeScalars.contains(where: isHiddenInJSON) else { return document }
        var out = ""
        for scalar in document.unicodeScalars {
            if isHiddenInJSON(scalar) {
                appendJSONEscape(scalar, to: &out)
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func isHiddenInJSON(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x7F && isHidden(scalar)
    }

    /// Controls (C0, DEL, C1), formats (bidi controls, zero width, tags) and separators of lines and paragraphs.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        guard !(0x20..<0x7F).contains(scalar.value) else { return false }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        case _: false
        }
    }

    private static func escaped(_ text: String, _ isHidden: (Unicode.Scalar) -> Bool) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var out = ""
        for scalar in text.unicodeScalars { append(scalar, to: &out, isHidden) }
        return out
    }

    private static func append(
        _ scalar: Unicode.Scalar, to out: inout String, _ isHidden: (Unicode.Scalar) -> Bool
    ) {
        if isHidden(scalar) {
            out += "\\u{\(String(scalar.value, radix: 16))}"
        } else {
            out.unicodeScalars.append(scalar)
        }
    }

    private static func appendJSONEscape(_ scalar: Unicode.Scalar, to out: inout String) {
        for unit in Character(scalar).utf16 {
            let hex = String(unit, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }
    }
}

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

/// How what people typed may appear in messages.
package enum Shown {
    private static let characters = 60

    /// A value in quotes, shortened and escaped; only its length when it looks like a secret in the wrong place.
    package static func value(_ text: String) -> String {
        guard !looksSecret(text) else { return "this value of \(text.count) characters" }
        return VisibleText.quoted(text)
    }

    /// A key as it is, if it is of the harmless kind that keys are.
    package static func key(_ text: String) -> String {
        let harmless = text.allSatisfy { $0.isASCIILetterOrDigit || "_-.@".contains($0) }
        return harmless && (1...characters).contains(text.count) ? text : "<key>"
    }

    /// Hashes, URLs, and whatever has an `@` or the length of a token.
    private static func looksSecret(_ text: String) -> Bool {
        text.contains("$2") || text.contains("://") || text.contains("@")
    }
}

/// Finds the word that was probably meant.
package enum Suggestion {
    /// The nearest of the words, if it is near enough to be a slip of the fingers.
    package static func nearest(to word: String, in words: [String]) -> String? {
        let longest = 40
        guard word.count <= longest else { return nil }
        let scored = words.map { (distance(word, $0), $0) }
        guard let best = scored.min(by: { $0 < $1 }), best.0 <= max(1, word.count / 3) else { return nil }
        return best.1
    }

    /// How many insertions, deletions, replacements and swaps of neighbours lead from one word to the other.
    private static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a)
        let b = Array(b)
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                let same = a[i] == b[j]
                var cost = min(last[j] + (same ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
