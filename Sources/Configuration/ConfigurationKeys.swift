import QuotaModel

/// A key that configurations may have.
package struct ConfigurationKey: Equatable, Sendable {
    /// Such as `web.listen_address`, or `accounts[].name` for a key of a list's items.
    package let path: String
    /// What its value is, in a word or two.
    package let type: String
    /// The default as it would be written; nil for none.
    package let standard: String?
    /// One sentence.
    package let description: String

    init(_ path: String, _ type: String, _ standard: String?, _ description: String) {
        self.path = path
        self.type = type
        self.standard = standard
        self.description = description
    }
}

/// All keys of the configuration: the reader takes from here which are known, the manual its table.
package enum ConfigurationKeys {
    /// In the order of the reference file. Sections themselves are not listed.
    package static let all = web + storage + accounts + polling + quotas + alerts + remoteWrite

    /// A table for the manual.
    package static var markdownTable: String {
        let rows = all.map { key in
            "| `\(key.path)` | \(key.type) | \(key.standard.map { "`\($0)`" } ?? "") | \(key.description) |"
        }
        return (["| Key | Type | Default | Meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n")
            + "\n"
    }

    /// The names of the keys directly under a section, each once, in order.
    static func names(under section: String) -> [String] {
        var names: [String] = []
        let prefix = section.isEmpty ? "" : section + "."
        for key in all where key.path.hasPrefix(prefix) {
            let name = String(key.path.dropFirst(prefix.count).prefix { $0 != "." && $0 != "[" })
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// Whether people choose the keys of this map.
    static func hasFreeKeys(_ section: String) -> Bool {
        section == "web.basic_auth_users" || section == "remote_write[].external_labels"
    }

    /// Where a key of this name belongs, nil when there are several places or none.
    static func path(ofKey name: String) -> String? {
        let paths = all.map(\.path).filter { $0.hasSuffix(".\(name)") }
        return paths.count == 1 ? paths.first : nil
    }

    private static let web = [
        ConfigurationKey(
            "web.listen_address", "address", "127.0.0.1:9747",
            "Where the web server listens, as host:port; without a host on all interfaces."),
        ConfigurationKey("web.telemetry_path", "path", "/metrics", "The path of the metrics page."),
        ConfigurationKey(
            "web.allowed_hosts", "list of host names", "[]",
            "Names by which the web server may be addressed. On a loopback address those of the loopback always are, on others all of them while the list is empty, and IP addresses always."
        ),
        ConfigurationKey(
            "web.max_requests", "whole number", "40", "Requests answered at a time; more get status 503."),
        ConfigurationKey(
            "web.basic_auth_users", "map of user to bcrypt hash", "{}",
            "Who may log in; while it is empty, nobody has to."),
    ]

    private static let storage = [
        ConfigurationKey(
            "storage.path", "file path", "./data/usage.db", "The SQLite file that holds the usage."),
        ConfigurationKey("storage.minute_retention", "duration", "400d", "How long single minutes are kept."),
        ConfigurationKey("storage.rollup_retention", "duration", "5y", "How long hours and days are kept."),
        ConfigurationKey(
            "storage.backup.path", "folder path", nil,
            "Where the daemon puts copies of the store; without it none are made."),
        ConfigurationKey("storage.backup.interval", "duration", "1d", "How often a copy is made."),
        ConfigurationKey(
            "storage.backup.keep", "whole number", "7",
            "How many copies are kept; an old one goes when a new one was found whole."),
    ]

    private static let accounts = [
        ConfigurationKey(
            "accounts[].name", "name", nil, "The label `account`; without it the 12-digit account ID."),
        ConfigurationKey(
            "accounts[].regions", "list of Regions", "[]",
            "The source Regions to watch; an empty list means those of the environment."),
        ConfigurationKey(
            "accounts[].profile", "name", nil,
            "A profile of the AWS configuration files; without it the default credential chain."),
        ConfigurationKey("accounts[].role_arn", "ARN", nil, "A role to assume on top of those credentials."),
        ConfigurationKey("accounts[].external_id", "secret", nil, "The external ID that the role asks for."),
        ConfigurationKey(
            "accounts[].endpoint_url", "URL", nil,
            "Where all AWS services are, instead of AWS's own endpoints."),
    ]

    private static let polling = [
        ConfigurationKey(
            "polling.interval", "duration", "60s", "How often CloudWatch is asked; AWS bills each poll."),
        ConfigurationKey(
            "polling.reread_window", "duration", "15m", "The trailing time that every poll reads again."),
        ConfigurationKey(
            "polling.settle_delay", "duration", "3m", "The age at which a minute is taken for final."),
        ConfigurationKey(
            "polling.silence_timeout", "duration", "45m",
            "How long CloudWatch may deliver nothing of a busy Region before that counts as no traffic; until then it is unknown."
        ),
        ConfigurationKey(
            "polling.adaptive", "true or false", "false",
            "Read pools far from their limits only at the relaxed interval; otherwise everything at every poll."
        ),
        ConfigurationKey(
            "polling.relaxed_interval", "duration", "15m",
            "How often pools are read whose use cannot have come near a limit."),
        ConfigurationKey(
            "polling.monthly_budget", "number", nil,
            "US dollars that CloudWatch may cost in a calendar month, UTC, all accounts together; polls slow down to keep it."
        ),
        ConfigurationKey(
            "polling.discovery_interval", "duration", "15m", "How often new model IDs are looked for."),
        ConfigurationKey(
            "polling.quota_interval", "duration", "1h", "How often quotas and inference profiles are read."),
        ConfigurationKey(
            "polling.backfill", "duration", "15d",
            "How much of the past is read for a series seen for the first time."),
    ]

    private static let quotas =
        [
            ConfigurationKey(
                "quotas.overrides", "list", "[]", "Limits that replace those of Service Quotas."),
            ConfigurationKey("quotas.overrides[].account", "name", nil, "The account; without it all."),
            ConfigurationKey(
                "quotas.overrides[].region", "Region", nil, "The source Region; without it all."),
            ConfigurationKey(
                "quotas.overrides[].scope", "word", nil,
                "\(InferenceScope.allCases.map(\.rawValue).joined(separator: ", ")); without it all."),
            ConfigurationKey(
                "quotas.overrides[].model", "model", nil,
                "The base model ID, or its beginning followed by `*`; required."),
        ]
        + QuotaKind.allCases.map { kind in
            ConfigurationKey(
                "quotas.overrides[].\(kind.rawValue)", "number", nil,
                "The limit; 0 means not permitted. At least one limit is required.")
        } + [
            ConfigurationKey(
                "quotas.burndown_rates", "list", "[]",
                "Burndown rates that replace measured and built-in ones."),
            ConfigurationKey(
                "quotas.burndown_rates[].model", "model", nil,
                "The base model ID, or its beginning followed by `*`; required."),
            ConfigurationKey(
                "quotas.burndown_rates[].rate", "number", nil,
                "Quota tokens that one output token costs; required."),
        ]

    private static let remoteWrite = [
        ConfigurationKey(
            "remote_write", "list", "[]", "Prometheus-compatible servers that settled minutes are pushed to."),
        ConfigurationKey(
            "remote_write[].url", "URL", nil, "The endpoint of remote write 1.0, with its path; required."),
        ConfigurationKey(
            "remote_write[].name", "name", nil,
            "What logs, metrics and the store call the receiver; without it the URL's host and port."),
        ConfigurationKey(
            "remote_write[].basic_auth.username", "text", nil, "The user of basic authentication."),
        ConfigurationKey(
            "remote_write[].basic_auth.password_file", "file path", nil, "The file that holds the password."),
        ConfigurationKey(
            "remote_write[].bearer_token_file", "file path", nil, "The file that holds a bearer token."),
        ConfigurationKey(
            "remote_write[].sigv4.region", "Region", nil,
            "The Region of a workspace of Amazon Managed Service for Prometheus."),
        ConfigurationKey(
            "remote_write[].sigv4.profile", "name", nil,
            "A profile of the AWS configuration files; without it the default credential chain."),
        ConfigurationKey(
            "remote_write[].sigv4.role_arn", "ARN", nil, "A role to assume on top of those credentials."),
        ConfigurationKey(
            "remote_write[].external_labels", "map of label to value", nil, "Labels added to every series."),
        ConfigurationKey(
            "remote_write[].start", "duration", nil,
            "How far back a receiver begins when it is new; without it at the present."),
    ]
}
