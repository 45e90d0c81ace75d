import Alerting
import QuotaModel
import System

/// Section `alerts`, but for its receivers.
enum AlertsSection {
    static let fields: [Field<Configuration>] = [
        .value(
            "warning", \.alerts.standard.warning, .ratio, "Utilization from which a warning is raised."),
        .value(
            "critical", \.alerts.standard.critical, .ratio, "Utilization from which an alert is critical."),
        .group(
            "minutes", \.alerts.standard.minutes,
            minutes(
                atLeast: "So many minutes at the threshold or above, out of `of`, raise an alert.",
                of: "The minutes in a row that are looked at.")),
        .value(
            "for", \.alerts.standard.forSeconds, .wait,
            "How long utilization is up, in minutes of data, before an alert fires."),
        .value(
            "resolve_after", \.alerts.standard.resolveAfterSeconds, .wait,
            "How long utilization stays down, in settled minutes, before an alert resolves."),
        .value(
            "hysteresis", \.alerts.standard.hysteresis, .hysteresis,
            "A minute counts as down this far below the threshold."),
        .optional(
            "page_url", \.alerts.pageURL, .publicURL,
            "Where people reach this daemon's page, for links in alerts."),
        .optional(
            "runbook_base_url", \.alerts.runbookBaseURL, .publicURL,
            "Where deploy/runbooks is served, for the annotation runbook_url of alerts."),
        .check { checkThresholds($0, $1.alerts.standard) },
        .group("rules", rules),
        .list(
            "overrides", \.alerts.overrides, of: overrideFields, atMost: 1000,
            "Other figures for some pools; the last that fits wins.",
            SectionRules(anyOf: [selectors.map(\.name), changes.map(\.name)]), read: overrides),
        ReceiversSection.field,
    ]

    private static func minutes(atLeast: String, of: String) -> [Field<MinuteCount>] {
        [
            .value("at_least", \.atLeast, .integer(1...60), atLeast),
            .value("of", \.of, .integer(1...60), of),
            .check { section, minutes in
                guard minutes.atLeast > minutes.of else { return }
                section.report(
                    section.has("at_least") ? "at_least" : "of",
                    "at_least, \(minutes.atLeast), is more than of, \(minutes.of); allowed: at most as many")
            },
        ]
    }

    private static func checkThresholds(_ section: SectionReader, _ rules: PoolRules) {
        guard checkOrder(section, ("warning", rules.warning), ("critical", rules.critical)),
            rules.hysteresis >= rules.warning
        else { return }
        section.report(
            section.has("hysteresis") ? "hysteresis" : "warning",
            "hysteresis, \(rules.hysteresis), is not below warning, \(rules.warning); allowed: a hysteresis below warning"
        )
    }

    /// Reports a threshold that is not below the one above it, at the key that the section has; false then.
    @discardableResult
    private static func checkOrder(
        _ section: SectionReader, _ low: (key: String, value: Double), _ high: (key: String, value: Double)
    ) -> Bool {
        guard low.value >= high.value else { return true }
        section.report(
            section.has(low.key) ? low.key : high.key,
            "\(low.key), \(low.value), is not below \(high.key), \(high.value); allowed: a \(low.key) below \(high.key)"
        )
        return false
    }

    // MARK: Rules

    private static let rules: [Field<Configuration>] = AlertKind.allCases.map { kind in
        .group(kind.key, [enabled(kind)] + figures(of: kind))
    }

    private static func enabled(_ kind: AlertKind) -> Field<Configuration> {
        .value(
            "enabled", \.alerts.standard[isEnabled: kind], .flag, "Whether \(kind.rawValue) is raised.")
    }

