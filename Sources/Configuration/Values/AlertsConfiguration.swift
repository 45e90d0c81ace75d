/// When people are told, and where.
package struct AlertsConfiguration: Equatable, Sendable {
    /// Utilization from which a warning is raised; above 0, below `critical`.
    package var warning = 0.70
    /// Utilization from which the alert is critical; up to 1.
    package var critical = 0.80
    /// How long the utilization must stay up before an alert fires.
    package var `for` = TimeSpan.minutes(2)
    /// How long it must stay down, in settled minutes, before the alert resolves.
    package var resolveAfter = TimeSpan.minutes(5)
    package var receivers: [AlertReceiver] = []

    package init() {}

    init(_ section: SectionReader) {
        let mark = section.problems.mark
        let standard = AlertsConfiguration()
        warning = section.value("warning", default: standard.warning, Self.ratio)
        critical = section.value("critical", default: standard.critical, Self.ratio)
        `for` = section.value("for", default: standard.for) {
            scalar throws(InvalidValue) in try scalar.duration(in: ConfigurationLimits.alertFor)
        }
        resolveAfter = section.value("resolve_after", default: standard.resolveAfter) {
            scalar throws(InvalidValue) in try scalar.duration(in: ConfigurationLimits.alertFor)
        }
        if warning >= critical, section.problems.mark == mark {
            let key = section.has("warning") ? "warning" : "critical"
            section.report(
                key,
                "warning, \(warning), is not below critical, \(critical); allowed: a warning below critical")
        }
        for receiver in section.sections("receivers", atMost: ConfigurationLimits.receivers) ?? [] {
            guard let value = AlertReceiver.read(receiver) else { continue }
            if receivers.contains(value) {
                receiver.problems.add(
                    receiver.position, receiver.path,
                    "is the same as a receiver above; allowed: each receiver once")
            }
            receivers.append(value)
        }
    }

    private static func ratio(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Double {
        try scalar.number("a ratio above 0 and up to 1, such as 0.70") { $0 > 0 && $0 <= 1 }
    }
}

/// Somebody who is told about alerts.
package enum AlertReceiver: Equatable, Sendable {
    /// The base URL of an Alertmanager.
    case alertmanager(url: ServiceURL)
    /// A URL that takes Alertmanager's webhook body.
    case webhook(url: ServiceURL)
    /// A Slack incoming webhook.
    case slack(url: ServiceURL)
    case sns(topicARN: String)
    /// A program, by its absolute path, started without a shell.
    case command(program: String, arguments: [Secret])

    /// The kinds as the configuration names them.
    package enum Kind: String, CaseIterable, Sendable {
        case alertmanager, webhook, slack, sns, command
    }

    package var kind: Kind {
        switch self {
        case .alertmanager: .alertmanager
        case .webhook: .webhook
        case .slack: .slack
        case .sns: .sns
        case .command: .command
        }
    }

    /// Nil, with the problem reported, when a part is missing, wrong, or belongs to another kind.
    static func read(_ section: SectionReader) -> AlertReceiver? {
        let kind = section.required("type") { scalar throws(InvalidValue) in try scalar.word(Kind.self) }
        guard let kind else { return nil }
        let own =
            switch kind {
            case .alertmanager, .webhook, .slack: "url"
            case .sns: "topic_arn"
            case .command: "command"
            }
        for key in ["url", "topic_arn", "command"] where key != own && section.has(key) {
            section.report(
                key, "does not belong to a receiver of type \(kind.rawValue); allowed: type and \(own)")
        }
        return switch kind {
        case .alertmanager: section.required("url", alertmanagerURL).map { .alertmanager(url: $0) }
        case .webhook: url(section).map { .webhook(url: $0) }
        case .slack: url(section).map { .slack(url: $0) }
        case .sns: section.required("topic_arn", ARN.topic).map { .sns(topicARN: $0) }
        case .command: command(section)
        }
    }

    private static func url(_ section: SectionReader) -> ServiceURL? {
        section.required("url") { scalar throws(InvalidValue) in try ServiceURL(scalar) }
    }

    private static func alertmanagerURL(_ scalar: ConfiguredScalar) throws(InvalidValue) -> ServiceURL {
        let url = try ServiceURL(scalar)
        guard !url.hasQuery else {
            throw InvalidValue(
                "an Alertmanager's URL has no query; allowed: http://host:9093, perhaps with a path prefix")
        }
        return url
    }

    private static func command(_ section: SectionReader) -> AlertReceiver? {
        guard section.has("command") else {
            section.report("command", "this key is required")
            return nil
        }
        guard let items = section.items("command", atMost: ConfigurationLimits.commandArguments) else {
            return nil
        }
        guard let first = items.first else {
            section.report(
                "command", "the list is empty; allowed: a program's absolute path and its arguments")
            return nil
        }
        let program = section.scalar(first.node, path: first.path) { scalar throws(InvalidValue) in
            guard scalar.text.hasPrefix("/") else {
                throw InvalidValue(
                    "\(scalar.shown) is not an absolute path; allowed: a program's path from / on")
            }
            return try scalar.printable(atMost: ConfigurationLimits.pathCharacters)
        }
        let arguments = items.dropFirst().compactMap { item in
            section.scalar(item.node, path: item.path) { scalar throws(InvalidValue) in
                guard scalar.text.count <= ConfigurationLimits.argumentCharacters, !scalar.text.contains("\0")
                else {
                    throw InvalidValue(
                        "not an argument; allowed: up to \(ConfigurationLimits.argumentCharacters) characters without NUL"
                    )
                }
                return Secret(scalar.text)
            }
        }
        return program.map { .command(program: $0, arguments: arguments) }
    }
}
