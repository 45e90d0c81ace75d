import Alerting
import Configuration
import Testing

@Suite("Alert rules of a configuration")
struct AlertRulesTests {
    @Test("The configuration's defaults are those of the rules")
    func defaults() {
        #expect(AlertRules(AlertsConfiguration()) == AlertRules())
    }

    @Test("Every rule has a name in the configuration, and every figure reaches the rules")
    func complete() throws {
        #expect(Set(AlertRuleName.allCases.map(\.alertName)) == Set(AlertKind.allCases.map(\.rawValue)))
        let text = """
            alerts:
              warning: 0.5
              critical: 0.6
              minutes: { at_least: 1, of: 3 }
              for: 1m
              resolve_after: 10m
              hysteresis: 0.1
              page_url: "https://h/x//"
              rules:
                quota_changed: { enabled: false }
                throttling: { throttle_floor: 2, throttle_warning: 0.02, throttle_critical: 0.3, client_error_floor: 3, client_error_deviations: 4 }
                exhaustion_forecast: { days: 7 }
                data_stale: { after: 20m }
                poll_failing: { after: 2m }
              overrides:
                - { account: 111122223333, region: us-east-1, scope: global, model: "a.b*", warning: 0.1, critical: 0.2, minutes: { at_least: 4, of: 9 }, for: 3m, resolve_after: 4m, forecast_days: 2, throttle_floor: 5, throttle_warning: 0.05, throttle_critical: 0.5, client_error_floor: 8 }
                - { model: c.d, enabled: false }
              receivers:
                - { type: alertmanager, url: "http://a" }
                - { type: slack, url: "http://b" }
                - { type: slack, url: "http://c", group: false }
            """
        let alerts = try Configuration.load(text: text, file: "f").alerts
        var expected = AlertRules()
        expected.standard.warning = 0.5
        expected.standard.critical = 0.6
        expected.standard.minutes = MinuteCount(atLeast: 1, of: 3)
        expected.standard.forSeconds = 60
        expected.standard.resolveAfterSeconds = 600
        expected.standard.hysteresis = 0.1
        expected.standard.throttleFloor = 2
        expected.standard.throttleWarning = 0.02
        expected.standard.throttleCritical = 0.3
        expected.standard.clientErrorFloor = 3
        expected.standard.clientErrorDeviations = 4
        expected.standard.forecastDays = 7
        expected.standard.disabled = [.quotaChanged]
        expected.staleAfterSeconds = 1200
        expected.pollFailingAfterSeconds = 120
        expected.pageURL = "https://h/x"
        let rules = AlertRules(alerts)
        #expect(rules.standard == expected.standard && rules.pageURL == expected.pageURL)
        #expect(rules.staleAfterSeconds == 1200 && rules.pollFailingAfterSeconds == 120)
        let first = try #require(rules.overrides.first)
        #expect(first.account == "111122223333" && first.region == "us-east-1" && first.scope == .global)
        #expect(first.model?.text == "a.b*" && first.warning == 0.1 && first.critical == 0.2)
        #expect(first.minutes == MinuteCount(atLeast: 4, of: 9) && first.forSeconds == 180)
        #expect(first.resolveAfterSeconds == 240 && first.forecastDays == 2 && first.clientErrorFloor == 8)
        #expect(
            first.throttleFloor == 5 && first.throttleWarning == 0.05 && first.throttleCritical == 0.5)
        #expect(rules.overrides[1].disabled == Set(AlertKind.allCases) && rules.overrides.count == 2)
        #expect(
            NotificationOutbox.forms(alerts.receivers) == [
                "alertmanager": .batch, "slack": .grouped, "slack-2": .single,
            ])
    }
}
