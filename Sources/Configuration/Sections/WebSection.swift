import HTTPServer
import System
import Web

/// Section `web`.
enum WebSection {
    static let fields: [Field<WebSettings>] = [
        .value(
            "listen_address", \.listenAddress, .listenAddress,
            "Where the web server listens, as host:port; without a host on all interfaces."),
        .value("telemetry_path", \.telemetryPath, .telemetryPath, "The path of the metrics page."),
        .value(
            "metrics", \.metrics, .metrics,
            "What the metrics page has: all, or quotas, without the counters, latencies and names by model ID, which remote write carries in its way."
        ),
        .list(
            "allowed_hosts", \.allowedHosts, "list of host names", of: .host, atMost: 64,
            "Names by which the web server may be addressed. On a loopback address those of the loopback always are, on others all of them while the list is empty, and IP addresses always."
        ),
        .value(
            "max_requests", \.maxRequests, .maxRequests,
            "Requests answered at a time; more get status 503."),
        .custom(
            "basic_auth_users", "map of user to bcrypt hash", standard: "{}",
            "Who may log in; while it is empty, nobody has to.",
            .map(.text(#"^\$2[aby]\$[0-9]{2}\$[A-Za-z0-9./]{53}$"#), keys: "^[^:]{1,64}$", atMost: mostUsers),
            read: { $1.basicAuthUsers = users($0.section("basic_auth_users")) },
            write: { web, page in
                guard web.basicAuthUsersFile == nil else { return }
                guard !web.basicAuthUsers.isEmpty else { return page.plain("basic_auth_users", "{}") }
                page.open("basic_auth_users") { page in
                    for user in web.basicAuthUsers.keys.sorted() {
                        page.text(YAMLWriter.quoted(user), Secret.mask)
                    }
                }
            }),
        usersFile,
    ]

    private static let mostUsers = 64

    private static let usersFile: Field<WebSettings> = {
        let named = Field<WebSettings>.optional(
            "basic_auth_users_file", \.basicAuthUsersFile, .filePath,
            "A file that holds them instead, a line each as `htpasswd -nB` writes it, read at start and on reload.",
            isOmitted: true)
        return Field(
            name: named.name, keys: named.keys,
            read: { section, web in
                named.read(section, &web)
                guard let path = web.basicAuthUsersFile else { return }
                guard web.basicAuthUsers.isEmpty else {
                    return section.report(
                        named.name, "basic_auth_users is set as well; allowed: one of the two")
                }
                web.basicAuthUsers = users(inFileAt: named.name, path, section)
            },
            write: named.write)
    }()

    /// Lines of the form `user:hash`.
    private static func users(
        inFileAt key: String, _ path: String, _ section: SectionReader
    ) -> [String: Secret] {
        var users: [String: Secret] = [:]
        let lines = section.lines(ofFileAt: key, path)
        if lines.count > mostUsers {
            section.report(key, "\(path): \(lines.count) users; at most \(mostUsers) are allowed")
        }
        for line in lines.prefix(mostUsers) {
            let parts = line.text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            do throws(InvalidValue) {
                guard parts.count == 2 else {
                    throw InvalidValue("no ':' is in it; allowed: a line as 'htpasswd -nB USER' writes it")
                }
                if let problem = userNameProblem(name) { throw InvalidValue(problem) }
                let hash = try bcryptHash(ConfiguredScalar(String(parts[1])))
                guard users.updateValue(hash, forKey: name) == nil else {
                    throw InvalidValue("its user is in the file twice; allowed: once")
                }
            } catch {
                section.report(key, "\(path), line \(line.number): \(error.reason)")
            }
        }
        return users
    }

    private static func users(_ section: SectionReader?) -> [String: Secret] {
        guard let section else { return [:] }
        var users: [String: Secret] = [:]
        if section.entries.count > mostUsers {
            section.report("\(section.entries.count) users; at most \(mostUsers) are allowed")
        }
        for entry in section.entries.prefix(mostUsers) {
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
        let limit = 64
        let fits =
            (1...limit).contains(name.count)
            && name.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != ":"
            }
        return fits
            ? nil : "not a user name; allowed: 1 to \(limit) characters without ':' and control characters"
    }

    /// A cost of 16 already keeps a core busy for several seconds at each login.
    private static let bcryptCost = 4...16

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
        guard bcryptCost.contains(cost) else {
            throw InvalidValue(
                "the hash has cost \(cost); allowed: \(bcryptCost.lowerBound) to \(bcryptCost.upperBound)")
        }
        return Secret(scalar.text)
    }
}

extension Form where Value == ListenAddress {
    static var listenAddress: Self {
        Form(type: "address", text: \.description, shape: .text(":[0-9]{1,5}$")) {
            scalar throws(InvalidValue) in
            let allowed =
                "allowed: host:port, such as 127.0.0.1:9747, [::1]:9747, or :9747 for all interfaces"
            guard let colon = scalar.text.lastIndex(of: ":") else {
                throw InvalidValue("\(scalar.shown) has no port; \(allowed)")
            }
            let digits = scalar.text[scalar.text.index(after: colon)...]
            guard digits.allSatisfy(\.isASCIIDigit), UInt16(digits) != nil else {
                throw InvalidValue("\(scalar.shown) has no port from 0 to 65535; \(allowed)")
            }
            do {
                return try ListenAddress(scalar.text)
            } catch {
                let kind = scalar.text.hasPrefix("[") ? "is no IPv6 address" : "is not an address"
                throw InvalidValue("\(scalar.shown) \(kind); \(allowed)")
            }
        }
    }
}

extension Form where Value == WebSettings.Metrics {
    static var metrics: Self {
        let words = WebSettings.Metrics.allCases.map(\.rawValue)
        return Form(
            type: words.joined(separator: " or "), text: \.rawValue, isQuoted: false, shape: .words(words)
        ) {
            scalar throws(InvalidValue) in
            guard let metrics = WebSettings.Metrics(rawValue: scalar.text) else {
                throw InvalidValue(
                    "\(scalar.shown) is not allowed; allowed: \(words.joined(separator: ", "))")
            }
            return metrics
        }
    }
}

extension Form where Value == Int {
    static var maxRequests: Self { integer(1...1000) }
}

extension Form where Value == String {
    /// A path that is none of the server's own.
    static var telemetryPath: Self {
        Form("path", shape: .text("^/[A-Za-z0-9/._~-]*[A-Za-z0-9._~-]$", atMost: 128)) {
            scalar throws(InvalidValue) in
            let path = scalar.text
            guard path.hasPrefix("/"), (2...128).contains(path.count), !path.hasSuffix("/"),
                !path.contains("//"),
                !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }),
                path.allSatisfy({ $0.isASCIILetterOrDigit || "/._~-".contains($0) })
            else {
                throw InvalidValue(
                    "\(scalar.shown) is not a path for metrics; allowed: '/' and then letters, digits and / . _ ~ -, such as /metrics"
                )
            }
            let own = WebSettings.reservedPaths.first { path == $0 || path.hasPrefix($0 + "/") }
            guard let own else { return path }
            throw InvalidValue(
                "\(scalar.shown) is taken by the server's own \(own); allowed: another path, such as /metrics"
            )
        }
    }

    /// A name or an address, compared without regard to case and a last dot.
    fileprivate static var host: Self {
        Form("host name", shape: .text(#"^\[?[A-Za-z0-9.:_-]+\]?$"#)) { scalar throws(InvalidValue) in
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
    }
}
