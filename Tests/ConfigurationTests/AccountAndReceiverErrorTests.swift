import QuotaModel
import Testing

@testable import Configuration

@Suite("Errors of accounts, quotas and receivers")
struct AccountAndReceiverErrorTests {
    private static let spans = "written as 90s, 5m, 36h, 400d or 5y"

    @Test(
        "Each mistake is named with its place, its key and what is allowed",
        arguments: [
            (
                "accounts: [{ name: a b }]",
                "1:20: accounts[0].name: \"a b\" is not a name; allowed: 1 to 64 letters, digits, '.', '_' and '-'"
            ),
            (
                "accounts: [{ regions: ap-southeast-1 }]",
                "1:23: accounts[0].regions: a single value was found; allowed: a list"
            ),
            (
                "accounts: [{ regions: [us-east-1a] }]",
                "1:24: accounts[0].regions[0]: \"us-east-1a\" is not a Region of AWS; did you mean us-east-1? allowed: a name such as ap-southeast-1"
            ),
            (
                "accounts: [{ regions: [us-east-1, us-east-1] }]",
                "1:35: accounts[0].regions[1]: us-east-1 is in the list twice; allowed: once"
            ),
            (
                "accounts: [{ role_arn: quota-monitor }]",
                "1:24: accounts[0].role_arn: \"quota-monitor\" is not the ARN of an IAM role; allowed: arn:aws:iam::111122223333:role/name"
            ),
            (
                "accounts: [{ external_id: p4ss }]",
                "1:27: accounts[0].external_id: is sent only when a role is assumed; allowed: together with role_arn"
            ),
            (
                "accounts: [{ external_id: p4ss word, role_arn: arn:aws:iam::111122223333:role/a }]",
                "1:27: accounts[0].external_id: not an external ID; allowed: 2 to 1224 letters, digits and _ + = , . @ : / -"
            ),
            (
                "accounts: [{ endpoint_url: localhost:5000 }]",
                "1:28: accounts[0].endpoint_url: the URL has no scheme; allowed: http://host… or https://host…"
            ),
            (
                "accounts: [{ endpoint_url: \"http://u:p4ss@h\" }]",
                "1:28: accounts[0].endpoint_url: an endpoint has no user and no query; allowed: http://host:port or https://host"
            ),
            (
                "accounts: [{ profile_tags: [team, te*am] }]",
                "1:35: accounts[0].profile_tags[1]: \"te*am\" is not the key of a tag; allowed: 1 to 128 letters, digits, blanks and . _ : / = + @ -"
            ),
            (
                "accounts: [{ profile_tags: [team, app, team] }]",
                "1:40: accounts[0].profile_tags[2]: team is in the list twice; allowed: once"
            ),
            (
                "accounts: [{ profile_tags: [cost-center, cost_center] }]",
                "1:28: accounts[0].profile_tags: \"cost-center\" and \"cost_center\" would both be the label tag_cost_center; allowed: tags whose labels differ"
            ),
            (
                "accounts: [{ profile_tags: [a, b, c, d, e, f, g, h, i] }]",
                "1:28: accounts[0].profile_tags: 9 items; at most 8 are allowed"
            ),
            (
                "accounts: [{ callers: { by: [role, rolle] } }]",
                "1:36: accounts[0].callers.by[1]: \"rolle\" is no kind of caller; allowed: role, session, metadata:KEY with a key of 1 to 256 letters, digits, blanks and : _ @ $ # = / + , - ."
            ),
            (
                "accounts: [{ callers: { by: [\"metadata:\"] } }]",
                "1:30: accounts[0].callers.by[0]: \"metadata:\" is no kind of caller; allowed: role, session, metadata:KEY with a key of 1 to 256 letters, digits, blanks and : _ @ $ # = / + , - ."
            ),
            (
                "accounts: [{ callers: { by: [role, role] } }]",
                "1:36: accounts[0].callers.by[1]: role is in the list twice; allowed: once"
            ),
            (
                "accounts: [{ callers: { keep: 101 } }]",
                "1:31: accounts[0].callers.keep: \"101\" is out of range; allowed: a whole number from 1 to 100"
            ),
            (
                "accounts: [{ callers: { log_group: \"a b\" } }]",
                "1:36: accounts[0].callers.log_group: \"a b\" is not the name of a log group; allowed: 1 to 512 letters, digits and . - _ / #"
            ),
            (
                "accounts: [{ name: a, profile: p }, { name: a }]",
                "1:45: accounts[1].name: \"a\" names an account above; allowed: a name of its own"
            ),
            (
                "accounts: [{ regions: [us-east-1] }, { name: b, regions: [us-west-2, us-east-1] }]",
                "1:58: accounts[1].regions: an account above has the same credentials and also us-east-1; allowed: each Region once"
            ),
            (
                "accounts: [{ name: a }, { name: b }]",
                "1:25: accounts[1].regions: an account above has the same credentials; allowed: Regions listed for both, none of them twice"
            ),
            (
                "accounts: [{ name: m }, { monitored_by: n, account_id: \"500000000001\" }]",
                "1:41: accounts[1].monitored_by: \"n\" is no account under accounts; did you mean m? allowed: m"
            ),
            (
                "accounts: [{ name: m }, { name: a, monitored_by: m }]",
                "1:25: accounts[1].account_id: this key is required with monitored_by where role_arn does not name the account"
            ),
            (
                "accounts: [{ name: m }, { name: a, monitored_by: m, account_id: \"5\" }]",
                "1:65: accounts[1].account_id: \"5\" is not the ID of an account; allowed: 12 digits, in quotes"
            ),
            (
                "accounts: [{ name: m, account_id: \"500000000001\" }]",
                "1:35: accounts[0].account_id: says nothing of an account that is read with its own credentials; allowed: together with monitored_by"
            ),
            (
                "accounts: [{ name: m }, { name: a, monitored_by: m, account_id: \"500000000001\", role_arn: arn:aws:iam::500000000002:role/r }]",
                "1:65: accounts[1].account_id: 500000000001 is not the account of role_arn, 500000000002; allowed: the same"
            ),
            (
                "accounts: [{ name: m }, { name: a, monitored_by: m, account_id: \"500000000001\", callers: { enabled: true } }]",
                "1:90: accounts[1].callers: invocation logs are read by a role of the account; allowed: together with role_arn"
            ),
            (
                "accounts: [{ name: m }, { name: a, monitored_by: m, account_id: \"500000000001\", profile: p }]",
                "1:90: accounts[1].profile: with monitored_by it only assumes role_arn; allowed: together with role_arn"
            ),
            (
                "accounts: [{ name: m }, { name: a, monitored_by: m, account_id: \"500000000001\" }, { name: b, monitored_by: a, account_id: \"500000000002\" }]",
                "1:108: accounts[2].monitored_by: \"a\" is itself read through another account; allowed: m"
            ),
            (
                "accounts: [{ name: m }, { name: a, regions: [us-east-1], role_arn: arn:aws:iam::500000000001:role/r }, { name: b, regions: [us-east-1], monitored_by: m, account_id: \"500000000001\" }]",
                "1:124: accounts[2].regions: an account above has the same credentials and also us-east-1; allowed: each Region once"
            ),
            (
                "quotas: { overrides: [{}] }",
                "1:23: quotas.overrides[0]: sets no quota; allowed: one or more of tokens_per_minute, requests_per_minute, tokens_per_day, input_tokens_per_minute, output_tokens_per_minute, batch_jobs, custom_model_batch_jobs\nf.yml:1:23: quotas.overrides[0].model: this key is required"
            ),
            (
                "quotas: { overrides: [{ model: a.b, tokens_per_minute: 4e6 }] }",
                "1:56: quotas.overrides[0].tokens_per_minute: \"4e6\" is not a number in digits; allowed: a number from 0 to 1000000000000000"
            ),
            (
                "quotas: { overrides: [{ model: a.b, tokens_per_minute: 4_000_000 }] }",
                "1:56: quotas.overrides[0].tokens_per_minute: \"4_000_000\" is not a number in digits; allowed: a number from 0 to 1000000000000000"
            ),
            (
                "quotas: { overrides: [{ model: a.b, token_per_minute: 4 }] }",
                "1:23: quotas.overrides[0]: sets no quota; allowed: one or more of tokens_per_minute, requests_per_minute, tokens_per_day, input_tokens_per_minute, output_tokens_per_minute, batch_jobs, custom_model_batch_jobs\nf.yml:1:37: quotas.overrides[0].token_per_minute: unknown key; did you mean tokens_per_minute?"
            ),
            (
                "quotas: { overrides: [{ model: a.b, tokens_per_minute: \"4\" }] }",
                "1:56: quotas.overrides[0].tokens_per_minute: \"4\" is text in quotes; write the number without quotes"
            ),
            (
                "quotas: { overrides: [{ model: a.b, scope: regional, tokens_per_minute: 4 }] }",
                "1:44: quotas.overrides[0].scope: \"regional\" is unknown; allowed: \(InferenceScope.allCases.map(\.rawValue).joined(separator: ", "))"
            ),
            (
                "quotas: { overrides: [{ model: a.b, scope: cross-region, tokens_per_minute: 4 }] }",
                "1:44: quotas.overrides[0].scope: \"cross-region\" is unknown; did you mean cross_region? allowed: \(InferenceScope.allCases.map(\.rawValue).joined(separator: ", "))"
            ),
            (
                "quotas: { overrides: [{ model: a.b, scope: mantle, tokens_per_minute: 4 }] }",
                "1:71: quotas.overrides[0].tokens_per_minute: is no quota of scope mantle; allowed: input_tokens_per_minute, output_tokens_per_minute"
            ),
            (
                "quotas: { overrides: [{ model: global.a.b, tokens_per_day: 4 }] }",
                "1:32: quotas.overrides[0].model: \"global.a.b\" is an inference profile; allowed: its base model, with scope for the kind of routing"
            ),
            (
                "quotas: { overrides: [{ model: a.b, tokens_per_day: 4 }, { model: a.b, tokens_per_day: 5 }] }",
                "1:88: quotas.overrides[1].tokens_per_day: an override above sets the same quota; allowed: once"
            ),
            (
                "accounts: [{ name: prod }]\nquotas: { overrides: [{ account: prdo, model: a.b, tokens_per_day: 4 }] }",
                "2:34: quotas.overrides[0].account: \"prdo\" is no account of this file; did you mean prod? allowed: prod"
            ),
            (
                "quotas: { overrides: [{ account: prod, model: a.b, tokens_per_day: 4 }] }",
                "1:34: quotas.overrides[0].account: \"prod\" is no account of this file; allowed: a 12-digit account ID"
            ),
            (
                "accounts: [{ regions: [us-east-1] }]\nquotas: { overrides: [{ region: us-east-2, model: a.b, tokens_per_day: 4 }] }",
                "2:33: quotas.overrides[0].region: us-east-2 is watched for no account; allowed: us-east-1"
            ),
            (
                "quotas: { burndown_rates: [{ model: a.b, rate: 0 }] }",
                "1:48: quotas.burndown_rates[0].rate: \"0\" is out of range; allowed: a number from 0.01 to 1000"
            ),
            (
                "quotas: { burndown_rates: [{ model: \"*\", rate: 5 }] }",
                "1:37: quotas.burndown_rates[0].model: \"*\" is not a pattern; allowed: the beginning of a base model ID with its vendor, such as anthropic.claude-opus-4-8*"
            ),
            (
                "quotas: { burndown_rates: [{ model: a.b, rate: 5 }, { model: a.b, rate: 5 }] }",
                "1:62: quotas.burndown_rates[1].model: \"a.b\" has a rate above; allowed: once"
            ),
            (
                "alerts: { warning: 70 }",
                "1:20: alerts.warning: \"70\" is out of range; allowed: a ratio above 0 and up to 1, such as 0.70"
            ),
            (
                "alerts: { warning: 0.9 }",
                "1:20: alerts.warning: warning, 0.9, is not below critical, 0.8; allowed: a warning below critical"
            ),
            (
                "alerts: { critical: 0.6 }",
                "1:21: alerts.critical: warning, 0.7, is not below critical, 0.6; allowed: a warning below critical"
            ),
            ("alerts: { for: 2 }", "1:16: alerts.for: \"2\" has no unit; allowed: 1s to 1d, \(spans)"),
            ("alerts: { receivers: [{ url: a }] }", "1:23: alerts.receivers[0].type: this key is required"),
            (
                "alerts: { receivers: [{ type: pager }] }",
                "1:31: alerts.receivers[0].type: \"pager\" is unknown; allowed: alertmanager, webhook, slack, sns, command"
            ),
            (
                "alerts: { receivers: [{ type: webhook }] }",
                "1:23: alerts.receivers[0].url: this key is required"
            ),
            (
                "alerts: { receivers: [{ type: webhook, url: h/p4ss }] }",
                "1:45: alerts.receivers[0].url: the URL has no scheme; allowed: http://host… or https://host…"
            ),
            (
                "alerts: { receivers: [{ type: alertmanager, url: \"http://h/?p4ss=1\" }] }",
                "1:50: alerts.receivers[0].url: an Alertmanager's URL has no query; allowed: http://host:9093, perhaps with a path prefix"
            ),
            (
                "alerts: { receivers: [{ type: slack, url: \"https://h/p4ss\", topic_arn: x }] }",
                "1:72: alerts.receivers[0].topic_arn: does not belong to a receiver of type slack; allowed: type, name, url, url_file, group"
            ),
            (
                "alerts: { receivers: [{ type: sns, topic_arn: topic }] }",
                "1:47: alerts.receivers[0].topic_arn: \"topic\" is not the ARN of an SNS topic; allowed: arn:aws:sns:ap-southeast-1:111122223333:name"
            ),
            (
                "alerts: { receivers: [{ type: command, command: page }] }",
                "1:49: alerts.receivers[0].command: a single value was found; allowed: a list"
            ),
            (
                "alerts: { receivers: [{ type: command, command: [page] }] }",
                "1:50: alerts.receivers[0].command[0]: \"page\" is not an absolute path; allowed: a program's path from / on"
            ),
            (
                "alerts: { receivers: [{ type: command, command: [] }] }",
                "1:49: alerts.receivers[0].command: the list is empty; allowed: a program's absolute path and its arguments"
            ),
            (
                "alerts: { receivers: [{ type: slack, url: \"https://h/p4ss\" }, { type: slack, url: \"https://h/p4ss\" }] }",
                "1:63: alerts.receivers[1]: is the same as a receiver above; allowed: each receiver once"
            ),
            (
                "accounts: [{ name: a b, endpoint_url: h }, { name: a }]\nquotas: { overrides: [{ account: c, model: a.b, tokens_per_day: 4 }] }",
                "1:20: accounts[0].name: \"a b\" is not a name; allowed: 1 to 64 letters, digits, '.', '_' and '-'\nf.yml:1:39: accounts[0].endpoint_url: the URL has no scheme; allowed: http://host… or https://host…"
            ),
            (
                "polling: { reread_window: 1x, settle_delay: 20m, backfill: 1x }\nstorage: { minute_retention: 2d, rollup_retention: 2d }",
                "1:27: polling.reread_window: \"1x\" is not a duration; allowed: 2s to 1d, \(spans)\nf.yml:1:60: polling.backfill: \"1x\" is not a duration; allowed: 1m to 455d, \(spans)"
            ),
        ])
    func messages(text: String, expected: String) {
        let message = message(text)
        #expect(message == "f.yml:\(expected)")
        #expect(!message.contains("p4ss"))
    }
}
