/// Splits a command line as Python's `shlex.split` does (POSIX rules, no comments), because that is how botocore
/// reads `credential_process` and section names.
enum ShellWords {
    private enum State {
        case between
        case word
        case quoted(Character)
        case escaped(in: Character?)
    }

    /// The words; nil where a quotation is not closed or nothing follows the last backslash.
    static func split(_ line: String) -> [String]? {
        var words: [String] = []
        var word = ""
        var state = State.between
        for character in line {
            switch state {
            case .between, .word:
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
        switch state {
        case .between: return words
        case .word: return words + [word]
        case .quoted, .escaped: return nil
        }
    }
}
