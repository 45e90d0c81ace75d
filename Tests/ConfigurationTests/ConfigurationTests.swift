import Alerting
import HTTPServer
import QuotaModel
import Reading
import System
import Testing
import UsageStore

@testable import Configuration

/// The form of a bcrypt hash.
let bcryptHash = "$2y$10$UnoEUI2M4V/BTXU0MF5ms.hO97X7V0djcvI7PC6vEFGA5iOx7iANq"

func message(_ text: String) -> String {
    do throws(ConfigurationError) {
        _ = try Configuration.load(text: text, file: "f.yml")
        return "loaded"
    } catch {
        return error.description
    }
}

@Suite("Configuration")
struct ConfigurationTests {
    private static let example = """
        web: { listen_address: "127.0.0.1:9747", telemetry_path: /metrics, basic_auth_users: {} }   # user: bcrypt hash
        storage: { path: ./data/usage.db, minute_retention: 400d, rollup_retention: 5y }
        accounts:                          # default: one account on the default credential chain
          - name: prod                     # label `account`; default the 12-digit account ID
            regions: [ap-southeast-1, ap-southeast-3]
            profile: prod                  # optional: named profile
            role_arn: arn:aws:iam::111122223333:role/quota-monitor      # optional: assumed on top, with external_id
            endpoint_url: http://127.0.0.1:5000                         # optional: all services
        polling: { interval: 60s, reread_window: 15m, settle_delay: 3m, discovery_interval: 15m, quota_interval: 1h, backfill: 15d }
        quotas:
          overrides: [{ region: ap-southeast-1, scope: global, model: anthropic.claude-sonnet-4-6, tokens_per_minute: 4000000 }]
          burndown_rates: [{ model: "anthropic.claude-opus-4-8*", rate: 15 }]
        alerts:
          warning: 0.70
          critical: 0.80
          for: 2m
          resolve_after: 5m
          receivers: [{ type: alertmanager, url: "http://127.0.0.1:9093" }, { type: webhook, url: "https://hooks.example.com/a" }, { type: sns, topic_arn: "arn:aws:sns:ap-southeast-1:111122223333:quota" }]
        """

    @Test("The documented example loads")
    func loadsExample() throws {
        var account = AccountSettings()
        account.name = "prod"
        account.regions = ["ap-southeast-1", "ap-southeast-3"]
        account.profile = "prod"
        account.roleARN = "arn:aws:iam::111122223333:role/quota-monitor"
        account.endpointURL = try ServiceURL("http://127.0.0.1:5000")
        var expected = Configuration()
        expected.accounts = [account]
        expected.quotas.overrides = [
            QuotaOverride(
                region: "ap-southeast-1", scope: .global, model: "anthropic.claude-sonnet-4-6",
                limits: [.tokensPerMinute: 4_000_000])
        ]
        expected.quotas.rates.overrides = [BurndownOverride(model: "anthropic.claude-opus-4-8*", rate: 15)]
        expected.receivers = [
            .alertmanager(url: try ServiceURL("http://127.0.0.1:9093")),
            .webhook(url: try ServiceURL("https://hooks.example.com/a")),
            .sns(topicARN: "arn:aws:sns:ap-southeast-1:111122223333:quota"),
        ]
        #expect(try Configuration.load(text: Self.example, file: "f") == expected)
    }

    @Test("The defaults are the documented ones")
    func defaults() {
        let defaults = Configuration.defaults
        #expect(defaults.web.listenAddress == ListenAddress(host: .ipv4("127.0.0.1"), port: 9747))
        #expect(defaults.web.telemetryPath == "/metrics")
        #expect(defaults.web.basicAuthUsers.isEmpty)
        #expect(defaults.web.maxRequests == 40)
        #expect(defaults.storage.path == "./data/usage.db")
        #expect(defaults.storage.minuteRetention == .days(400))
        #expect(defaults.storage.rollupRetention == .years(5) && defaults.storage.backup == nil)
        #expect(defaults.accounts == [AccountSettings()])
        #expect(defaults.polling.interval == .seconds(60))
        #expect(defaults.polling.rereadWindow == .minutes(15))
        #expect(defaults.polling.settleDelay == .minutes(3))
        #expect(defaults.polling.isAdaptive && defaults.polling.relaxedInterval == .minutes(5))
        #expect(defaults.polling.discoveryInterval == .minutes(15))
        #expect(defaults.polling.quotaInterval == .hours(1))
        #expect(defaults.polling.backfill == .days(15))
        #expect(defaults.quotas.overrides.isEmpty && defaults.quotas.rates.overrides.isEmpty)
        #expect(defaults.alerts == AlertRules())
        #expect(defaults.receivers.isEmpty)
    }

