import Testing

@testable import Configuration

@Suite("Errors of configurations")
struct ConfigurationErrorTests {
    private static let spans = "written as 90s, 5m, 36h, 400d or 5y"

    @Test(
        "Each mistake is named with its place, its key and what is allowed",
        arguments: [
            ("a", "1:1: a single value was found; allowed: a map of keys"),
            ("[web]", "1:1: a list was found; allowed: a map of keys"),
            ("web:\n  listen_adress: a", "2:3: web.listen_adress: unknown key; did you mean listen_address?"),
            (
                "reread_window: 5m",
                "1:1: reread_window: unknown key here; did you mean polling.reread_window?"
            ),
            (
                "banana: 1",
                "1:1: banana: unknown key; allowed: web, storage, accounts, organization, shard, polling, quotas, alerts, remote_write"
            ),
            (
                "\"p4ss word\": 1",
                "1:1: <key>: unknown key; allowed: web, storage, accounts, organization, shard, polling, quotas, alerts, remote_write"
            ),
            (
                "tls_server_config: { cert_file: a }",
                "1:1: tls_server_config: TLS is not offered: remove this key, listen on a loopback address and put nginx or stunnel in front"
            ),
            (
                "web: { tls_server_config: }",
                "1:8: web.tls_server_config: TLS is not offered: remove this key, listen on a loopback address and put nginx or stunnel in front"
            ),
            (
                "polling: { monthly_budget: 0 }",
                "1:28: polling.monthly_budget: \"0\" is out of range; allowed: US dollars from 0.01 to 1000000"
            ),
            (
                "polling: { monthly_budget: 20 USD }",
                "1:28: polling.monthly_budget: \"20 USD\" is not a number in digits; allowed: US dollars from 0.01 to 1000000"
            ),
            ("web: [a]", "1:6: web: a list was found; allowed: a map of keys"),
            (
                "web: { listen_address: 9747 }",
                "1:24: web.listen_address: \"9747\" has no port; allowed: host:port, such as 127.0.0.1:9747, [::1]:9747, or :9747 for all interfaces"
            ),
            (
                "web: { listen_address: { a: b } }",
                "1:24: web.listen_address: a map of keys was found; allowed: a single value"
            ),
            (
                "web: { listen_address: }",
                "1:8: web.listen_address: the key has no value; leave it out for the default, 127.0.0.1:9747"
            ),
            (
                "web: { telemetry_path: metrics }",
                "1:24: web.telemetry_path: \"metrics\" is not a path for metrics; allowed: '/' and then letters, digits and / . _ ~ -, such as /metrics"
            ),
            (
                "web: { metrics: some }", "1:17: web.metrics: \"some\" is not allowed; allowed: all, quotas"
            ),
            (
                "web: { telemetry_path: /api/v1/x }",
                "1:24: web.telemetry_path: \"/api/v1/x\" is taken by the server's own /api; allowed: another path, such as /metrics"
            ),
            (
                "web: { max_requests: 0 }",
                "1:22: web.max_requests: \"0\" is out of range; allowed: a whole number from 1 to 1000"
            ),
            (
                "web: { max_requests: 1.5 }",
                "1:22: web.max_requests: \"1.5\" is not whole; allowed: a whole number from 1 to 1000"
            ),
            (
                "web: { allowed_hosts: [q.example, 'q.example:80'] }",
                "1:35: web.allowed_hosts[1]: \"q.example:80\" is not a host; allowed: a name or an address without port, such as quotas.example.com"
            ),
            (
                "web: { allowed_hosts: [q.example, Q.EXAMPLE.] }",
                "1:35: web.allowed_hosts[1]: q.example is in the list twice; allowed: once"
            ),
            (
                "web: { allowed_hosts: q.example }",
                "1:23: web.allowed_hosts: a single value was found; allowed: a list"
            ),
            (
                "web: { allowed_hosts: ['*'] }",
                "1:24: web.allowed_hosts[0]: \"*\" is not a host; allowed: a name or an address without port, such as quotas.example.com"
            ),
            (
                "web: { basic_auth_users: { bob: p4ss } }",
                "1:33: web.basic_auth_users.bob: not a bcrypt hash; allowed: $2y$10$ and 53 characters, as 'htpasswd -nB USER' writes it"
            ),
            (
                "web: { basic_auth_users: { bob: } }",
                "1:28: web.basic_auth_users.bob: the user has no bcrypt hash; allowed: one as 'htpasswd -nB USER' writes it"
            ),
            (
                "web: { basic_auth_users: { bob: [p4ss] } }",
                "1:33: web.basic_auth_users.bob: a list was found; allowed: a single value"
            ),
            (
                "web: { basic_auth_users: { bob: \(bcryptHash.replacing("$10$", with: "$31$")) } }",
                "1:33: web.basic_auth_users.bob: the hash has cost 31; allowed: 4 to 16"
            ),
            (
                "web: { basic_auth_users: { 'a:b': \(bcryptHash) } }",
                "1:28: web.basic_auth_users.<key>: not a user name; allowed: 1 to 64 characters without ':' and control characters"
            ),
            (
                "storage: { path: data/ }",
                "1:18: storage.path: \"data/\" is a folder; allowed: the path of a file, such as ./data/usage.db"
            ),
            (
                "storage: { path: \"a\\0b\" }",
                "1:18: storage.path: \"a\\u{0}b\" is not allowed; allowed: 1 to 4096 printable characters"
            ),
            (
                "storage: { minute_retention: 400 }",
                "1:30: storage.minute_retention: \"400\" has no unit; allowed: 2d to 20y, \(spans)"
            ),
            (
                "storage: { minute_retention: 1d }",
                "1:30: storage.minute_retention: \"1d\" is out of range; allowed: 2d to 20y, \(spans)"
            ),
            (
                "storage: { minute_retention: 6y }",
                "1:10: storage.rollup_retention: 5y is shorter than minute_retention, 6y; allowed: at least as long"
            ),
            (
                "storage: { minute_retention: 2d, rollup_retention: 10d }",
                "1:52: storage.rollup_retention: polling.backfill, 15d, is longer than storage.rollup_retention, 10d; allowed: at most as long"
            ),
            (
                "storage: { backup: { keep: 3 } }",
                "1:20: storage.backup.path: this key is required"
            ),
            (
                "storage: { backup: { path: b, interval: 1s } }",
                "1:41: storage.backup.interval: \"1s\" is out of range; allowed: 1m to 366d, \(spans)"
            ),
            (
                "storage: { backup: { path: b, keep: 0 } }",
                "1:37: storage.backup.keep: \"0\" is out of range; allowed: a whole number from 1 to 1000"
            ),
            (
                "polling: { interval: soon }",
                "1:22: polling.interval: \"soon\" is not a duration; allowed: 1s to 1h, \(spans)"
            ),
            (
                "polling: { interval: 0s }",
                "1:22: polling.interval: \"0s\" is out of range; allowed: 1s to 1h, \(spans)"
            ),
            (
                "polling: { interval: 500ms }",
                "1:22: polling.interval: \"500ms\" is not a duration; allowed: 1s to 1h, \(spans)"
            ),
            (
                "polling: { settle_delay: 20m, interval: 2m }",
                "1:10: polling.reread_window: 15m is shorter than interval and settle_delay together, 22m, so settled minutes would be missed; allowed: at least as long"
            ),
            (
                "polling: { backfill: 10m }",
                "1:22: polling.backfill: 10m is shorter than reread_window, 15m; allowed: at least as long"
            ),
            (
                "polling: { discovery_interval: 30s }",
                "1:32: polling.discovery_interval: 30s is shorter than interval, 1m; allowed: at least as long"
            ),
            (
                "polling: { backfill: 456d }",
                "1:22: polling.backfill: \"456d\" is out of range; allowed: 1m to 455d, \(spans)"
            ),
            (
                "accounts: []",
                "1:11: accounts: the list is empty; allowed: one account or more, or leave the key out for the default"
            ),
            ("accounts: { name: a }", "1:11: accounts: a map of keys was found; allowed: a list"),
            ("accounts: [a]", "1:12: accounts[0]: a single value was found; allowed: a map of keys"),
        ])
    func messages(text: String, expected: String) {
        let message = message(text)
        #expect(message == "f.yml:\(expected)")
        #expect(!message.contains("p4ss"))
    }

