import System

/// For bash from 4 on, with or without the package bash-completion.
enum BashCompletion {
    static func script(_ table: CompletionTable) -> String {
        """
        # bash completion of \(BuildInfo.name)
        _bedrock_quota_exporter() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
            local here='' words='' kind=-W
            COMPREPLY=()
            # The shell splits --flag=value at the sign.
            if [[ $current == '=' ]]; then
                current=''
            elif [[ $previous == '=' ]]; then
                previous=${COMP_WORDS[COMP_CWORD - 2]}
            fi
            local typed="${COMP_WORDS[*]:1:COMP_CWORD-1} "
            case $typed in
        \(place(table))
            esac
            case "$here $previous" in
        \(values(table))
            esac
            if [[ $kind == -W ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            else
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen "$kind" -- "$current")
            fi
        }
        complete -F _bedrock_quota_exporter \(BuildInfo.name)

        """
    }

    /// Which command is typed, or which words can follow.
    private static func place(_ table: CompletionTable) -> String {
        let next = table.words.filter { !$0.before.isEmpty }.map { level in
            "        '\(level.before.joined(separator: " ")) ') words='\(text(level.next))' ;;"
        }
        let usages = table.usages.map { "        '\($0.name) '*) here='\($0.name)' ;;" }
        let serve = table.standard?.name ?? ""
        let first = [
            "        ' ')",
            "            here=\(serve)",
            "            [[ $current == -* ]] || here='' words='\(text(table.commands))'",
            "            ;;",
            "        -*) here=\(serve) ;;",
            "        *) return ;;",
        ]
        return (next + usages + first).joined(separator: "\n")
    }

    /// What can follow there: a flag's values, or flags.
    private static func values(_ table: CompletionTable) -> String {
        var lines: [String] = []
        for usage in table.usages {
            for flag in usage.flags {
                let pattern = "'\(usage.name) --\(flag.name)'"
                switch flag.valueKind {
                case .none: continue
                case .word:
                    lines.append("        \(pattern)) words='\(flag.choices.joined(separator: " "))' ;;")
                case .file: lines.append("        \(pattern)) kind=-f ;;")
                case .folder: lines.append("        \(pattern)) kind=-d ;;")
                case .free: lines.append("        \(pattern)) return ;;")
                }
            }
            let flags = usage.flags.map { "--\($0.name)" }.joined(separator: " ")
            lines.append("        '\(usage.name) '*) words='\(flags)' ;;")
        }
        return lines.joined(separator: "\n")
    }

    private static func text(_ words: [CompletionTable.Word]) -> String {
        words.map(\.text).joined(separator: " ")
    }
}
