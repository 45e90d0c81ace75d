import Notifications
import System

/// Section `alerts.receivers`.
enum ReceiversSection {
    static let field = Field<Configuration>.list(
        "receivers", \.receivers, of: fields, atMost: 32, "Who is told about alerts.",
        SectionRules(kinds: AlertReceiver.Kind.allCases.map(\.rule)),
        read: { _, sections, configuration in configuration.receivers = receivers(sections) })

    /// A receiver with the defaults.
    private static let standard = AlertReceiver(.sns(topicARN: ""))

    private static let argumentCharacters = 4096
    /// Of a command, its program among them.
    private static let mostWords = 32

    /// Which of them a receiver reads and has depends on its type, see `ownKeys`.
    private static let fields: [Field<AlertReceiver>] = [
        .custom(
            "type", "word",
            "\(AlertReceiver.Kind.allCases.map(\.rawValue).joined(separator: ", ")); required.",
            .words(AlertReceiver.Kind.allCases.map(\.rawValue)), .required,
            write: { $1.text("type", $0.kind.rawValue) }),
        .custom(
            "name", "name",
            "What it is called in the log, in counters and in the store; without it its type.",
            Form.name.shape,
            write: { $1.text("name", $0.name) }),
        .custom(
            "url", "URL", "Where to send, for alertmanager, webhook and slack.", .url, .valued,
            write: { receiver, page in
                switch receiver.target {
                case .alertmanager(.text(let url)): page.text("url", url.descriptionWithPath)
                case .webhook(.text(let url)), .slack(.text(let url)): page.text("url", url.description)
                case .alertmanager, .webhook, .slack, .sns, .command: break
                }
            }),
        .custom(
            "url_file", "file path",
            "The file that holds that URL instead, read anew for each message, for alertmanager, webhook and slack.",
            Form.filePath.shape,
            write: { receiver, page in
                switch receiver.target {
                case .alertmanager(.file(let path)), .webhook(.file(let path)), .slack(.file(let path)):
                    page.text("url_file", path)
                case .alertmanager, .webhook, .slack, .sns, .command: break
                }
            }),
        .custom(
            "topic_arn", "ARN", "The topic, standard or FIFO, for sns.", Form.topic.shape, .valued,
            write: { if case .sns(let topicARN) = $0.target { $1.text("topic_arn", topicARN) } }),
        own(
            .optional(
                "profile", \.profile, .profile,
                "The profile whose credentials publish, for sns; without it the default credential chain.")),
        own(
            .optional(
                "role_arn", \.roleARN, .role, "A role to assume on top of those credentials, for sns.")),
        .custom(
            "command", "list of text", "The program's absolute path and its arguments, for command.",
            .sequence(
                first: .text("^/", atMost: ConfigurationLimits.pathCharacters),
                .text(atMost: argumentCharacters), counts: 1...mostWords), .valued,
            write: {
                guard case .command(let program, let arguments) = $0.target else { return }
                $1.texts("command", [program] + arguments.map(\.description))
            }),
        own(
            .optional(
                "hmac_secret_file", \.hmacSecretFile,
                .printable("file path", atMost: ConfigurationLimits.pathCharacters),
                "The file whose content signs each body in `X-Hub-Signature-256`, for webhook.")),
        own(
            .value(
                "resend", \.resend, .duration(.seconds(10), to: .hours(1)),
                "How often firing alerts are sent again, for alertmanager; \(standard.resend).",
                mayBeEmpty: true)),
        own(
            .value(
                "group", \.isGrouped, .flag,
                "Whether alerts of one name and Region are one message, for all but alertmanager; \(standard.isGrouped).",
                mayBeEmpty: true)),
    ]

    /// A key that only some types have.
    private static func own(_ field: Field<AlertReceiver>) -> Field<AlertReceiver> {
        Field(
            name: field.name, keys: field.keys, read: field.read,
            write: { if $0.kind.ownKeys.contains(field.name) { field.write($0, &$1) } })
    }

