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
