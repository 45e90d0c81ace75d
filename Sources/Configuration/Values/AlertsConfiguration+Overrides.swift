import QuotaModel

/// Other alert figures for the pools that match. A part that is nil matches all, or leaves the figure as it is.
package struct ConfiguredAlertOverride: Equatable, Sendable {
    package var account: String?
    package var region: String?
    package var scope: InferenceScope?
    /// A base model ID, or its beginning followed by `*`.
    package var model: String?
    /// False raises no alerts of these pools.
    package var isEnabled = true
    package var warning: Double?
    package var critical: Double?
    package var minutes: AlertMinutes?
    package var `for`: TimeSpan?
    package var resolveAfter: TimeSpan?
    package var forecastDays: Int?
    package var throttleFloor: Double?
    package var throttleWarning: Double?
    package var throttleCritical: Double?
    package var clientErrorFloor: Double?

    package init() {}

    /// The keys that say which pools, and those that say what is different.
    private static let selectors = ["account", "region", "scope", "model"]
    private static let figures = [
        "enabled", "warning", "critical", "minutes", "for", "resolve_after", "forecast_days",
        "throttle_floor", "throttle_warning", "throttle_critical", "client_error_floor",
    ]

    /// Nil, with the problem reported, when it selects nothing or changes nothing.
    init?(_ section: SectionReader, accounts: [AccountConfiguration]?) {
        account = section.optional("account") { scalar throws(InvalidValue) in try scalar.name() }
        region = section.optional("region", RegionName.parse)
        scope = section.optional("scope") { scalar throws(InvalidValue) in
            try scalar.word(InferenceScope.self)
        }
        model = section.optional("model", ModelName.pattern)
        isEnabled = section.optional("enabled", AlertForms.flag) ?? true
        warning = section.optional("warning", AlertForms.ratio)
        critical = section.optional("critical", AlertForms.ratio)
        minutes = section.section("minutes").map { AlertMinutes($0, default: AlertMinutes()) }
        `for` = section.optional("for", AlertForms.wait)
        resolveAfter = section.optional("resolve_after", AlertForms.wait)
        forecastDays = section.optional("forecast_days", AlertForms.forecastDays)
        throttleFloor = section.optional("throttle_floor", AlertForms.errorFloor)
        throttleWarning = section.optional("throttle_warning", AlertForms.share)
        throttleCritical = section.optional("throttle_critical", AlertForms.share)
        clientErrorFloor = section.optional("client_error_floor", AlertForms.errorFloor)
        for (keys, verb) in [(Self.selectors, "selects no pools"), (Self.figures, "changes nothing")]
        where !keys.contains(where: section.has) {
            section.problems.add(
                section.position, section.path,
                "\(verb); allowed: one or more of \(keys.joined(separator: ", "))")
            return nil
        }
        // The same check as for a quota's override: one that can match no pool is a mistake.
        if let accounts {
            ConfiguredQuota(account: account, region: region, model: "", limits: [:])
                .check(against: accounts, section)
        }
    }

    /// The thresholds together with those of `alerts`, where this override leaves them.
    func checkOrder(_ section: SectionReader, standard: AlertsConfiguration) {
        if warning != nil || critical != nil {
            AlertForms.checkOrder(
                section, ("warning", warning ?? standard.warning), ("critical", critical ?? standard.critical)
            )
        }
        if throttleWarning != nil || throttleCritical != nil {
            AlertForms.checkOrder(
                section, ("throttle_warning", throttleWarning ?? standard.rules.throttleWarning),
                ("throttle_critical", throttleCritical ?? standard.rules.throttleCritical))
        }
    }
}