    /// One without a name is called by its type; further ones `webhook-2`, ….
    private static func receivers(_ sections: [SectionReader]) -> [AlertReceiver] {
        var receivers: [AlertReceiver] = []
        var unnamed: [Int] = []
        for section in sections {
            guard let value = read(section) else { continue }
            if receivers.contains(where: { $0.target == value.target }) {
                section.report("is the same as a receiver above; allowed: each receiver once")
            }
            let isTaken = receivers.indices.contains {
                receivers[$0].name == value.name && !unnamed.contains($0)
            }
            if !section.has("name") {
                unnamed.append(receivers.count)
            } else if isTaken {
                section.report(
                    "name", "\(Shown.value(value.name)) names a receiver above; allowed: a name of its own")
            }
            receivers.append(value)
        }
        var taken = Set(receivers.indices.filter { !unnamed.contains($0) }.map { receivers[$0].name })
        for index in unnamed {
            let kind = receivers[index].kind.rawValue
            var number = 1
            while !taken.insert(receivers[index].name).inserted {
                number += 1
                receivers[index].name = "\(kind)-\(number)"
            }
        }
        return receivers
    }

    /// Nil, with the problem reported, when a part is missing, wrong, or belongs to another kind.
    private static func read(_ section: SectionReader) -> AlertReceiver? {
        let name = section.optional("name", .name)
        let kind = section.required("type") { scalar throws(InvalidValue) in
            try scalar.word(AlertReceiver.Kind.self)
        }
        guard let kind else { return nil }
        let own = kind.ownKeys
        for field in fields.dropFirst(2) where !own.contains(field.name) && section.has(field.name) {
            let allowed = ["type", "name"] + own
            section.report(
                field.name,
                "does not belong to a receiver of type \(kind.rawValue); allowed: \(allowed.joined(separator: ", "))"
            )
        }
        let target = target(kind, section)
        // Without a target, what else is wrong is told all the same.
        var receiver = target.map { AlertReceiver($0) } ?? standard
        receiver.name = name ?? receiver.name
        fields.filter { own.contains($0.name) }.read(section, &receiver)
        return target == nil ? nil : receiver
    }

    // MARK: Targets

    private static func target(_ kind: AlertReceiver.Kind, _ section: SectionReader) -> AlertReceiver.Target?
    {
        switch kind {
        case .alertmanager:
            url(section, .url(check: checkAlertmanager)).map { .alertmanager($0) }
        case .webhook: url(section, .url()).map { .webhook($0) }
        case .slack: url(section, .url()).map { .slack($0) }
        case .sns: section.required("topic_arn", .topic).map { .sns(topicARN: $0) }
        case .command: command(section)
        }
    }

    /// One of the two keys; with a problem reported where that is not so. A file is looked at once, and read at each use.
    private static func url(_ section: SectionReader, _ form: Form<ServiceURL>) -> URLSource? {
        guard section.has("url_file") else { return section.required("url", form).map { .text($0) } }
        if section.has("url") {
            section.report("url_file", "url is set as well; allowed: one of the two")
        }
        guard let path = section.optional("url_file", .filePath) else { return nil }
        if let url = section.content(ofFileAt: "url_file", path, form.parse) {
            Redactor.process.hold(url.tellingSecrets)
        }
        return .file(path)
    }

    private static func checkAlertmanager(_ url: ServiceURL) throws(InvalidValue) {
        guard !url.hasQuery else {
            throw InvalidValue(
                "an Alertmanager's URL has no query; allowed: http://host:9093, perhaps with a path prefix")
        }
    }

    private static func command(_ section: SectionReader) -> AlertReceiver.Target? {
        guard section.has("command") else {
            section.report("command", "this key is required")
            return nil
        }
        guard let items = section.items("command", atMost: mostWords) else { return nil }
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
        guard scalar.text.count <= argumentCharacters, !scalar.text.unicodeScalars.contains("\0") else {
            throw InvalidValue(
                "not an argument; allowed: up to \(argumentCharacters) characters without NUL")
        }
        return Secret(scalar.text)
    }
}

extension AlertReceiver.Kind {
    /// What the schema says of receivers of this type.
    fileprivate var rule: SectionRules.Kind {
        SectionRules.Kind(
            key: "type", value: rawValue, allowed: ["type", "name"] + ownKeys,
            oneOf: ownKeys.contains("url") ? ["url", "url_file"] : Array(ownKeys.prefix(1)))
    }

    /// The keys that a receiver of this type may have beside `type` and `name`; the first one is required, or `url_file`
    /// in place of `url`.
    var ownKeys: [String] {
        switch self {
        case .alertmanager: ["url", "url_file", "resend"]
        case .webhook: ["url", "url_file", "hmac_secret_file", "group"]
        case .slack: ["url", "url_file", "group"]
        case .sns: ["topic_arn", "profile", "role_arn", "group"]
        case .command: ["command", "group"]
        }
    }
}
