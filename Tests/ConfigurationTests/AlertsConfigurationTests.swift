import Alerting
import QuotaModel
import Testing

@testable import Configuration

@Suite("Alerts")
struct AlertsConfigurationTests {
    private func load(_ text: String) throws -> Configuration {
        try Configuration.load(text: text, file: "f.yml")
    }

    @Test("Every key is read")
    func complete() throws {
        let alerts = try load(
            """
            alerts:
              warning: 0.5
              critical: 0.6
              minutes: { at_least: 3, of: 10 }
              for: 1m
              resolve_after: 10m
              hysteresis: 0.1
              page_url: https://quota.example.com/x//
              runbook_base_url: https://git.example.com/runbooks/
              rules:
                quota_warning: { enabled: false }
                throttling: { throttle_floor: 2, throttle_warning: 0.02, throttle_critical: 0.3, client_error_floor: 2.5, client_error_deviations: 3 }
                exhaustion_forecast: { days: 30 }
                data_stale: { after: 1h }
                delivery_lag: { after: 20m }
                poll_failing: { after: 1m, enabled: true }
              overrides:
                - { scope: global, warning: 0.5, minutes: { at_least: 1, of: 1 }, for: 1m, throttle_floor: 5, throttle_warning: 0.05, throttle_critical: 0.5 }
                - { account: 111122223333, region: us-east-1, model: "a.b*", enabled: false, critical: 1, resolve_after: 1h, forecast_days: 3, client_error_floor: 7 }
            """
        ).alerts
        var rules = AlertRules()
        rules.standard.warning = 0.5
        rules.standard.critical = 0.6
        rules.standard.minutes = MinuteCount(atLeast: 3, of: 10)
        rules.standard.forSeconds = 60
        rules.standard.resolveAfterSeconds = 600
        rules.standard.hysteresis = 0.1
        rules.standard.throttleFloor = 2
        rules.standard.throttleWarning = 0.02
        rules.standard.throttleCritical = 0.3
        rules.standard.clientErrorFloor = 2.5
        rules.standard.clientErrorDeviations = 3
        rules.standard.forecastDays = 30
        rules.standard.disabled = [.quotaWarning]
        rules.pageURL = "https://quota.example.com/x"
        rules.runbookBaseURL = "https://git.example.com/runbooks"
        rules.staleAfterSeconds = 3600
        rules.lateAfterSeconds = 1200
        rules.pollFailingAfterSeconds = 60
        var first = AlertOverride()
        first.scope = .global
        first.warning = 0.5
        first.minutes = MinuteCount(atLeast: 1, of: 1)
        first.forSeconds = 60
        first.throttleFloor = 5
        first.throttleWarning = 0.05
        first.throttleCritical = 0.5
        var second = AlertOverride()
        second.account = "111122223333"
        second.region = "us-east-1"
        second.model = ModelPattern("a.b*")
        second.isEnabled = false
        second.critical = 1
        second.resolveAfterSeconds = 3600
        second.forecastDays = 3
        second.clientErrorFloor = 7
        rules.overrides = [first, second]
        #expect(alerts == rules)
    }

    @Test("Every key of a receiver is read")
    func receivers() throws {
        let receivers = try load(
            """
            alerts:
              receivers:
                - { type: alertmanager, url: "http://a:9093", resend: 30s }
                - { type: alertmanager, url: "http://b:9093" }
                - { type: webhook, url: "https://h", name: hook, hmac_secret_file: ./s, group: false }
                - { type: sns, topic_arn: "arn:aws:sns:us-east-1:111122223333:t.fifo" }
            """
        ).receivers
        #expect(receivers.map(\.name) == ["alertmanager", "alertmanager-2", "hook", "sns"])
        #expect(receivers.map(\.resend) == [.seconds(30), .minutes(1), .minutes(1), .minutes(1)])
        #expect(receivers.map(\.isGrouped) == [true, true, false, true])
        #expect(receivers[2].hmacSecretFile == "./s")
        #expect(receivers[3].target == .sns(topicARN: "arn:aws:sns:us-east-1:111122223333:t.fifo"))
    }

    @Test("A name that is taken is passed over by receivers without one")
    func names() throws {
        let configuration = try load(
            """
            alerts:
              receivers:
                - { type: webhook, url: "http://a" }
                - { type: webhook, url: "http://b", name: webhook }
                - { type: webhook, url: "http://c" }
            """)
        #expect(configuration.receivers.map(\.name) == ["webhook-2", "webhook", "webhook-3"])
    }

    @Test("The rules have the names of their alerts")
    func ruleNames() {
        for kind in AlertKind.allCases {
            let words = kind.key.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
            let isForecast = kind == .exhaustionForecast
            #expect(kind.rawValue == "Bedrock" + (isForecast ? "Quota" : "") + words.joined())
        }
    }

