import Testing

@testable import Configuration

@Suite("Configuration page")
struct ConfigurationPageTests {
    @Test("Invariant 10: the page shows every value and no secret")
    func page() throws {
        let text = """
            web: { basic_auth_users: { bob: \(bcryptHash), "a\\"b": \(bcryptHash) } }
            accounts:
              - { name: prod, regions: [us-east-1, us-west-2], profile: p, role_arn: arn:aws:iam::111122223333:role/r, external_id: s3cret, endpoint_url: "http://h:1/x", profile_tags: [team, "cost center"], callers: { enabled: true, by: [session, "metadata:cost center"], keep: 5, log_group: /b/l, monthly_budget_gigabytes: 0.5 } }
              - { name: dev, regions: [us-east-1] }
            quotas:
              overrides: [{ region: us-east-1, scope: global, model: a.b, tokens_per_minute: 1.5, tokens_per_day: 1000000000000000 }]
              burndown_rates: [{ model: "a.b*", rate: 0.5 }]
              reservations: [{ scope: global, model: a.b, input_tokens_per_minute: 100000, output_tokens_per_minute: 10000 }]
            alerts:
              warning: 0.00001
              hysteresis: 0
              page_url: http://h/page
              runbook_base_url: http://h/runbooks
              rules: { poll_failing: { enabled: false } }
              overrides: [{ scope: global, critical: 0.9 }]
              receivers:
                - { type: alertmanager, url: "http://u:s3cret@h:9093/am" }
                - { type: webhook, url: "https://h/s3cret?token=s3cret" }
                - { type: slack, url: "https://hooks.slack.com/services/s3cret" }
                - { type: sns, topic_arn: "arn:aws:sns:us-east-1:111122223333:t" }
                - { type: command, command: [/bin/page, --key, s3cret] }
            """
        let page = try Configuration.load(text: text, file: "f").page
        #expect(!page.contains("s3cret") && !page.contains("$2y"))
        #expect(
            page == """
                web:
                  listen_address: "127.0.0.1:9747"
                  telemetry_path: "/metrics"
                  metrics: all
                  allowed_hosts: []
                  max_requests: 40
                  basic_auth_users:
                    "a\\"b": "<secret>"
                    "bob": "<secret>"
                storage:
                  path: "./data/usage.db"
                  minute_retention: 400d
                  rollup_retention: 5y
                  backup: null
                accounts:
                  - name: "prod"
                    regions: ["us-east-1", "us-west-2"]
                    profile: "p"
                    role_arn: "arn:aws:iam::111122223333:role/r"
                    external_id: "<secret>"
                    monitored_by: null
                    account_id: null
                    endpoint_url: "http://h:1/x"
                    profile_tags: ["team", "cost center"]
                    callers:
                      enabled: true
                      by: ["session", "metadata:cost center"]
                      keep: 5
                      log_group: "/b/l"
                      monthly_budget_gigabytes: 0.5
                  - name: "dev"
                    regions: ["us-east-1"]
                    profile: null
                    role_arn: null
                    external_id: null
                    monitored_by: null
                    account_id: null
                    endpoint_url: null
                    profile_tags: []
                    callers:
                      enabled: false
                      by: []
                      keep: 20
                      log_group: null
                      monthly_budget_gigabytes: 200
                organization: null
                shard: "1/1"
                polling:
                  interval: 1m
                  reread_window: 15m
                  settle_delay: 3m
                  silence_timeout: 45m
                  adaptive: true
                  relaxed_interval: 5m
                  monthly_budget: null
                  discovery_interval: 15m
                  quota_interval: 1h
                  backfill: 15d
                quotas:
                  overrides:
                    - account: null
                      region: "us-east-1"
                      scope: "global"
                      model: "a.b"
                      tokens_per_minute: 1.5
                      tokens_per_day: 1000000000000000
                  burndown_rates:
                    - model: "a.b*"
                      rate: 0.5
                  reservations:
                    - account: null
                      region: null
                      scope: "global"
                      model: "a.b"
                      input_tokens_per_minute: 100000
                      output_tokens_per_minute: 10000
                alerts:
                  warning: 0.00001
                  critical: 0.8
                  minutes:
                    at_least: 2
                    of: 5
                  for: 2m
                  resolve_after: 5m
                  hysteresis: 0
                  page_url: "http://h/page"
                  runbook_base_url: "http://h/runbooks"
                  rules:
                    quota_warning:
                      enabled: true
                    quota_critical:
                      enabled: true
                    throttling:
                      enabled: true
                      throttle_floor: 10
                      throttle_warning: 0.01
                      throttle_critical: 0.1
                      client_error_floor: 10
                      client_error_deviations: 6
                    throttling_critical:
                      enabled: true
                    exhaustion_forecast:
                      enabled: true
                      days: 14
                    quota_changed:
                      enabled: true
                    data_stale:
                      enabled: true
                      after: 15m
                    delivery_lag:
                      enabled: true
                      after: 10m
                    poll_failing:
                      enabled: false
                      after: 10m
                    unmapped_model:
                      enabled: true
                    burndown_mismatch:
                      enabled: true
                    batch_quota_reached:
                      enabled: true
                    model_end_of_life:
                      enabled: true
                      days: 90
                    daily_quota_exhausted:
                      enabled: true
                  overrides:
                    - account: null
                      region: null
                      scope: "global"
                      model: null
                      enabled: true
                      critical: 0.9
                  receivers:
                    - type: "alertmanager"
                      name: "alertmanager"
                      url: "http://<secret>@h:9093/am"
                      resend: 1m
                    - type: "webhook"
                      name: "webhook"
                      url: "https://h/<secret>"
                      hmac_secret_file: null
                      group: true
                    - type: "slack"
                      name: "slack"
                      url: "https://hooks.slack.com/<secret>"
                      group: true
                    - type: "sns"
                      name: "sns"
                      topic_arn: "arn:aws:sns:us-east-1:111122223333:t"
                      profile: null
                      role_arn: null
                      group: true
                    - type: "command"
                      name: "command"
                      command: ["/bin/page", "<secret>", "<secret>"]
                      group: true
                remote_write: []

                """)
    }

    @Test("The page of a configuration without secrets loads as that configuration")
    func roundTrip() throws {
        #expect(try Configuration.load(text: Configuration.defaults.page, file: "f") == .defaults)
        let text = """
            storage: { path: "/tmp/é \\"x\\" #: 😀\\u00a0\\\\" }
            accounts: [{ name: a, regions: [us-east-1] }]
            quotas: { overrides: [{ account: a, model: a.b, tokens_per_minute: 0 }] }
            alerts: { warning: 0.000012345, hysteresis: 0, minutes: { at_least: 1, of: 3 }, overrides: [{ model: "a.b*", enabled: false, minutes: { of: 9 }, for: 1m }], receivers: [{ type: webhook, url: "http://h", name: x, hmac_secret_file: /s, group: false }] }
            """
        let configuration = try Configuration.load(text: text, file: "f")
        #expect(
            try Configuration.load(text: configuration.page, file: "f") == configuration)
    }

    @Test("Text with every character up to U+00FF and a few others reads back as it was")
    func quoting() throws {
        let text =
            String(String.UnicodeScalarView((0...0xFF).compactMap { Unicode.Scalar($0) }))
            + "\u{2028}\u{FEFF}\u{10FFFF}é"
        let quoted = YAMLWriter.quoted(text)
        let node = try YAMLParser.parse(bytes: Array(quoted.utf8), file: "f")
        #expect(node.value == .scalar(text, .quoted))
    }
}
