/// A scalar as it was read.
struct YAMLScalar {
    let text: String
    let style: YAMLStyle
    let position: YAMLPosition
    /// Where the scalar starts among the document's characters.
    let start: Int
}

extension YAMLScanner {
    /// Reads a plain, single-quoted or double-quoted scalar that ends on its line.
    mutating func scalar(inFlow: Bool) throws(ConfigurationError) -> YAMLScalar {
        let position = position
        let start = index
        switch peek() {
        case "\"":
            let text = try doubleQuoted(position)
            return YAMLScalar(text: text, style: .quoted, position: position, start: start)
        case "'":
            let text = try singleQuoted(position)
            return YAMLScalar(text: text, style: .quoted, position: position, start: start)
        default:
            let text = try plain(inFlow: inFlow)
            return YAMLScalar(text: text, style: .plain, position: position, start: start)
        }
    }

    /// A plain scalar (YAML 1.2, 7.3.3) ends at `: `, ` #`, a line end and, in flow, at `, [ ] { }`.
    private mutating func plain(inFlow: Bool) throws(ConfigurationError) -> String {
        if let refusal = plainStartRefusal(inFlow: inFlow) { throw failure(refusal) }
        var text = String.UnicodeScalarView()
        var pendingSpaces = 0
        while let character = peek(), character != "\n", character != "\t" {
            if character == "#", pendingSpaces > 0 { break }
            if character == ":", isBlank(1) || inFlow && isFlowIndicator(1) { break }
            if inFlow, isFlowIndicator(0) { break }
            if inFlow, character == "?" {
                throw failure("put a value with '?' in quotes inside [ ] and { }")
            }
            if character == " " {
                pendingSpaces += 1
            } else {
                text.append(contentsOf: repeatElement(" ", count: pendingSpaces))
                text.append(character)
                pendingSpaces = 0
            }
            advance()
        }
        return String(text)
    }

    private func isFlowIndicator(_ ahead: Int) -> Bool {
        switch peek(ahead) {
        case ",", "[", "]", "{", "}": true
        default: false
        }
    }

    /// Why no plain scalar can begin here, nil when one can.
    private func plainStartRefusal(inFlow: Bool) -> String? {
        let quote = "put the value in quotes"
        switch peek() {
        case nil, "\n", " ", "\t": return "a value was expected here"
        case "&": return "anchors (&name) are not supported; \(quote) if it is text"
        case "*": return "aliases (*name) are not supported; \(quote) if it is text"
        case "!": return "tags (!name) are not supported; \(quote) if it is text"
        case "|", ">": return "block scalars (| and >) are not supported; write one line in quotes"
        case "?": return "complex keys (?) are not supported; write 'key: value', or \(quote)"
        case "%": return "directives (%) are not supported; \(quote) if it is text"
        case "@", "`": return "a value cannot begin with '@' or '`'; \(quote)"
        case ":": return "a key was expected before ':', or \(quote)"
        case ",": return "a value was expected before ','"
        case "]", "}": return "there is no bracket that this one closes"
        case "[", "{": return "a list or map cannot be a key; write 'key: value'"
        case "#": return "put a space before '#' to begin a comment, or the value in quotes"
        case "-" where isBlank(1): return "a list item cannot stand here; begin each '- item' on its own line"
        case "-" where inFlow && isFlowIndicator(1): return "a lone '-' is not a value here; \(quote)"
        default: return nil
        }
    }

    /// YAML 1.2, 7.3.2: everything stands for itself, `''` for one quote.
    private mutating func singleQuoted(_ opening: YAMLPosition) throws(ConfigurationError) -> String {
        advance()
        var text = String.UnicodeScalarView()
        while let character = peek(), character != "\n" {
            advance()
            guard character == "'" else {
                text.append(character)
                continue
            }
            guard peek() == "'" else { return String(text) }
            text.append("'")
            advance()
        }
        throw failure("this quoted value does not end on its line; close it with '", at: opening)
    }

    /// YAML 1.2, 7.3.1, with the escapes of 5.7 except the escaped line break.
    private mutating func doubleQuoted(_ opening: YAMLPosition) throws(ConfigurationError) -> String {
        advance()
        var text = String.UnicodeScalarView()
        while let character = peek(), character != "\n" {
            switch character {
            case "\"":
                advance()
                return String(text)
            case "\\":
                text.append(try escape())
            default:
                text.append(character)
                advance()
            }
        }
        throw failure("this quoted value does not end on its line; close it with \"", at: opening)
    }

    private mutating func escape() throws(ConfigurationError) -> Unicode.Scalar {
        guard let code = peek(1), code != "\n" else {
            throw failure("a line cannot be continued with \\; write the value on one line")
        }
        if let digits = Self.hexadecimalEscapes[code] { return try hexadecimal(digits) }
        guard let character = Self.escapes[code] else {
            throw failure(
                "this escape is unknown; allowed are \\\\ \\\" \\/ \\n \\t \\r \\0 \\xNN \\uNNNN \\UNNNNNNNN")
        }
        advance(2)
        return character
    }

    private mutating func hexadecimal(_ digits: Int) throws(ConfigurationError) -> Unicode.Scalar {
        var value: UInt32 = 0
        for place in 2..<(2 + digits) {
            guard let digit = peek(place).flatMap({ Character($0).hexDigitValue }),
                peek(place)?.isASCII == true
            else { throw failure("this escape needs \(digits) hexadecimal digits") }
            value = value << 4 | UInt32(digit)
        }
        guard let character = Unicode.Scalar(value) else {
            throw failure("this escape is no character; write one above U+FFFF as \\UNNNNNNNN")
        }
        advance(2 + digits)
        return character
    }

    private static let hexadecimalEscapes: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "0": "\0", "a": "\u{07}", "b": "\u{08}", "t": "\t", "\t": "\t", "n": "\n", "v": "\u{0B}",
        "f": "\u{0C}",
        "r": "\r", "e": "\u{1B}", " ": " ", "\"": "\"", "/": "/", "\\": "\\", "N": "\u{85}", "_": "\u{A0}",
        "L": "\u{2028}", "P": "\u{2029}",
    ]
}
