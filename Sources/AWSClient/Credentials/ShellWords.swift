/// Splits a command line as Python's `shlex.split` does (POSIX rules, no comments), because that is how botocore
/// reads `credential_process` and section names.
struct ShellWords {
    private enum State {
        case between
        case word
        case quoted(Character)
        case escaped(in: Character?)
    }

    private var words: [String] = []
    private var word = ""
    private var state = State.between

    /// The words; nil where a quotation is not closed or nothing follows the last backslash.
    static func split(_ line: String) -> [String]? {
        var splitter = ShellWords()
        for character in line { splitter.read(character) }
        switch splitter.state {
        case .between: return splitter.words
        case .word: return splitter.words + [splitter.word]
        case .quoted, .escaped: return nil
        }
    }

    private mutating func read(_ character: Character) {
        switch state {
        case .between, .word: readPlain(character)
        case .quoted(let quote):
            if character == quote {
                state = .word
            } else if character == "\\" && quote == "\"" {
                state = .escaped(in: quote)
            } else {
                word.append(character)
            }
        case .escaped(let quote):
            // Inside double quotes a backslash quotes only itself and the quotation mark.
            if let quote, character != quote, character != "\\" { word.append("\\") }
            word.append(character)
            state = quote.map(State.quoted) ?? .word
        }
    }

    private mutating func readPlain(_ character: Character) {
        switch character {
        case " ", "\t", "\r", "\n", "\r\n":
            if case .word = state { words.append(word) }
            word = ""
            state = .between
        case "'", "\"": state = .quoted(character)
        case "\\": state = .escaped(in: nil)
        default:
            word.append(character)
            state = .word
        }
    }
}
