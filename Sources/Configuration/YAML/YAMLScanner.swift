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

/// A cursor over the characters of a document: blanks, comments, line ends, document markers.
struct YAMLScanner {
    let file: String
    private let characters: [Unicode.Scalar]
    private(set) var index = 0
    private var line = 1
    private var lineStart = 0

    init(characters: [Unicode.Scalar], file: String) {
        self.characters = characters
        self.file = file
    }

    var position: YAMLPosition { YAMLPosition(line: line, column: column + 1) }
    /// Characters before the cursor in its line.
    var column: Int { index - lineStart }
    var isAtEnd: Bool { index == characters.count }

    /// The character that many places on, nil past the end.
    func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        index + ahead < characters.count ? characters[index + ahead] : nil
    }

    /// Whether the character that many places on ends a word: a blank, a tab, a line break or the end.
    func isBlank(_ ahead: Int = 0) -> Bool {
        guard let character = peek(ahead) else { return true }
        return character == " " || character == "\n" || character == "\t"
    }

    mutating func advance(_ count: Int = 1) { index += count }

    mutating func skipSpaces() {
        while peek() == " " { index += 1 }
    }

    func failure(_ message: String, at position: YAMLPosition? = nil) -> ConfigurationError {
        ConfigurationError(source: file, position: position ?? self.position, message)
    }

    /// Moves to the next token, over spaces, line breaks and comments.
    mutating func skipToToken() throws(ConfigurationError) {
        while let character = peek() {
            switch character {
            case " ": index += 1
            case "\n": newline()
            case "#": try skipComment()
            case "\t": throw tab
            default: return
            }
        }
    }

    /// Requires that nothing but a comment follows in this line. Stops before the line break.
    mutating func finishLine(_ unexpected: String) throws(ConfigurationError) {
        skipSpaces()
        switch peek() {
        case nil, "\n": return
        case "#": try skipComment()
        case "\t": throw tab
        default: throw failure(unexpected)
        }
    }

    /// Whether the rest of the line holds only spaces and perhaps a comment. Moves over the spaces.
    mutating func isAtLineEnd() throws(ConfigurationError) -> Bool {
        skipSpaces()
        if peek() == "\t" { throw tab }
        return isAtEnd || peek() == "\n" || peek() == "#"
    }

    /// Whether `---` or `...` stands here and bounds a document (YAML 1.2, 9.1).
    func isAtMarker(_ marker: Unicode.Scalar) -> Bool {
        column == 0 && peek() == marker && peek(1) == marker && peek(2) == marker && isBlank(3)
    }

    /// The column of the token at the cursor, -1 where the document ends, so that every block ends there.
    var blockColumn: Int {
        isAtEnd || isAtMarker("-") || isAtMarker(".") ? -1 : column
    }

    private var tab: ConfigurationError {
        failure("a tab cannot indent or separate values; use spaces")
    }

    private mutating func newline() {
        index += 1
        line += 1
        lineStart = index
    }

    private mutating func skipComment() throws(ConfigurationError) {
        guard column == 0 || characters[index - 1] == " " else {
            throw failure("put a space before '#' to begin a comment, or the value in quotes")
        }
        while !isAtEnd, peek() != "\n" { index += 1 }
    }
}
