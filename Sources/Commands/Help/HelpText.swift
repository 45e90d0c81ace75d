import System

/// `--help`, made from the tables that the parser uses.
enum HelpText {
    static func text(for invocation: Invocation) -> String {
        if let topic = invocation.topic { return page(invocation.name, topic.summary, topic.flags) }
        let command = invocation.command
        if command == .serve || command == .help { return overview }
        return command.topics.isEmpty
            ? page(invocation.name, command.summary, command.flags) : topics(of: command)
    }

    /// Where to read about what a command line meant that cannot be understood.
    static func hint(_ arguments: [String]) -> String {
        var words = [BuildInfo.name]
        if let first = arguments.first, let command = Command(rawValue: first), command != .help {
            words.append(first)
            if let topic = command.topics.first(where: { $0.words[0] == arguments.dropFirst().first }) {
                words.append(topic.words[0])
            }
        }
        return "Try \(words.joined(separator: " ")) --help."
    }

    private static var overview: String {
        var lines = [
            "Use of Amazon Bedrock quotas, weighted as AWS counts them, for Prometheus.",
            "",
            "usage: bedrock-quota-exporter [command] [flags]",
            "",
            "Commands:",
        ]
        lines += Command.allCases.map { row($0.rawValue, $0.summary, width: 12) }
        lines += ["", "Flags of serve:"]
        lines += rows(Command.serve.flags)
        lines += ["", "bedrock-quota-exporter COMMAND --help shows the flags of the other commands."]
        lines += ["", "More to read:"]
        lines += HelpCommand.topics.map { row("help \($0.name)", $0.summary, width: 17) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func page(_ name: String, _ summary: String, _ flags: [Flag]) -> String {
        let lines =
            [summary, "", "usage: bedrock-quota-exporter \(name) [flags]", "", "Flags:"] + rows(flags)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func topics(of command: Command) -> String {
        let width = (command.topics.map(\.name.count).max() ?? 0) + 2
        let lines =
            [
                command.summary, "", "usage: bedrock-quota-exporter \(command.rawValue) WHAT [flags]", "",
                "What can follow; each has flags and --help of its own:",
            ] + command.topics.map { row($0.name, $0.summary, width: width) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func rows(_ flags: [Flag]) -> [String] {
        let width = (flags.map(\.usage.count).max() ?? 0) + 2
        return flags.map { flag in
            row(flag.usage, flag.help + (flag.defaultValue.map { " Default: \($0)." } ?? ""), width: width)
        }
    }

    private static func row(_ left: String, _ right: String, width: Int) -> String {
        "  " + left + String(repeating: " ", count: max(1, width - left.count)) + right
    }
}