    @Test("All problems are listed in the order of the file, up to twenty")
    func manyProblems() {
        #expect(
            message("b: 1\nweb: { listen_address: x, max_requests: -1 }\nc: 2") == """
                f.yml:1:1: b: unknown key; allowed: web, storage, accounts, organization, shard, polling, quotas, alerts, remote_write
                f.yml:2:24: web.listen_address: "x" has no port; allowed: host:port, such as 127.0.0.1:9747, [::1]:9747, or :9747 for all interfaces
                f.yml:2:41: web.max_requests: "-1" is not a number in digits; allowed: a whole number from 1 to 1000
                f.yml:3:1: c: unknown key; allowed: web, storage, accounts, organization, shard, polling, quotas, alerts, remote_write
                """)
        let keys = (0..<5000).map { "k\($0): a" }.joined(separator: "\n")
        let lines = message(keys).split(separator: "\n")
        #expect(lines.count == 21)
        #expect(lines.first?.hasPrefix("f.yml:1:1: k0: ") == true && lines.last == "and 4980 more")
    }

    @Test("Counts are bounded")
    func bounds() {
        func list(_ count: Int, _ item: (Int) -> String) -> String {
            "[" + (0..<count).map(item).joined(separator: ", ") + "]"
        }
        let accounts = list(51) { "{ name: a\($0), profile: p\($0) }" }
        #expect(message("accounts: \(accounts)") == "f.yml:1:11: accounts: 51 items; at most 50 are allowed")
        let rates = list(201) { "{ model: a.b\($0), rate: 5 }" }
        #expect(
            message("quotas: { burndown_rates: \(rates) }")
                == "f.yml:1:27: quotas.burndown_rates: 201 items; at most 200 are allowed")
        let overrides = list(1001) { "{ model: a.b\($0), tokens_per_day: 5 }" }
        #expect(
            message("quotas: { overrides: \(overrides) }")
                == "f.yml:1:22: quotas.overrides: 1001 items; at most 1000 are allowed")
        let users = (0..<65).map { "u\($0): \(bcryptHash)" }.joined(separator: ", ")
        #expect(
            message("web: { basic_auth_users: { \(users) } }")
                == "f.yml:1:26: web.basic_auth_users: 65 users; at most 64 are allowed")
    }

    @Test(
        "A secret in the wrong place is not shown either",
        arguments: [
            "web: { listen_address: \"https://h/p4ss\" }", "storage: { minute_retention: \"u@p4ss\" }",
            "web: { telemetry_path: $2y$10$p4ss }", "web: { basic_auth_users: { $2y$10$p4ss: bob } }",
            "$2y$10$p4ss: a\n$2y$10$p4ss: b", "accounts: [{ name: \"http://p4ss\" }]",
        ])
    func misplacedSecret(text: String) {
        #expect(message(text).hasPrefix("f.yml:"))
        #expect(!message(text).contains("p4ss"))
    }
}
