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
        let program = section.scalar(first.node, path: first.path, program)
        let arguments = items.dropFirst().compactMap { section.scalar($0.node, path: $0.path, argument) }
        return program.map { .command(program: $0, arguments: arguments) }
    }

    private static func program(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        guard scalar.text.hasPrefix("/") else {
            throw InvalidValue("\(scalar.shown) is not an absolute path; allowed: a program's path from / on")
        }
        return try scalar.printable(atMost: ConfigurationLimits.pathCharacters)
    }

    /// The message never shows the text.
    private static func argument(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Secret {
        let limit = ConfigurationLimits.argumentCharacters
        guard scalar.text.count <= limit, !scalar.text.unicodeScalars.contains("\0") else {
            throw InvalidValue("not an argument; allowed: up to \(limit) characters without NUL")
        }
        return Secret(scalar.text)
    }
}
