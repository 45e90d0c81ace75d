extension ConfigurationPage {
    /// Section `alerts` of the page.
    static func alerts(_ alerts: AlertsConfiguration, _ page: inout YAMLWriter) {
        page.open("alerts")
        page.number("warning", alerts.warning)
        page.number("critical", alerts.critical)
        minutes(alerts.minutes, &page)
        page.plain("for", alerts.for)
        page.plain("resolve_after", alerts.resolveAfter)
        page.number("hysteresis", alerts.hysteresis)
        page.text("page_url", alerts.pageURL?.descriptionWithPath)
        page.open("rules")
        for rule in AlertRuleName.allCases { self.rule(rule, alerts.rules, &page) }
        page.close()
        page.list("overrides", alerts.overrides, override)
        page.list("receivers", alerts.receivers, receiver)
        page.close()
    }

    private static func minutes(_ minutes: AlertMinutes, _ page: inout YAMLWriter) {
        page.open("minutes")
        page.plain("at_least", minutes.atLeast)
        page.plain("of", minutes.of)
        page.close()
    }

    private static func rule(
        _ rule: AlertRuleName, _ rules: AlertRulesConfiguration, _ page: inout YAMLWriter
    ) {
        page.open(rule.rawValue)
        page.plain("enabled", !rules.disabled.contains(rule))
        switch rule {
        case .throttling:
            page.number("throttle_floor", rules.throttleFloor)
            page.number("throttle_warning", rules.throttleWarning)
            page.number("throttle_critical", rules.throttleCritical)
            page.number("client_error_floor", rules.clientErrorFloor)
            page.number("client_error_deviations", rules.clientErrorDeviations)
        case .exhaustionForecast: page.plain("days", rules.forecastDays)
        case .dataStale: page.plain("after", rules.staleAfter)
        case .deliveryLag: page.plain("after", rules.lateAfter)
        case .pollFailing: page.plain("after", rules.pollFailingAfter)
        case .quotaWarning, .quotaCritical, .throttlingCritical, .quotaChanged, .unmappedModel,
            .burndownMismatch:
            break
        }
        page.close()
    }

    /// Figures that the override leaves as they are are not written.
    private static func override(_ override: ConfiguredAlertOverride, _ page: inout YAMLWriter) {
        page.text("account", override.account)
        page.text("region", override.region)
        page.text("scope", override.scope?.rawValue)
        page.text("model", override.model)
        page.plain("enabled", override.isEnabled)
        if let warning = override.warning { page.number("warning", warning) }
        if let critical = override.critical { page.number("critical", critical) }
        if let minutes = override.minutes { self.minutes(minutes, &page) }
        if let wait = override.for { page.plain("for", wait) }
        if let resolveAfter = override.resolveAfter { page.plain("resolve_after", resolveAfter) }
        if let days = override.forecastDays { page.plain("forecast_days", days) }
        if let floor = override.throttleFloor { page.number("throttle_floor", floor) }
        if let share = override.throttleWarning { page.number("throttle_warning", share) }
        if let share = override.throttleCritical { page.number("throttle_critical", share) }
        if let floor = override.clientErrorFloor { page.number("client_error_floor", floor) }
    }

    private static func receiver(_ receiver: AlertReceiver, _ page: inout YAMLWriter) {
        page.text("type", receiver.kind.rawValue)
        page.text("name", receiver.name)
        switch receiver.target {
        case .alertmanager(let url):
            page.text("url", url.descriptionWithPath)
            page.plain("resend", receiver.resend)
        case .webhook(let url):
            page.text("url", url.description)
            page.text("hmac_secret_file", receiver.hmacSecretFile)
        case .slack(let url): page.text("url", url.description)
        case .sns(let topicARN):
            page.text("topic_arn", topicARN)
            page.text("profile", receiver.profile)
            page.text("role_arn", receiver.roleARN)
        case .command(let program, let arguments):
            page.texts("command", [program] + arguments.map(\.description))
        }
        if receiver.kind != .alertmanager { page.plain("group", receiver.isGrouped) }
    }
}
