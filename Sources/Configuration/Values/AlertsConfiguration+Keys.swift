import QuotaModel

extension ConfigurationKeys {
    /// The keys of section `alerts`.
    static let alerts = alertFigures + alertRules + alertOverrides + alertReceivers

    private static let alertFigures = [
        ConfigurationKey("alerts.warning", "ratio", "0.70", "Utilization from which a warning is raised."),
        ConfigurationKey("alerts.critical", "ratio", "0.80", "Utilization from which an alert is critical."),
        ConfigurationKey(
            "alerts.minutes.at_least", "whole number", "2",
            "So many minutes at the threshold or above, out of `of`, raise an alert."),
        ConfigurationKey(
            "alerts.minutes.of", "whole number", "5", "The minutes in a row that are looked at."),
        ConfigurationKey(
            "alerts.for", "duration", "2m",
            "How long utilization is up, in minutes of data, before an alert fires."),
        ConfigurationKey(
            "alerts.resolve_after", "duration", "5m",
            "How long utilization stays down, in settled minutes, before an alert resolves."),
        ConfigurationKey(
            "alerts.hysteresis", "ratio", "0.02", "A minute counts as down this far below the threshold."),
        ConfigurationKey(
            "alerts.page_url", "URL", nil, "Where people reach this daemon's page, for links in alerts."),
    ]

    private static let alertRules =
        AlertRuleName.allCases.map { rule in
            ConfigurationKey(
                "alerts.rules.\(rule.rawValue).enabled", "true or false", "true",
                "Whether \(rule.alertName) is raised.")
        } + [
            ConfigurationKey(
                "alerts.rules.throttling.throttle_floor", "number", "10",
                "Throttles a minute below which the minute counts as free of them."),
            ConfigurationKey(
                "alerts.rules.throttling.throttle_warning", "ratio", "0.01",
                "Throttled share of a minute's requests from which a warning is raised."),
            ConfigurationKey(
                "alerts.rules.throttling.throttle_critical", "ratio", "0.10",
                "Throttled share of a minute's requests from which an alert is critical."),
            ConfigurationKey(
                "alerts.rules.throttling.client_error_floor", "number", "10",
                "Client errors a minute below which nothing is a spike."),
            ConfigurationKey(
                "alerts.rules.throttling.client_error_deviations", "number", "6",
                "A spike is this many robust standard deviations above the last day's median."),
            ConfigurationKey(
                "alerts.rules.exhaustion_forecast.days", "whole number", "14",
                "Days within which daily peaks must not reach the critical threshold."),
            ConfigurationKey(
                "alerts.rules.data_stale.after", "duration", "15m",
                "The age of the newest settled minute from which data are stale."),
            ConfigurationKey(
                "alerts.rules.delivery_lag.after", "duration", "10m",
                "How far CloudWatch's newest minute is behind before that is reported."),
            ConfigurationKey(
                "alerts.rules.poll_failing.after", "duration", "10m",
                "How long polls fail before that is reported."),
        ]

    private static let alertOverrides = [
        ConfigurationKey(
            "alerts.overrides", "list", "[]", "Other figures for some pools; the last that fits wins."),
        ConfigurationKey("alerts.overrides[].account", "name", nil, "The account; without it all."),
        ConfigurationKey("alerts.overrides[].region", "Region", nil, "The source Region; without it all."),
        ConfigurationKey(
            "alerts.overrides[].scope", "word", nil,
            "\(InferenceScope.allCases.map(\.rawValue).joined(separator: ", ")); without it all."),
        ConfigurationKey(
            "alerts.overrides[].model", "model", nil,
            "The base model ID, or its beginning followed by `*`; without it all."),
        ConfigurationKey(
            "alerts.overrides[].enabled", "true or false", nil, "false raises no alerts of these pools."),
        ConfigurationKey("alerts.overrides[].warning", "ratio", nil, "As `alerts.warning`."),
        ConfigurationKey("alerts.overrides[].critical", "ratio", nil, "As `alerts.critical`."),
        ConfigurationKey(
            "alerts.overrides[].minutes.at_least", "whole number", nil, "As `alerts.minutes.at_least`."),
        ConfigurationKey("alerts.overrides[].minutes.of", "whole number", nil, "As `alerts.minutes.of`."),
        ConfigurationKey("alerts.overrides[].for", "duration", nil, "As `alerts.for`."),
        ConfigurationKey("alerts.overrides[].resolve_after", "duration", nil, "As `alerts.resolve_after`."),
        ConfigurationKey(
            "alerts.overrides[].forecast_days", "whole number", nil,
            "As `alerts.rules.exhaustion_forecast.days`."),
        ConfigurationKey(
            "alerts.overrides[].throttle_floor", "number", nil,
            "As `alerts.rules.throttling.throttle_floor`."),
        ConfigurationKey(
            "alerts.overrides[].throttle_warning", "ratio", nil,
            "As `alerts.rules.throttling.throttle_warning`."),
        ConfigurationKey(
            "alerts.overrides[].throttle_critical", "ratio", nil,
            "As `alerts.rules.throttling.throttle_critical`."),
        ConfigurationKey(
            "alerts.overrides[].client_error_floor", "number", nil,
            "As `alerts.rules.throttling.client_error_floor`."),
    ]

    private static let alertReceivers = [
        ConfigurationKey("alerts.receivers", "list", "[]", "Who is told about alerts."),
        ConfigurationKey(
            "alerts.receivers[].type", "word", nil,
            "\(AlertReceiver.Kind.allCases.map(\.rawValue).joined(separator: ", ")); required."),
        ConfigurationKey(
            "alerts.receivers[].name", "name", nil,
            "What it is called in the log, in counters and in the store; without it its type."),
        ConfigurationKey(
            "alerts.receivers[].url", "URL", nil, "Where to send, for alertmanager, webhook and slack."),
        ConfigurationKey("alerts.receivers[].topic_arn", "ARN", nil, "The topic, standard or FIFO, for sns."),
        ConfigurationKey(
            "alerts.receivers[].profile", "name", nil,
            "The profile whose credentials publish, for sns; without it the default credential chain."),
        ConfigurationKey(
            "alerts.receivers[].role_arn", "ARN", nil,
            "A role to assume on top of those credentials, for sns."),
        ConfigurationKey(
            "alerts.receivers[].command", "list of text", nil,
            "The program's absolute path and its arguments, for command."),
        ConfigurationKey(
            "alerts.receivers[].hmac_secret_file", "file path", nil,
            "The file whose content signs each body in `X-Hub-Signature-256`, for webhook."),
        ConfigurationKey(
            "alerts.receivers[].resend", "duration", nil,
            "How often firing alerts are sent again, for alertmanager; 1m."),
        ConfigurationKey(
            "alerts.receivers[].group", "true or false", nil,
            "Whether alerts of one name and Region are one message, for all but alertmanager; true."),
    ]
}