    @Test("Every value of a file arrives")
    func loadsEverything() throws {
        let text = """
            web:
              listen_address: "[::1]:80"
              telemetry_path: /m/x
              max_requests: 7
              basic_auth_users: { "a b": \(bcryptHash) }
            storage: { path: /var/lib/x.db, minute_retention: 30d, rollup_retention: 2y, backup: { path: /b, interval: 12h, keep: 3 } }
            accounts: [{ name: 111122223333, external_id: s3cret, role_arn: arn:aws:iam::111122223333:role/r }]
            polling: { interval: 5m, reread_window: 1h, settle_delay: 4m, silence_timeout: 1h, discovery_interval: 30m, quota_interval: 2h, backfill: 3d, adaptive: true, relaxed_interval: 20m, monthly_budget: 12.5 }
            quotas:
              overrides:
                - { account: 111122223333, scope: mantle, model: "a.b*", input_tokens_per_minute: 0, output_tokens_per_minute: 1.5 }
              burndown_rates: [{ model: a.b, rate: 2.5 }]
            alerts:
              warning: 0.5
              critical: 1
              for: 1m30s
              resolve_after: 10m
              receivers: [{ type: slack, url: "https://h/T/s3cret" }, { type: command, command: [/bin/page, s3cret] }]
            """
        let all = try Configuration.load(text: text, file: "f")
        #expect(all.web.listenAddress == ListenAddress(host: .ipv6("::1"), port: 80))
        #expect(all.web.telemetryPath == "/m/x" && all.web.maxRequests == 7)
        #expect(all.web.basicAuthUsers == ["a b": Secret(bcryptHash)])
        #expect(all.storage.path == "/var/lib/x.db")
        #expect(all.storage.minuteRetention == .days(30) && all.storage.rollupRetention == .years(2))
        var backup = BackupSettings(path: "/b")
        (backup.interval, backup.keep) = (.hours(12), 3)
        #expect(all.storage.backup == backup)
        #expect(
            all.accounts.map(\.name) == ["111122223333"] && all.accounts[0].externalID == Secret("s3cret"))
        #expect(all.polling.interval == .minutes(5) && all.polling.rereadWindow == .hours(1))
        #expect(all.polling.settleDelay == .minutes(4) && all.polling.discoveryInterval == .minutes(30))
        #expect(all.polling.quotaInterval == .hours(2) && all.polling.backfill == .days(3))
        #expect(all.polling.isAdaptive && all.polling.relaxedInterval == .minutes(20))
        let limits: [QuotaKind: Double] = [.inputTokensPerMinute: 0, .outputTokensPerMinute: 1.5]
        #expect(
            all.quotas.overrides == [
                QuotaOverride(account: "111122223333", scope: .mantle, model: "a.b*", limits: limits)
            ])
        #expect(all.quotas.rates.overrides == [BurndownOverride(model: "a.b", rate: 2.5)])
        #expect(all.alerts.standard.warning == 0.5 && all.alerts.standard.critical == 1)
        #expect(all.alerts.standard.forSeconds == 90 && all.alerts.standard.resolveAfterSeconds == 600)
        #expect(
            all.receivers == [
                .slack(url: try ServiceURL("https://h/T/s3cret")),
                .command(program: "/bin/page", arguments: [Secret("s3cret")]),
            ])
        #expect(!"\(all)".contains("s3cret") && !"\(all)".contains(bcryptHash))
    }

    @Test("Empty sections, empty optional values and null mean the default")
    func emptyMeansDefault() throws {
        let text = """
            web:
            storage: {}
            accounts:
            polling: ~
            quotas: { overrides: , burndown_rates: null }
            alerts:
              receivers:
            """
        #expect(try Configuration.load(text: text, file: "f") == Configuration.defaults)
        #expect(
            try Configuration.load(text: "accounts: [{name: null, regions: }]", file: "f")
                == Configuration.defaults)
    }
}