    /// What only one rule has.
    private static func figures(of kind: AlertKind) -> [Field<Configuration>] {
        switch kind {
        case .throttling: throttling
        case .exhaustionForecast:
            [
                .value(
                    "days", \.alerts.standard.forecastDays, .forecastDays,
                    "Days within which daily peaks must not reach the critical threshold.")
            ]
        case .dataStale:
            [
                // A Region is not stale before CloudWatch has had time for its own delays.
                .value(
                    "after", \.alerts.staleAfterSeconds, .seconds(.minutes(5), to: .days(1)),
                    "The age of the newest settled minute from which data are stale.")
            ]
        case .deliveryLag:
            [
                .value(
                    "after", \.alerts.lateAfterSeconds, .wait,
                    "How far CloudWatch's newest minute is behind before that is reported.")
            ]
        case .pollFailing:
            [
                .value(
                    "after", \.alerts.pollFailingAfterSeconds, .wait,
                    "How long polls fail before that is reported.")
            ]
        case .modelEndOfLife:
            [
                .value(
                    "days", \.alerts.standard.endOfLifeDays, .endOfLifeDays,
                    "Days before a model's end of life from which its use is reported; legacy models always are."
                )
            ]
        case .quotaWarning, .quotaCritical, .throttlingCritical, .quotaChanged, .unmappedModel,
            .burndownMismatch, .batchQuotaReached, .dailyQuotaExhausted, .testAlert:
            []
        }
    }

    private static let throttling: [Field<Configuration>] = [
        .value(
            "throttle_floor", \.alerts.standard.throttleFloor, .errorFloor,
            "Throttles a minute below which the minute counts as free of them."),
        .value(
            "throttle_warning", \.alerts.standard.throttleWarning, .share,
            "Throttled share of a minute's requests from which a warning is raised."),
        .value(
            "throttle_critical", \.alerts.standard.throttleCritical, .share,
            "Throttled share of a minute's requests from which an alert is critical."),
        .check { section, configuration in
            let rules = configuration.alerts.standard
            checkOrder(
                section, ("throttle_warning", rules.throttleWarning),
                ("throttle_critical", rules.throttleCritical))
        },
        .value(
            "client_error_floor", \.alerts.standard.clientErrorFloor, .errorFloor,
            "Client errors a minute below which nothing is a spike."),
        .value(
            "client_error_deviations", \.alerts.standard.clientErrorDeviations, .number(1...100),
            "A spike is this many robust standard deviations above the last day's median."),
    ]

    // MARK: Overrides

    private static let selectors: [Field<AlertOverride>] = [
        .optional("account", \.account, .account, "The account; without it all."),
        .optional("region", \.region, .region, "The source Region; without it all."),
        .optional("scope", \.scope, .scope, "\(InferenceScope.words); without it all."),
        .optional(
            "model", \.model, .modelPattern,
            "The base model ID, or its beginning followed by `*`; without it all."),
    ]

    private static let changes: [Field<AlertOverride>] = [
        .value(
            "enabled", \.isEnabled, .flag, "false raises no alerts of these pools.", mayBeEmpty: true),
        figure("warning", \.warning, .ratio),
        figure("critical", \.critical, .ratio),
        .optionalGroup(
            "minutes", \.minutes, defaults: PoolRules().minutes,
            minutes(atLeast: "As `alerts.minutes.at_least`.", of: "As `alerts.minutes.of`."),
            isOmitted: true),
        figure("for", \.forSeconds, .wait),
        figure("resolve_after", \.resolveAfterSeconds, .wait),
        figure("forecast_days", \.forecastDays, .forecastDays, as: "rules.exhaustion_forecast.days"),
        figure(
            "throttle_floor", \.throttleFloor, .errorFloor, as: "rules.throttling.throttle_floor"),
        figure("throttle_warning", \.throttleWarning, .share, as: "rules.throttling.throttle_warning"),
        figure(
            "throttle_critical", \.throttleCritical, .share, as: "rules.throttling.throttle_critical"),
        figure(
            "client_error_floor", \.clientErrorFloor, .errorFloor,
            as: "rules.throttling.client_error_floor"),
    ]

    /// A figure that the override may leave as it is.
    private static func figure<Value>(
        _ name: String, _ path: Field<AlertOverride>.Path<Value?>, _ form: Form<Value>, as key: String? = nil
    ) -> Field<AlertOverride> {
        .optional(name, path, form, "As `alerts.\(key ?? name)`.", isOmitted: true)
    }

