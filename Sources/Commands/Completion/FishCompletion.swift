import System

/// For fish from 3 on.
enum FishCompletion {
    static func script(_ table: CompletionTable) -> String {
        let functions = """
            # fish completion of \(BuildInfo.name)
            # Whether exactly these words stand before the one that is typed.
            function __bedrock_quota_exporter_after
                set -l typed (commandline -opc)
                set -e typed[1]
                test "$typed" = "$argv"
            end
            # Whether these words begin the line.
            function __bedrock_quota_exporter_at
                set -l typed (commandline -opc)
                set -e typed[1]
                test (count $typed) -ge (count $argv)
                and test "$typed[1..$(count $argv)]" = "$argv"
            end
            # Whether flags may come without a command.
            function __bedrock_quota_exporter_alone
                set -l typed (commandline -opc)
                set -e typed[1]
                not set -q typed[1]
                or string match -q -- '-*' $typed[1]
            end
            complete -c \(BuildInfo.name) -f

            """
        let words = table.words.flatMap { level in
            level.next.map { word in
                line(
                    condition("after", level.before),
                    "-a \(quoted(word.text)) -d \(quoted(word.summary))")
            }
        }
        let alone = (table.standard?.flags ?? []).map {
            line("-n __bedrock_quota_exporter_alone", flag($0))
        }
        let flags = table.usages.flatMap { usage in
            usage.flags.map { line(condition("at", usage.words), flag($0)) }
        }
        return functions + (words + alone + flags).joined()
    }

    private static func line(_ condition: String, _ rest: String) -> String {
        "complete -c \(BuildInfo.name) \(condition) \(rest)\n"
    }

    private static func condition(_ name: String, _ words: [String]) -> String {
        "-n \(quoted((["__bedrock_quota_exporter_\(name)"] + words).joined(separator: " ")))"
    }

    private static func flag(_ flag: Flag) -> String {
        let value =
            switch flag.valueKind {
            case .none: ""
            case .word: " -x -a \(quoted(flag.choices.joined(separator: " ")))"
            case .file: " -r -F"
            case .folder: " -x -a '(__fish_complete_directories (commandline -ct))'"
            case .free: " -x"
            }
        return "-l \(flag.name)\(value) -d \(quoted(flag.help))"
    }

    private static func quoted(_ text: String) -> String {
        "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
    }
}
