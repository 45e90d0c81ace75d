extension AlertReceiver {
    /// The receivers of section `alerts`. One without a name is called by its type; further ones `webhook-2`, ….
    static func list(_ alerts: SectionReader) -> [AlertReceiver] {
        var receivers: [AlertReceiver] = []
        var unnamed: [Int] = []
        for section in alerts.sections("receivers", atMost: ConfigurationLimits.receivers) ?? [] {
            guard let value = read(section) else { continue }
            if receivers.contains(where: { $0.target == value.target }) {
                section.problems.add(
                    section.position, section.path,
                    "is the same as a receiver above; allowed: each receiver once")
            }
            if section.has("name"),
                receivers.indices.contains(where: { index in
                    receivers[index].name == value.name && !unnamed.contains(index)
                })
            {
                section.report(
                    "name", "\(Shown.value(value.name)) names a receiver above; allowed: a name of its own")
            }
            if !section.has("name") { unnamed.append(receivers.count) }
            receivers.append(value)
        }
        var taken = Set(receivers.indices.filter { !unnamed.contains($0) }.map { receivers[$0].name })
        for index in unnamed {
            var number = 1
            var name = receivers[index].kind.rawValue
            while !taken.insert(name).inserted {
                number += 1
                name = "\(receivers[index].kind.rawValue)-\(number)"
            }
            receivers[index].name = name
        }
        return receivers
    }

    /// Nil, with the problem reported, when a part is missing, wrong, or belongs to another kind.
    private static func read(_ section: SectionReader) -> AlertReceiver? {
        let name = section.optional("name") { scalar throws(InvalidValue) in try scalar.name() }
        let kind = section.required("type") { scalar throws(InvalidValue) in try scalar.word(Kind.self) }
        guard let kind else { return nil }
        let all = Kind.allCases.flatMap(\.ownKeys)
        var seen: Set<String> = []
        for key in all where !kind.ownKeys.contains(key) && section.has(key) && seen.insert(key).inserted {
            let allowed = ["type", "name"] + kind.ownKeys
            section.report(
                key,
                "does not belong to a receiver of type \(kind.rawValue); allowed: \(allowed.joined(separator: ", "))"
            )
        }
        let options = options(section, kind)
        guard let target = target(kind, section) else { return nil }
        var receiver = AlertReceiver(target)
        receiver.name = name ?? receiver.name
        receiver.hmacSecretFile = options.hmacSecretFile
        receiver.profile = options.profile
        receiver.roleARN = options.roleARN
        receiver.resend = options.resend ?? receiver.resend
        receiver.isGrouped = options.isGrouped ?? receiver.isGrouped
        return receiver
    }

    private struct Options {
        var hmacSecretFile: String?
        var profile: String?
        var roleARN: String?
        var resend: TimeSpan?
        var isGrouped: Bool?
    }

    private static func options(_ section: SectionReader, _ kind: Kind) -> Options {
        func optional<Value>(
            _ key: String, _ read: (ConfiguredScalar) throws(InvalidValue) -> Value
        ) -> Value? {
            kind.ownKeys.contains(key) ? section.optional(key, read) : nil
        }
        var options = Options()
        options.hmacSecretFile = optional("hmac_secret_file") { scalar throws(InvalidValue) in
            try scalar.printable(atMost: ConfigurationLimits.pathCharacters)
        }
        options.profile = optional("profile") { scalar throws(InvalidValue) in
            try scalar.printable(atMost: ConfigurationLimits.profileCharacters)
        }
        options.roleARN = optional("role_arn", ARN.role)
        options.resend = optional("resend") { scalar throws(InvalidValue) in
            try scalar.duration(in: ConfigurationLimits.resend)
        }
        options.isGrouped = optional("group", AlertForms.flag)
        return options
    }

    private static func target(_ kind: Kind, _ section: SectionReader) -> Target? {
        switch kind {
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

    private static func command(_ section: SectionReader) -> Target? {
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