    private static let overrideFields = selectors + changes

    private static func overrides(
        _ alerts: SectionReader, _ sections: [SectionReader], _ configuration: inout Configuration
    ) {
        let isChecked = alerts.isClean
        for section in sections {
            var value = AlertOverride()
            overrideFields.read(section, &value)
            guard has(section, selectors, else: "selects no pools"),
                has(section, changes, else: "changes nothing")
            else { continue }
            AccountsSection.check(
                account: value.account, region: value.region, against: configuration.namedAccounts, section)
            if isChecked { checkOrder(of: value, section, configuration.alerts.standard) }
            configuration.alerts.overrides.append(value)
        }
    }

    /// Whether the section has one of the keys; reports that it has none.
    private static func has(
        _ section: SectionReader, _ fields: [Field<AlertOverride>], else problem: String
    ) -> Bool {
        let names = fields.map(\.name)
        if names.contains(where: section.has) { return true }
        section.report("\(problem); allowed: one or more of \(names.joined(separator: ", "))")
        return false
    }

    /// The thresholds together with those of `alerts`, where the override leaves them.
    private static func checkOrder(
        of override: AlertOverride, _ section: SectionReader, _ standard: PoolRules
    ) {
        if override.warning != nil || override.critical != nil {
            checkOrder(
                section, ("warning", override.warning ?? standard.warning),
                ("critical", override.critical ?? standard.critical))
        }
        if override.throttleWarning != nil || override.throttleCritical != nil {
            checkOrder(
                section, ("throttle_warning", override.throttleWarning ?? standard.throttleWarning),
                ("throttle_critical", override.throttleCritical ?? standard.throttleCritical))
        }
    }
}

extension AlertKind {
    /// What section `alerts.rules` calls it.
    package var key: String {
        switch self {
        case .quotaWarning: "quota_warning"
        case .quotaCritical: "quota_critical"
        case .throttling: "throttling"
        case .throttlingCritical: "throttling_critical"
        case .exhaustionForecast: "exhaustion_forecast"
        case .quotaChanged: "quota_changed"
        case .dataStale: "data_stale"
        case .deliveryLag: "delivery_lag"
        case .pollFailing: "poll_failing"
        case .unmappedModel: "unmapped_model"
        case .burndownMismatch: "burndown_mismatch"
        case .batchQuotaReached: "batch_quota_reached"
        case .modelEndOfLife: "model_end_of_life"
        case .dailyQuotaExhausted: "daily_quota_exhausted"
        case .testAlert: "test_alert"
        }
    }
}

extension PoolRules {
    fileprivate subscript(isEnabled kind: AlertKind) -> Bool {
        get { !disabled.contains(kind) }
        set { disabled = newValue ? disabled.subtracting([kind]) : disabled.union([kind]) }
    }
}

extension Form where Value == Double {
    fileprivate static var ratio: Self { ratio(suchAs: "0.70") }
    fileprivate static var share: Self { ratio(suchAs: "0.01") }
    fileprivate static var wait: Self { seconds(.seconds(1), to: .days(1)) }
    /// So many errors a minute.
    fileprivate static var errorFloor: Self { number(1...1e9) }
    fileprivate static var hysteresis: Self {
        number(
            "ratio", "a difference of ratios from 0 to below 1, such as 0.02",
            NumberBounds(0, 1, excludesMost: true))
    }
}

extension Form where Value == Int {
    fileprivate static var forecastDays: Self { integer(1...365) }
    fileprivate static var endOfLifeDays: Self { integer(0...730) }
}

extension Form where Value == String {
    /// Is sent to everybody who receives alerts, so it may hold no secret. Without a closing slash.
    fileprivate static var publicURL: Self {
        Form("URL", shape: .url) { scalar throws(InvalidValue) in
            let url = try ServiceURL(scalar.text)
            guard !url.hasUser, !url.hasQuery else {
                throw InvalidValue("the URL has no user and no query; allowed: https://host/path")
            }
            var text = url.text.value
            while text.hasSuffix("/") { text.removeLast() }
            return text
        }
    }
}
