/// The subcommands; `serve` is meant when none is named.
enum Command: String, CaseIterable, Sendable {
    case serve
    case demo
    case check
    case config
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
    case completion
    case version
    case help

    var summary: String {
        switch self {
        case .serve: "Poll AWS and serve metrics (the default)."
        case .demo: "Run against a simulated AWS, without an account."
        case .check: "Check configuration, credentials, permissions, quotas and model IDs, and exit."
        case .config:
            "Print the configuration in effect, secrets hidden, with where each value comes from; or its JSON Schema."
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
        case .completion: "Print what makes a shell complete commands, flags and their values."
        case .help:
            "Show this text or a command's, or what metrics, configuration, alerts and endpoints there are."
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
        case .check: [.sendTestAlert, .checkFormat, .configFile, .logLevel, .logFormat, .help]
        case .config:
            [.schema, .configFile, .listenAddress, .telemetryPath, .maxRequests, .storagePath, .help]
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
        case .export, .completion: [.help]
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
        case .watch: [.webURL, .webUser, .webPasswordFile, .refresh, .once, .watchFormat, .help]
        case .health: [.webURL, .help]
        case .backup: [.backupOutput, .configFile, .storagePath, .help]
        case .recover:
            [.salvage, .fromBackup, .backupFolder, .configFile, .storagePath, .help]
        case .version, .help: [.help]
        }
    }

    /// Words of which one must follow the command; empty for a command that stands alone.
    var topics: [Topic] {
        switch self {
        case .export: ExportCommand.topics
        case .completion: CompletionCommand.topics
        case .help: HelpCommand.topics
        case .serve, .demo, .check, .config, .backfill, .query, .callers, .report, .throttles, .watch,
            .health,
            .backup, .recover, .version:
            []
        }
    }

    /// What can be typed before flags: the command, or each of its topics.
    var usages: [CommandUsage] {
        topics.isEmpty
            ? [CommandUsage(words: [rawValue], summary: summary, flags: flags)]
            : topics.map { topic in
                CommandUsage(words: [rawValue] + topic.words, summary: topic.summary, flags: topic.flags)
            }
    }
}

/// What of a command is meant, where that must be said.
struct Topic: Equatable, Sendable {
    /// A word, or two with a blank.
    let name: String
    let summary: String
    let flags: [Flag]

    init(_ name: String, _ summary: String, flags: [Flag]) {
        self.name = name
        self.summary = summary
        self.flags = flags
    }

    var words: [String] { name.split(separator: " ").map(String.init) }
}

/// A command line up to its flags.
struct CommandUsage: Equatable, Sendable {
    let words: [String]
    let summary: String
    let flags: [Flag]

    var name: String { words.joined(separator: " ") }
}
