/// The characters of a YAML document, checked and ready to be read.
enum YAMLText {
    /// Decodes UTF-8, drops a leading byte order mark, turns CRLF into LF and refuses every character that
    /// YAML readers treat differently (YAML 1.1, 5.1 and 5.4) or do not accept.
    static func characters(of bytes: [UInt8], file: String) throws(ConfigurationError) -> [Unicode.Scalar] {
        guard bytes.count <= ConfigurationLimits.fileBytes else {
            throw ConfigurationError(
                source: file,
                "is larger than \(ConfigurationLimits.fileBytes) bytes, the largest file allowed")
        }
        var characters: [Unicode.Scalar] = []
        characters.reserveCapacity(bytes.count)
        var checker = CharacterChecker(file: file)
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        decoding: while true {
            switch decoder.decode(&iterator) {
            case .emptyInput: break decoding
            case .error: throw checker.failure("the file is not UTF-8 here")
            case .scalarValue(let character):
                if try checker.keeps(character) { characters.append(character) }
            }
        }
        try checker.finish()
        return characters
    }
}

/// Follows line and column while the characters of a document pass by.
private struct CharacterChecker {
    let file: String
    var line = 1
    var column = 1
    var isFirst = true
    var afterCarriageReturn = false

    /// Whether the character is part of the text; false for a byte order mark and the CR of CRLF.
    mutating func keeps(_ character: Unicode.Scalar) throws(ConfigurationError) -> Bool {
        defer { isFirst = false }
        if isFirst, character.value == 0xFEFF { return false }
        if afterCarriageReturn, character != "\n" { throw loneCarriageReturn }
        afterCarriageReturn = character == "\r"
        guard !afterCarriageReturn else { return false }
        if let reason = Self.refusal(of: character) { throw failure(reason) }
        if character == "\n" {
            line += 1
            column = 1
        } else {
            column += 1
        }
        return true
    }

    func finish() throws(ConfigurationError) {
        if afterCarriageReturn { throw loneCarriageReturn }
    }

    func failure(_ message: String) -> ConfigurationError {
        ConfigurationError(source: file, position: YAMLPosition(line: line, column: column), message)
    }

    private var loneCarriageReturn: ConfigurationError {
        failure("a carriage return stands alone; end lines with LF or CRLF")
    }

    /// Nil when the character may occur. YAML 1.1 breaks lines at U+0085, U+2028 and U+2029; YAML 1.2 does not.
    private static func refusal(of character: Unicode.Scalar) -> String? {
        switch character.value {
        case 0x09, 0x0A, 0x20...0x7E: nil
        case 0x85, 0x2028, 0x2029:
            "\(name(character)) is a line break for some readers only; write it as an escape in double quotes"
        case 0xA0...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: nil
        default: "the character \(name(character)) is not allowed; write it as an escape in double quotes"
        }
    }

    private static func name(_ character: Unicode.Scalar) -> String {
        let digits = String(character.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
