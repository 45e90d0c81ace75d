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
