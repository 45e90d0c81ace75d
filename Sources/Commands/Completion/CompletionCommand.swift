import System

/// `completion`: a script for a shell, made from the table of commands and flags.
enum CompletionCommand {
    /// The raw value is the word after `completion`.
    enum Shell: String, CaseIterable {
        case bash
        case zsh
        case fish

        var topic: Topic {
            Topic(rawValue, "Print the script for \(rawValue): \(use).", flags: [.help])
        }

        private var use: String {
            switch self {
            case .bash: "source <(\(BuildInfo.name) completion bash)"
            case .zsh: "a file _\(BuildInfo.name) in $fpath"
            case .fish: "a file \(BuildInfo.name).fish in ~/.config/fish/completions"
            }
        }

        func script(_ table: CompletionTable) -> String {
            switch self {
            case .bash: BashCompletion.script(table)
            case .zsh: ZshCompletion.script(table)
            case .fish: FishCompletion.script(table)
            }
        }
    }

    static let topics = Shell.allCases.map(\.topic)

    static func run(_ invocation: Invocation) throws -> Int32 {
        // The parser lets no other word pass.
        let shell = invocation.topic.flatMap { Shell(rawValue: $0.name) } ?? .bash
        _ = try StandardOutput.write(Array(shell.script(.ofProgram).utf8))
        return 0
    }
}

/// What can be typed where, for the scripts of all shells.
struct CompletionTable {
    struct Word: Equatable {
        let text: String
        let summary: String
    }

    /// Words that may follow others, the longest beginnings first; those of none are the commands.
    let words: [(before: [String], next: [Word])]
    /// The longest first, so that the first that fits is meant.
    let usages: [CommandUsage]

    /// The flags that may come without a command.
    var standard: CommandUsage? { usages.first { $0.words == [Command.serve.rawValue] } }
    var commands: [Word] { words.first { $0.before.isEmpty }?.next ?? [] }

    static var ofProgram: CompletionTable {
        let commands = Command.allCases.map { Word(text: $0.rawValue, summary: $0.summary) }
        var words: [(before: [String], next: [Word])] = [([], commands)]
        for command in Command.allCases where !command.topics.isEmpty {
            words += next(after: [command.rawValue], command.topics.map { ($0.words, $0.summary) })
        }
        let help = Command.help.rawValue
        let others = commands.filter { $0.text != help }
        for index in words.indices where words[index].before == [help] {
            let topics = Set(words[index].next.map(\.text))
            // The topic stands above a command of the same name, as it does for the parser.
            words[index].next += others.filter { !topics.contains($0.text) }
        }
        for command in Command.allCases where command != .help && !command.topics.isEmpty {
            words += next(after: [help, command.rawValue], command.topics.map { ($0.words, $0.summary) })
        }
        return CompletionTable(
            words: words.sorted { $0.before.count > $1.before.count },
            usages: Command.allCases.flatMap(\.usages).sorted { $0.words.count > $1.words.count })
    }

    /// The first words of topics after a command, and the second after those that have one.
    private static func next(
        after before: [String], _ topics: [(words: [String], summary: String)]
    ) -> [(before: [String], next: [Word])] {
        var levels: [(before: [String], next: [Word])] = [(before, [])]
        for topic in topics {
            for (index, word) in topic.words.enumerated() {
                let path = before + topic.words[..<index]
                let level = levels.firstIndex { $0.before == path }
                let entry = Word(text: word, summary: topic.summary)
                if let level {
                    if !levels[level].next.contains(where: { $0.text == word }) {
                        levels[level].next.append(entry)
                    }
                } else {
                    levels.append((path, [entry]))
                }
            }
        }
        return levels
    }
}

extension Flag {
    /// What its value names, as far as shells can complete it.
    enum ValueKind {
        case none, word, file, folder, free
    }

    var valueKind: ValueKind {
        switch valueName {
        case nil: .none
        case "FILE": .file
        case "FOLDER", "DIRECTORY": .folder
        default: choices.isEmpty ? .free : .word
        }
    }
}
