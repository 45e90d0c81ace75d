import Configuration
import History
import QuotaModel
import System

/// One flag of the command line, as `--help` and the parser know it.
struct Flag: Sendable, Equatable {
    let name: String
    /// What stands for the value in `--help`; nil for a switch.
    let valueName: String?
    let defaultValue: String?
    /// All values that there are; empty where values are free.
    var choices: [String] = []
    let help: String

    /// A flag that takes one of a few words, which its help lists between `lead` and `tail`.
    static func choice(
        _ name: String, _ valueName: String, of choices: [String], default standard: String? = nil,
        lead: String = "One of", tail: String = ""
    ) -> Flag {
        Flag(
            name: name, valueName: valueName, defaultValue: standard, choices: choices,
            help: "\(lead) \(choices.joined(separator: ", "))\(tail).")
    }

    private static let settings = Configuration.defaults

    static let configFile = Flag(
        name: "config.file", valueName: "FILE", defaultValue: nil,
        help: "Configuration file (YAML). Without one, defaults and the usual AWS environment apply.")
    static let listenAddress = Flag(
        name: "web.listen-address", valueName: "ADDRESS",
        defaultValue: settings.web.listenAddress.description,
        help: "Address to listen on; :9747 means all interfaces, [::1]:9747 is IPv6.")
    static let telemetryPath = Flag(
        name: "web.telemetry-path", valueName: "PATH", defaultValue: settings.web.telemetryPath,
        help: "Path of the metrics page.")
    static let maxRequests = Flag(
        name: "web.max-requests", valueName: "N", defaultValue: String(settings.web.maxRequests),
        help: "Requests served at the same time; more are answered with 503.")
    static let storagePath = Flag(
        name: "storage.path", valueName: "FILE", defaultValue: settings.storage.path,
        help: "SQLite database that keeps every minute.")
    static let demoStoragePath = Flag(
        name: storagePath.name, valueName: storagePath.valueName,
        defaultValue: "a new folder in $TMPDIR or /tmp, removed at the end", help: storagePath.help)
    static let logLevel = choice(
        "log.level", "LEVEL", of: LogLevel.allCases.map(\.flag), default: LogLevel.info.flag)
    static let logFormat = choice(
        "log.format", "FORMAT", of: LogFormat.allCases.map(\.rawValue), default: LogFormat.logfmt.rawValue)
    static let duration = Flag(
        name: "duration", valueName: "DURATION", defaultValue: nil,
        help: "Stop after this time, such as 2m; without it the demo runs until it is interrupted.")
    static let start = Flag(
        name: "start", valueName: "TIME", defaultValue: "24h before the end",
        help: "RFC 3339, a date, Unix seconds, or -30d (rounded down to the step)."
    )
    static let end = Flag(
        name: "end", valueName: "TIME", defaultValue: "now", help: "As --start, or now.")
    static let step = Flag(
        name: "step", valueName: "DURATION", defaultValue: "1h",
        help: "Whole minutes from 1m to 1d; with --format=openmetrics 1m is usual.")
    static let account = Flag(
        name: "account", valueName: "NAME", defaultValue: nil, help: "Only this account.")
    static let region = Flag(
        name: "region", valueName: "REGION", defaultValue: nil, help: "Only this source Region.")
    static let scope = Flag(
        name: "scope", valueName: "SCOPE", defaultValue: nil,
        choices: InferenceScope.allCases.map(\.rawValue),
        help:
            "Only one of on_demand, cross_region, global (also with _reserved, _long_context), custom_model, mantle, batch."
    )
    static let model = Flag(
        name: "model", valueName: "MODEL", defaultValue: nil,
        help: "Only this model, such as anthropic.claude-sonnet-4-6.")
    static let modelID = Flag(
        name: "model-id", valueName: "ID", defaultValue: nil,
        help: "Only this model ID, as CloudWatch spells it.")
    static let by = Flag(
        name: "by", valueName: "LIST", defaultValue: "account,region,scope,model",
        help: "Groups: of account, region, scope, model, model_id, profile_name, caller, or none.")
    static let queryCallerKind = Flag(
        name: "caller-kind", valueName: "KIND", defaultValue: "role",
        help: "What callers are told apart by, with --by caller; see callers --help.")
    static let format = format(of: UsageParameters.Format.allCases)
    /// One of those answers about the past, a table unless told otherwise.
    static func format(of formats: [UsageParameters.Format]) -> Flag {
        choice(
            "format", "FORMAT", of: formats.map(\.rawValue),
            default: UsageParameters.Format.table.rawValue,
            tail: "; csv puts ' before texts that a spreadsheet would compute")
    }
    static let wide = Flag(
        name: "wide", valueName: nil, defaultValue: nil,
        help:
            "All columns of the table, also on a narrow terminal. Elsewhere it is as wide as COLUMNS or it needs."
    )
    static let webURL = Flag(
        name: "web.url", valueName: "URL", defaultValue: "http://127.0.0.1:9747",
        help: "Where the exporter listens.")
    static let webUser = Flag(
        name: "web.user", valueName: "USER", defaultValue: nil,
        help: "User of the exporter's basic auth.")
    static let webPasswordFile = Flag(
        name: "web.password-file", valueName: "FILE", defaultValue: nil,
        help: "File whose first line is that user's password; without it BEDROCK_QUOTA_EXPORTER_PASSWORD.")
    static let refresh = Flag(
        name: "refresh", valueName: "DURATION", defaultValue: "2s",
        help: "How often the exporter is read; that asks AWS for nothing.")
    static let once = Flag(
        name: "once", valueName: nil, defaultValue: nil,
        help:
            "Print one reading, as plain lines unless --format says otherwise, and end; exit code 1 unless the exporter is ready."
    )
    static let watchFormat = choice(
        "format", "FORMAT", of: OutputFormat.allCases.map(\.rawValue), default: OutputFormat.text.rawValue,
        tail: "; json only with --once")
    static let help = Flag(name: "help", valueName: nil, defaultValue: nil, help: "Show this text.")
    static let version = Flag(name: "version", valueName: nil, defaultValue: nil, help: "Show the version.")

    /// `--name=VALUE` or `--name`.
    var usage: String { "--\(name)" + (valueName.map { "=\($0)" } ?? "") }
}
