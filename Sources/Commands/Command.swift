import System

/// The subcommands; `serve` is meant when none is named.
enum Command: String, CaseIterable, Sendable {
    case serve
    case demo
    case check
    case backfill
    case query
    case callers
    case export
    case report
    case throttles
    case watch
    case health
    case backup
    case recover
    case version
    case help

    var summary: String {
        switch self {
        case .serve: "Poll AWS and serve metrics (the default)."
        case .demo: "Run against a simulated AWS, without an account."
        case .check: "Check configuration, credentials, permissions, quotas and model IDs, and exit."
        case .backfill:
            "Read the past of listed and known model IDs from CloudWatch; not while a daemon uses the store."
        case .query:
            "Show usage of the past from the store: per pool and step, with peaks, ratios and coverage."
        case .callers:
            "Show who used each pool, from the store: by role, session, request metadata or inference profile."
        case .export:
            "Write for another program: history as OpenMetrics, or CloudFormation templates of alarms."
        case .report:
            "Show the figures that a request for a higher quota asks for, or what a plan would take."
        case .throttles:
            "Show when AWS throttled, why as far as the figures say, and what to do about it."
        case .watch:
            "Show a running exporter's pools in the terminal, live; plain lines where there is no terminal."
        case .health:
            "Ask a running exporter whether it is ready, and why not; exit code 0 when it is, 1 when not."
        case .backup: "Copy the store into a file, also while a daemon uses it."
        case .recover:
            "Tell what can be had in place of a damaged store, and put it there when asked; exit code 3 when something is lost."
        case .version: "Show the version."
        case .help: "Show this text, or that of a command, such as help export openmetrics."
        }
    }

    /// Those of a command that has topics are its topics' own.
    var flags: [Flag] {
        switch self {
        case .serve:
            [
                .configFile, .listenAddress, .telemetryPath, .maxRequests, .storagePath, .logLevel,
                .logFormat,
                .version, .help,
            ]
        case .demo: [.duration, .listenAddress, .demoStoragePath, .logLevel, .logFormat, .help]
        case .check: [.sendTestAlert, .configFile, .logLevel, .logFormat, .help]
        case .backfill:
            [
                .backfillStart, .backfillEnd, .account, .region, .yes, .configFile, .storagePath, .help,
            ]
        case .query:
            [
                .start, .end, .step, .account, .region, .scope, .model, .modelID, .by, .queryCallerKind,
                .format,
                .wide,
                .configFile, .storagePath, .help,
            ]
        case .callers:
            [
                .start, .end, .callersStep, .account, .region, .scope, .model, .modelID, .callerKind,
                .callersTop,
                .callersFormat, .wide, .configFile, .storagePath, .help,
            ]
        case .export: [.help]
        case .report:
            [
                .reportStart, .end, .account, .region, .scope, .model, .headroom, .plan, .reportFormat,
                .configFile,
                .storagePath, .help,
            ]
        case .throttles:
            [
                .throttlesStart, .end, .account, .region, .scope, .model, .cause, .throttlesFormat,
                .configFile, .storagePath, .help,
            ]
        case .watch: [.webURL, .webUser, .webPasswordFile, .refresh, .once, .help]
        case .health: [.webURL, .help]
        case .backup: [.backupOutput, .configFile, .storagePath, .help]
        case .recover:
            [.salvage, .fromBackup, .backupFolder, .configFile, .storagePath, .help]
        case .version, .help: [.help]
        }
    }

    /// Words of which one must follow the command; empty for a command that stands alone.
    var topics: [ExportCommand.Topic] {
        switch self {
        case .export: ExportCommand.Topic.allCases
        case .serve, .demo, .check, .backfill, .query, .callers, .report, .throttles, .watch, .health,
            .backup,
            .recover, .version, .help:
            []
        }
    }
}

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
            if let topic = command.topics.first(where: { $0.rawValue == arguments.dropFirst().first }) {
                words.append(topic.rawValue)
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
        lines += Command.allCases.map { row($0.rawValue, $0.summary, width: 10) }
        lines += ["", "Flags of serve:"]
        lines += rows(Command.serve.flags)
        lines += ["", "bedrock-quota-exporter COMMAND --help shows the flags of the other commands."]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func page(_ name: String, _ summary: String, _ flags: [Flag]) -> String {
        let lines =
            [summary, "", "usage: bedrock-quota-exporter \(name) [flags]", "", "Flags:"] + rows(flags)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func topics(of command: Command) -> String {
        let width = (command.topics.map(\.rawValue.count).max() ?? 0) + 2
        let lines =
            [
                command.summary, "", "usage: bedrock-quota-exporter \(command.rawValue) WHAT [flags]", "",
                "What can follow; each has flags and --help of its own:",
            ] + command.topics.map { row($0.rawValue, $0.summary, width: width) }
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
