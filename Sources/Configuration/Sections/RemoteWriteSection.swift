import RemoteWrite
import System

/// Section `remote_write`.
enum RemoteWriteSection {
    static let field = Field<Configuration>.list(
        "remote_write", \.remoteWrite, of: fields, atMost: 16,
        "Prometheus-compatible servers that settled minutes are pushed to.",
        SectionRules(atMostOneOf: authentications),
        read: { _, sections, configuration in configuration.remoteWrite = receivers(sections) })

    private static let fields: [Field<RemoteWriteSettings>] = [
        .custom(
            "url", "URL", "The endpoint of remote write 1.0, with its path; required.", .url, .required,
            write: { $1.text("url", $0.url.descriptionWithPath) }),
        .value(
            "name", \.name, .receiver,
            "What logs, metrics and the store call the receiver; without it the URL's host and port.",
            mayBeEmpty: true),
        .optionalGroup(
            "basic_auth", \.basicAuth, defaults: .init(username: "", passwordFile: ""),
            [
                .required("username", \.username, .user, "The user of basic authentication."),
                .required(
                    "password_file", \.passwordFile, .filePath, "The file that holds the password."),
            ], isOmitted: true),
        .optional(
            "bearer_token_file", \.bearerTokenFile, .filePath, "The file that holds a bearer token.",
            isOmitted: true),
        .optionalGroup(
            "sigv4", \.sigv4, defaults: .init(region: ""),
            [
                .required(
                    "region", \.region, .region,
                    "The Region of a workspace of Amazon Managed Service for Prometheus."),
                .optional(
                    "profile", \.profile, .profile,
                    "A profile of the AWS configuration files; without it the default credential chain."),
                .optional("role_arn", \.roleARN, .role, "A role to assume on top of those credentials."),
            ], isOmitted: true),
        .custom(
            "external_labels", "map of label to value", "Labels added to every series.",
            .map(
                .text(".", atMost: labelCharacters), keys: "^(?!__)[A-Za-z_][A-Za-z0-9_]*$",
                atMost: mostLabels),
            read: { $1.externalLabels = labels($0) },
            write: { receiver, page in
                guard !receiver.externalLabels.isEmpty else { return }
                page.open("external_labels") { page in
                    for (name, value) in receiver.externalLabels.sorted(by: { $0.key < $1.key }) {
                        page.text(name, value)
                    }
                }
            }),
        .value(
            "start", \.start, .duration(.seconds(0), to: .years(20)),
            "How far back a receiver begins when it is new; without it at the present.",
            mayBeEmpty: true),
    ]

    private static let authentications = ["basic_auth", "bearer_token_file", "sigv4"]

    private static func checkURL(_ url: ServiceURL) throws(InvalidValue) {
        guard !url.hasUser else {
            throw InvalidValue("the URL holds a user; allowed: no user here, but basic_auth beside it")
        }
    }

    /// Each with a name of its own.
    private static func receivers(_ sections: [SectionReader]) -> [RemoteWriteSettings] {
        var receivers: [RemoteWriteSettings] = []
        for section in sections {
            guard let receiver = read(section) else { continue }
            if receivers.contains(where: { $0.name == receiver.name }) {
                section.report(
                    section.has("name") ? "name" : "url",
                    "a receiver above is called \(receiver.name), too; allowed: a name of its own")
            }
            receivers.append(receiver)
        }
        return receivers
    }

    /// Nil, with the problem reported, when the URL is missing or wrong.
    private static func read(_ section: SectionReader) -> RemoteWriteSettings? {
        let given = authentications.filter(section.has)
        for key in given.dropFirst() {
            section.report(
                key,
                "\(given[0]) is set as well; allowed: one of \(authentications.joined(separator: ", ")), or none"
            )
        }
        let url = section.required("url", .url(check: checkURL))
        // Without a URL, what else is wrong is told all the same.
        guard
            var receiver = (url ?? ServiceURL(text: "http://localhost")).map({ RemoteWriteSettings(url: $0) })
        else { return nil }
        fields.read(section, &receiver)
        return url == nil ? nil : receiver
    }

    // MARK: Labels

    /// Labels that the series have already.
    private static let ownLabels = ["account", "region", "model_id", "scope", "model", "quota"]
    private static let labelCharacters = 256
    private static let mostLabels = 16

    private static func labels(_ section: SectionReader) -> [String: String] {
        guard let reader = section.section("external_labels") else { return [:] }
        if reader.entries.count > mostLabels {
            section.report(
                "external_labels", "\(reader.entries.count) labels; at most \(mostLabels) are allowed")
        }
        var labels: [String: String] = [:]
        for entry in reader.entries.prefix(mostLabels) {
            if let problem = Self.problem(ofLabel: entry.key) {
                reader.problems.add(entry.position, reader.path(to: entry.key), problem)
            }
            labels[entry.key] = reader.required(entry.key, .printable("text", atMost: labelCharacters))
        }
        return labels
    }

    /// Section "Labels" of the specification: names are `[a-zA-Z_][a-zA-Z0-9_]*`, and `__` begins reserved ones.
    private static func problem(ofLabel name: String) -> String? {
        let allowed = "allowed: letters, digits and _, not beginning with a digit or __"
        guard let first = name.first, first.isASCIILetterOrDigit || first == "_", !first.isASCIIDigit,
            name.allSatisfy({ $0.isASCIILetterOrDigit || $0 == "_" }), !name.hasPrefix("__"),
            name.count <= labelCharacters
        else { return "not a label; \(allowed)" }
        return ownLabels.contains(name)
            ? "the series have a label \(name) of their own; allowed: another name" : nil
    }
}

extension RemoteWriteSettings {
    // The authentication by kind. Of several, which are a mistake, the last one stays.
    fileprivate var basicAuth: BasicAuth? {
        get { if case .basic(let basic) = authentication { basic } else { nil } }
        set { if let newValue { authentication = .basic(newValue) } }
    }

    fileprivate var bearerTokenFile: String? {
        get { if case .bearer(let file) = authentication { file } else { nil } }
        set { if let newValue { authentication = .bearer(tokenFile: newValue) } }
    }

    fileprivate var sigv4: SigV4? {
        get { if case .sigv4(let sigv4) = authentication { sigv4 } else { nil } }
        set { if let newValue { authentication = .sigv4(newValue) } }
    }
}

extension Form where Value == String {
    /// A name like those of accounts, or a host and port, as the default is.
    fileprivate static var receiver: Self {
        Form("name", shape: .text(#"^[A-Za-z0-9._:\[\]-]+$"#, atMost: 260)) { scalar throws(InvalidValue) in
            // Of a host with its port.
            let limit = 260
            guard (1...limit).contains(scalar.text.count),
                scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || "._:[]-".contains($0) })
            else {
                throw InvalidValue(
                    "\(scalar.shown) is not a name; allowed: 1 to \(limit) letters, digits, '.', '_', '-' and a host's ':'"
                )
            }
            return scalar.text
        }
    }

    fileprivate static var user: Self {
        Form("text", shape: .text("^[^:]+$", atMost: 256)) { scalar throws(InvalidValue) in
            let text = try scalar.printable(atMost: 256)
            // RFC 7617, 2: the first colon ends the user.
            guard !text.contains(":") else {
                throw InvalidValue("a user of basic authentication has no colon")
            }
            return text
        }
    }
}
