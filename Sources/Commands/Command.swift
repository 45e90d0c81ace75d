/// The subcommands; `serve` is meant when none is named.
enum Command: String, CaseIterable, Sendable {
    case serve
    case demo
    case check
    case version

    var summary: String {
        switch self {
        case .serve: "Poll AWS and serve metrics (the default)."
        case .demo: "Run against a simulated AWS, without an account."
        case .check: "Check configuration, credentials, permissions, quotas and model IDs, and exit."
        case .version: "Show the version."
        }
    }

    var flags: [Flag] {
        switch self {
        case .serve:
            [
                .configFile, .listenAddress, .telemetryPath, .maxRequests, .storagePath, .logLevel,
                .logFormat,
                .version, .help,
            ]
        case .demo: [.duration, .listenAddress, .storagePath, .logLevel, .logFormat, .help]
        case .check: [.configFile, .logLevel, .logFormat, .help]
        case .version: [.help]
        }
    }
}
