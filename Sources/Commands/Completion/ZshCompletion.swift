import System

/// For zsh from 5 on: as a file `_bedrock-quota-exporter` in `$fpath`, or sourced after `compinit`.
enum ZshCompletion {
    private static let function = "_\(BuildInfo.name)"

    static func script(_ table: CompletionTable) -> String {
        """
        #compdef \(BuildInfo.name)
        # zsh completion of \(BuildInfo.name)
        \(function)() {
            local -a choices
            case "${(j: :)words[2,CURRENT-1]} " in
        \(table.words.filter { !$0.before.isEmpty }.map(level).joined(separator: "\n"))
        \(table.usages.map { usage("'\($0.name) '*", $0, shift: $0.words.count) }.joined(separator: "\n"))
            ' ')
                if [[ $words[2] == -* ]]; then
                    _arguments \(table.standard.map { flags($0) } ?? "")
                    return
                fi
                choices=(\(descriptions(table.commands)))
                _describe -t commands command choices
                ;;
        \(table.standard.map { usage("-*", $0, shift: 0) } ?? "")
            esac
        }
        if [[ $funcstack[1] == \(function) ]]; then
            \(function) "$@"
        else
            compdef \(function) \(BuildInfo.name)
        fi

        """
    }

    private static func level(_ level: (before: [String], next: [CompletionTable.Word])) -> String {
        """
            '\(level.before.joined(separator: " ")) ')
                choices=(\(descriptions(level.next)))
                _describe -t topics topic choices
                ;;
        """
    }

    private static func usage(_ pattern: String, _ usage: CommandUsage, shift count: Int) -> String {
        let lines = count == 0 ? "" : "shift \(count) words; (( CURRENT -= \(count) ))\n            "
        return """
                \(pattern))
                    \(lines)_arguments \(flags(usage))
                    ;;
            """
    }

    private static func descriptions(_ words: [CompletionTable.Word]) -> String {
        words.map { "\n            " + quoted("\($0.text):\($0.summary)") }.joined() + "\n        "
    }

    /// A specification of `_arguments` for each flag.
    private static func flags(_ usage: CommandUsage) -> String {
        usage.flags.map { " \\\n            " + quoted(specification($0)) }.joined()
    }

    private static func specification(_ flag: Flag) -> String {
        let start = "--\(flag.name)\(flag.valueName == nil ? "" : "=")[\(escaped(flag.help))]"
        guard let value = flag.valueName else { return start }
        let action =
            switch flag.valueKind {
            case .word: "(\(flag.choices.joined(separator: " ")))"
            case .file: "_files"
            case .folder: "_files -/"
            case .free, .none: " "
            }
        return "\(start):\(value):\(action)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]")
            .replacing(":", with: "\\:")
    }

    private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }
}
