/// The web server: where it listens, what it serves, who may look.
package struct WebConfiguration: Equatable, Sendable {
    package var listenAddress = WebAddress(host: "127.0.0.1", port: 9747)
    /// Begins with `/` and is none of the server's other paths.
    package var telemetryPath = "/metrics"
    /// User names with their bcrypt hashes; empty when no one has to log in.
    package var basicAuthUsers: [String: Secret] = [:]
    /// Names and addresses under which it is answered besides those of the loopback, lowercase.
    package var allowedHosts: [String] = []
    /// Requests answered at a time; more get status 503.
    package var maxRequests = 40

    package init() {}

    init(_ section: SectionReader) {
        let standard = WebConfiguration()
        listenAddress = section.value("listen_address", default: standard.listenAddress) {
            scalar throws(InvalidValue) in try WebAddress(scalar)
        }
        telemetryPath = section.value(
            "telemetry_path", default: standard.telemetryPath, WebConfiguration.telemetryPath)
        maxRequests = section.value("max_requests", default: standard.maxRequests) {
            scalar throws(InvalidValue) in try scalar.integer(in: ConfigurationLimits.maxRequests)
        }
        allowedHosts = Self.hosts(section)
        basicAuthUsers = Self.users(section.section("basic_auth_users"))
    }

    /// The paths that the server itself answers; whatever lies below them is its own as well.
    package static let reservedPaths = ["/-", "/api", "/assets", "/config", "/pool"]

    /// Checks a path for the metrics page.
    static func telemetryPath(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        let path = scalar.text
        guard path.hasPrefix("/"), (2...ConfigurationLimits.telemetryPathCharacters).contains(path.count),
            !path.hasSuffix("/"), !path.contains("//"),
            !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }),
            path.allSatisfy({ $0.isASCIILetterOrDigit || "/._~-".contains($0) })
        else {
            throw InvalidValue(
                "\(scalar.shown) is not a path for metrics; allowed: '/' and then letters, digits and / . _ ~ -, such as /metrics"
            )
        }
        guard let own = reservedPaths.first(where: { path == $0 || path.hasPrefix($0 + "/") }) else {
            return path
        }
        throw InvalidValue(
            "\(scalar.shown) is taken by the server's own \(own); allowed: another path, such as /metrics")
    }

    private static func hosts(_ section: SectionReader) -> [String] {
        var hosts: [String] = []
        for item in section.items("allowed_hosts", atMost: ConfigurationLimits.allowedHosts) ?? [] {
            guard let host = section.scalar(item.node, path: item.path, host) else { continue }
            guard !hosts.contains(host) else {
                section.problems.add(
                    item.node.position, item.path, "\(host) is in the list twice; allowed: once")
                continue
            }
            hosts.append(host)
        }
        return hosts
    }

    /// A name or an address, compared without regard to case and a last dot.
    private static func host(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        var host = scalar.text.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host.hasSuffix(".") { host.removeLast() }
        guard HostName.isName(host) || HostName.isIPv6(host) && !host.contains("%") else {
            throw InvalidValue(
                "\(scalar.shown) is not a host; allowed: a name or an address without port, such as quotas.example.com"
            )
        }
        return host
    }

    private static func users(_ section: SectionReader?) -> [String: Secret] {
        guard let section else { return [:] }
        var users: [String: Secret] = [:]
        if section.entries.count > ConfigurationLimits.users {
            section.problems.add(
                section.position, section.path,
                "\(section.entries.count) users; at most \(ConfigurationLimits.users) are allowed")
        }
        for entry in section.entries.prefix(ConfigurationLimits.users) {
            if let problem = userNameProblem(entry.key) {
                section.problems.add(entry.position, section.path(to: entry.key), problem)
            }
            guard section.has(entry.key) else {
                section.report(
                    entry.key, "the user has no bcrypt hash; allowed: one as 'htpasswd -nB USER' writes it")
                continue
            }
            users[entry.key] = section.optional(entry.key, bcryptHash)
        }
        return users
    }

    /// RFC 7617, 2: no colon and no control characters in a user name.
    private static func userNameProblem(_ name: String) -> String? {
        let limit = ConfigurationLimits.userNameCharacters
        let fits =
            (1...limit).contains(name.count)
            && name.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != ":"
            }
        return fits
            ? nil : "not a user name; allowed: 1 to \(limit) characters without ':' and control characters"
    }

    /// `$2y$10$` and 53 characters, as `htpasswd -nB` writes it. The message never shows the text.
    private static func bcryptHash(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Secret {
        let parts = scalar.text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, ["2a", "2b", "2y"].contains(parts[1]), parts[3].count == 53,
            parts[3].allSatisfy({ $0.isASCIILetterOrDigit || $0 == "." || $0 == "/" }), parts[2].count == 2,
            let cost = Int(parts[2])
        else {
            throw InvalidValue(
                "not a bcrypt hash; allowed: $2y$10$ and 53 characters, as 'htpasswd -nB USER' writes it")
        }
        let costs = ConfigurationLimits.bcryptCost
        guard costs.contains(cost) else {
            throw InvalidValue(
                "the hash has cost \(cost); allowed: \(costs.lowerBound) to \(costs.upperBound)")
        }
        return Secret(scalar.text)
    }
}