    @Test(
        "Each mistake is named with its place, its key and what is allowed",
        arguments: [
            (
                "alerts: { warning: 1.1 }",
                "1:20: alerts.warning: \"1.1\" is out of range; allowed: a ratio above 0 and up to 1, such as 0.70"
            ),
            (
                "alerts: { hysteresis: 0.7 }",
                "1:23: alerts.hysteresis: hysteresis, 0.7, is not below warning, 0.7; allowed: a hysteresis below warning"
            ),
            (
                "alerts: { minutes: { at_least: 6 } }",
                "1:32: alerts.minutes.at_least: at_least, 6, is more than of, 5; allowed: at most as many"
            ),
            (
                "alerts: { minutes: { of: 1 } }",
                "1:26: alerts.minutes.of: at_least, 2, is more than of, 1; allowed: at most as many"
            ),
            (
                "alerts: { minutes: { of: 0 } }",
                "1:26: alerts.minutes.of: \"0\" is out of range; allowed: a whole number from 1 to 60"
            ),
            (
                "alerts: { minutes: 2 of 5 }",
                "1:20: alerts.minutes: a single value was found; allowed: a map of keys"
            ),
            (
                "alerts: { page_url: quota.example.com }",
                "1:21: alerts.page_url: the URL has no scheme; allowed: http://host… or https://host…"
            ),
            (
                "alerts: { runbook_base_url: \"https://h/?token=p4ss\" }",
                "1:29: alerts.runbook_base_url: the URL has no user and no query; allowed: https://host/path"
            ),
            (
                "alerts: { page_url: \"http://u:p4ss@h\" }",
                "1:21: alerts.page_url: the URL has no user and no query; allowed: https://host/path"
            ),
            (
                "alerts: { rules: { throttling: { enabled: yes } } }",
                "1:43: alerts.rules.throttling.enabled: \"yes\" is not a switch; allowed: true, false"
            ),
            (
                "alerts: { rules: { throtling: { enabled: true } } }",
                "1:20: alerts.rules.throtling: unknown key; did you mean throttling?"
            ),
            (
                "alerts: { rules: { exhaustion_forecast: { days: 0 } } }",
                "1:49: alerts.rules.exhaustion_forecast.days: \"0\" is out of range; allowed: a whole number from 1 to 365"
            ),
            (
                "alerts: { rules: { throttling: { throttle_warning: 0.2 } } }",
                "1:52: alerts.rules.throttling.throttle_warning: throttle_warning, 0.2, is not below throttle_critical, 0.1; allowed: a throttle_warning below throttle_critical"
            ),
            (
                "alerts: { rules: { throttling: { throttle_critical: 0 } } }",
                "1:53: alerts.rules.throttling.throttle_critical: \"0\" is out of range; allowed: a ratio above 0 and up to 1, such as 0.01"
            ),
            (
                "alerts: { rules: { throttling: { throttle_floor: 0.5 } } }",
                "1:50: alerts.rules.throttling.throttle_floor: \"0.5\" is out of range; allowed: a number from 1 to 1000000000"
            ),
            (
                "alerts: { overrides: [{ model: a.b, throttle_critical: 0.01 }] }",
                "1:56: alerts.overrides[0].throttle_critical: throttle_warning, 0.01, is not below throttle_critical, 0.01; allowed: a throttle_warning below throttle_critical"
            ),
            (
                "alerts: { overrides: [{ warning: 0.5 }] }",
                "1:23: alerts.overrides[0]: selects no pools; allowed: one or more of account, region, scope, model"
            ),
            (
                "alerts: { overrides: [{ model: a.b }] }",
                "1:23: alerts.overrides[0]: changes nothing; allowed: one or more of enabled, warning, critical, minutes, for, resolve_after, forecast_days, throttle_floor, throttle_warning, throttle_critical, client_error_floor"
            ),
            (
                "alerts: { overrides: [{ model: a.b, warning: 0.8 }] }",
                "1:46: alerts.overrides[0].warning: warning, 0.8, is not below critical, 0.8; allowed: a warning below critical"
            ),
            (
                "alerts: { overrides: [{ model: a.b, critical: 0.7 }] }",
                "1:47: alerts.overrides[0].critical: warning, 0.7, is not below critical, 0.7; allowed: a warning below critical"
            ),
            (
                "alerts: { overrides: [{ account: prod, critical: 0.9 }] }",
                "1:34: alerts.overrides[0].account: \"prod\" is no account of this file; allowed: a 12-digit account ID"
            ),
            (
                "alerts: { overrides: [{ model: a.b, minutes: { atleast: 1 } }] }",
                "1:48: alerts.overrides[0].minutes.atleast: unknown key; did you mean at_least?"
            ),
            (
                "alerts: { receivers: [{ type: slack, url: \"https://h/p4ss\", name: a }, { type: slack, url: \"https://i/p4ss\", name: a }] }",
                "1:116: alerts.receivers[1].name: \"a\" names a receiver above; allowed: a name of its own"
            ),
            (
                "alerts: { receivers: [{ type: webhook, url: \"https://h\", resend: 1m }] }",
                "1:66: alerts.receivers[0].resend: does not belong to a receiver of type webhook; allowed: type, name, url, url_file, hmac_secret_file, group"
            ),
            (
                "alerts: { receivers: [{ type: alertmanager, url: \"https://h\", resend: 1s }] }",
                "1:71: alerts.receivers[0].resend: \"1s\" is out of range; allowed: 10s to 1h, written as 90s, 5m, 36h, 400d or 5y"
            ),
            (
                "alerts: { receivers: [{ type: sns, topic_arn: \"arn:aws:sns:us-east-1:111122223333:.fifo\" }] }",
                "1:47: alerts.receivers[0].topic_arn: \"arn:aws:sns:us-east-1:111122223333:.fifo\" does not name a topic; allowed: arn:aws:sns:ap-southeast-1:111122223333:name"
            ),
        ])
    func messages(text: String, expected: String) {
        let message = message(text)
        #expect(message == "f.yml:\(expected)")
        #expect(!message.contains("p4ss"))
    }
}
