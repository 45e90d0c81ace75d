/// `--help`, made from the tables that the parser uses.
enum HelpText {
    static func text(for command: Command) -> String {
        command == .serve ? overview : page(command)
    }

    private static var overview: String {
        var lines = [
            "Use of Amazon Bedrock quotas, weighted as AWS counts them, for Prometheus.",
            "",
            "usage: bedrock-quota-exporter [command] [flags]",
            "",
            "Commands:",
        ]
        lines += Command.allCases.map { row($0.rawValue, $0.summary, width: 10) }
        lines += ["", "Flags of serve:"]
        lines += flagRows(.serve)
        lines += ["", "bedrock-quota-exporter COMMAND --help shows the flags of the other commands."]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func page(_ command: Command) -> String {
        let lines =
            [
                command.summary, "", "usage: bedrock-quota-exporter \(command.rawValue) [flags]", "",
                "Flags:",
            ] + flagRows(command)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func flagRows(_ command: Command) -> [String] {
        let width = (command.flags.map(\.usage.count).max() ?? 0) + 2
        return command.flags.map { flag in
            row(flag.usage, flag.help + (flag.defaultValue.map { " Default: \($0)." } ?? ""), width: width)
        }
    }

    private static func row(_ left: String, _ right: String, width: Int) -> String {
        "  " + left + String(repeating: " ", count: max(1, width - left.count)) + right
    }
}
