/// A Prometheus-compatible server that settled minutes are pushed to.
package struct RemoteWriteConfiguration: Equatable, Sendable {
    /// How requests prove who sends them. Secrets are read from files, anew for each request.
    package enum Authentication: Equatable, Sendable {
        case none
        case basic(username: String, passwordFile: String)
        case bearer(tokenFile: String)
        /// Signature Version 4 for Amazon Managed Service for Prometheus.
        case sigv4(SigV4)
    }

    package struct SigV4: Equatable, Sendable {
        /// The workspace's Region.
        package var region: String
        /// A profile of the AWS configuration files; nil for the default credential chain.
        package var profile: String?
        /// A role that is assumed on top.
        package var roleARN: String?
    }

    /// Without a user.
    package var url: ServiceURL
    /// Unique; what the store's cursors, logs and metrics call the receiver.
    package var name: String
    package var authentication: Authentication
    /// Added to every series.
    package var externalLabels: [String: String]
    /// How far back a receiver that the store does not know begins.
    package var start: TimeSpan

    /// Nil, with the problem reported, when the URL is missing or wrong.
    init?(_ section: SectionReader) {
        let url = section.required("url", Self.url)
        let name = section.optional("name", Self.name)
        authentication = Self.authentication(section)
        externalLabels = Self.labels(section)
        start =
            section.optional("start") { scalar throws(InvalidValue) in
                try scalar.duration(in: ConfigurationLimits.remoteWriteStart)
            } ?? .seconds(0)
        guard let url else { return nil }
        self.url = url
        self.name = name ?? Self.host(of: url)
    }

    /// The receivers of a file, each with a name of its own.
    static func list(_ file: SectionReader) -> [RemoteWriteConfiguration] {
        var receivers: [RemoteWriteConfiguration] = []
        for section in file.sections("remote_write", atMost: ConfigurationLimits.remoteWriteReceivers) ?? [] {
            guard let receiver = RemoteWriteConfiguration(section) else { continue }
            if receivers.contains(where: { $0.name == receiver.name }) {
                section.report(
                    section.has("name") ? "name" : "url",
                    "a receiver above is called \(receiver.name), too; allowed: a name of its own")
            }
            receivers.append(receiver)
        }
        return receivers
    }

    private static func url(_ scalar: ConfiguredScalar) throws(InvalidValue) -> ServiceURL {
        let url = try ServiceURL(scalar)
        guard !url.hasUser else {
            throw InvalidValue("the URL holds a user; allowed: no user here, but basic_auth beside it")
        }
        return url
    }

    /// A name like those of accounts, or a host and port, as the default is.
    private static func name(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        let limit = ConfigurationLimits.remoteWriteNameCharacters
        guard (1...limit).contains(scalar.text.count),
            scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || "._:[]-".contains($0) })
        else {
            throw InvalidValue(
                "\(scalar.shown) is not a name; allowed: 1 to \(limit) letters, digits, '.', '_', '-' and a host's ':'"
            )
        }
        return scalar.text
    }

    private static func host(of url: ServiceURL) -> String {
        guard let end = url.origin.firstRange(of: "://")?.upperBound else { return url.origin }
        return String(url.origin[end...])
    }

    // MARK: Authentication

    private static let kinds = ["basic_auth", "bearer_token_file", "sigv4"]

    private static func authentication(_ section: SectionReader) -> Authentication {
        let given = kinds.filter { section.has($0) }
        for key in given.dropFirst() {
            section.report(
                key, "\(given[0]) is set as well; allowed: one of \(kinds.joined(separator: ", ")), or none")
        }
        var authentication = Authentication.none
        // All are read, so that every problem is told at once.
        if let sigv4 = section.section("sigv4") { authentication = Self.sigv4(sigv4) }
        if let file = section.optional("bearer_token_file", StorageConfiguration.path) {
            authentication = .bearer(tokenFile: file)
        }
        if let basic = section.section("basic_auth") { authentication = Self.basic(basic) }
        return authentication
    }

    private static func basic(_ section: SectionReader) -> Authentication {
        let username = section.required("username") { scalar throws(InvalidValue) in
            let text = try scalar.printable(atMost: ConfigurationLimits.remoteWriteUserCharacters)
            // RFC 7617, 2: the first colon ends the user.
            guard !text.contains(":") else {
                throw InvalidValue("a user of basic authentication has no colon")
            }
            return text
        }
        let file = section.required("password_file", StorageConfiguration.path)
        guard let username, let file else { return .none }
        return .basic(username: username, passwordFile: file)
    }

    private static func sigv4(_ section: SectionReader) -> Authentication {
        let region = section.required("region", RegionName.parse)
        let profile = section.optional("profile") { scalar throws(InvalidValue) in
            try scalar.printable(atMost: ConfigurationLimits.profileCharacters)
        }
        let role = section.optional("role_arn", ARN.role)
        return region.map { .sigv4(SigV4(region: $0, profile: profile, roleARN: role)) } ?? .none
    }

    // MARK: Labels

    /// Labels that the series have already.
    private static let ownLabels = ["account", "region", "model_id", "scope", "model", "quota"]

    private static func labels(_ section: SectionReader) -> [String: String] {
        guard let reader = section.section("external_labels") else { return [:] }
        let limit = ConfigurationLimits.externalLabels
        if reader.entries.count > limit {
            section.report("external_labels", "\(reader.entries.count) labels; at most \(limit) are allowed")
        }
        var labels: [String: String] = [:]
        for entry in reader.entries.prefix(limit) {
            if let problem = Self.problem(ofLabel: entry.key) {
                reader.problems.add(entry.position, reader.path(to: entry.key), problem)
            }
            labels[entry.key] = reader.required(entry.key) { scalar throws(InvalidValue) in
                try scalar.printable(atMost: ConfigurationLimits.externalLabelCharacters)
            }
        }
        return labels
    }

    /// Section "Labels" of the specification: names are `[a-zA-Z_][a-zA-Z0-9_]*`, and `__` begins reserved ones.
    private static func problem(ofLabel name: String) -> String? {
        let allowed = "allowed: letters, digits and _, not beginning with a digit or __"
        guard let first = name.first, first.isASCIILetterOrDigit || first == "_", !first.isASCIIDigit,
            name.allSatisfy({ $0.isASCIILetterOrDigit || $0 == "_" }), !name.hasPrefix("__"),
            name.count <= ConfigurationLimits.externalLabelCharacters
        else { return "not a label; \(allowed)" }
        return ownLabels.contains(name)
            ? "the series have a label \(name) of their own; allowed: another name" : nil
    }
}
