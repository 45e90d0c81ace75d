/// The rules as the configuration names them.
package enum AlertRuleName: String, CaseIterable, Sendable {
    case quotaWarning = "quota_warning"
    case quotaCritical = "quota_critical"
    case throttling
    case throttlingCritical = "throttling_critical"
    case exhaustionForecast = "exhaustion_forecast"
    case quotaChanged = "quota_changed"
    case dataStale = "data_stale"
    case deliveryLag = "delivery_lag"
    case pollFailing = "poll_failing"
    case unmappedModel = "unmapped_model"
    case burndownMismatch = "burndown_mismatch"

    /// The label `alertname` of its alerts.
    package var alertName: String {
        switch self {
        case .quotaWarning: "BedrockQuotaWarning"
        case .quotaCritical: "BedrockQuotaCritical"
        case .throttling: "BedrockThrottling"
        case .throttlingCritical: "BedrockThrottlingCritical"
        case .exhaustionForecast: "BedrockQuotaExhaustionForecast"
        case .quotaChanged: "BedrockQuotaChanged"
        case .dataStale: "BedrockDataStale"
        case .deliveryLag: "BedrockDeliveryLag"
        case .pollFailing: "BedrockPollFailing"
        case .unmappedModel: "BedrockUnmappedModel"
        case .burndownMismatch: "BedrockBurndownMismatch"
        }
    }
}

/// Which rules are on, and the figures that only one rule has.
package struct AlertRulesConfiguration: Equatable, Sendable {
    package var disabled: Set<AlertRuleName> = []
    /// Throttles a minute below which the minute counts as free of them.
    package var throttleFloor = 10.0
    /// Throttled shares of requests from which there is a warning, and from which it is critical.
    package var throttleWarning = 0.01
    package var throttleCritical = 0.10
    /// Client errors a minute below which nothing is a spike.
    package var clientErrorFloor = 10.0
    /// Robust standard deviations above the last day's median that make a spike.
    package var clientErrorDeviations = 6.0
    package var forecastDays = 14
    package var staleAfter = TimeSpan.minutes(15)
    package var lateAfter = TimeSpan.minutes(10)
    package var pollFailingAfter = TimeSpan.minutes(10)

    package init() {}

    init(_ section: SectionReader) {
        for name in AlertRuleName.allCases {
            guard let rule = section.section(name.rawValue) else { continue }
            if !rule.value("enabled", default: true, AlertForms.flag) { disabled.insert(name) }
            readFigures(of: name, rule)
        }
    }

    private mutating func readFigures(of name: AlertRuleName, _ rule: SectionReader) {
        switch name {
        case .throttling:
            let mark = rule.problems.count
            throttleFloor = rule.value("throttle_floor", default: throttleFloor, AlertForms.errorFloor)
            throttleWarning = rule.value("throttle_warning", default: throttleWarning, AlertForms.share)
            throttleCritical = rule.value("throttle_critical", default: throttleCritical, AlertForms.share)
            if rule.problems.count == mark {
                AlertForms.checkOrder(
                    rule, ("throttle_warning", throttleWarning), ("throttle_critical", throttleCritical))
            }
            clientErrorFloor = rule.value(
                "client_error_floor", default: clientErrorFloor, AlertForms.errorFloor)
            clientErrorDeviations = rule.value(
                "client_error_deviations", default: clientErrorDeviations, AlertForms.deviations)
        case .exhaustionForecast:
            forecastDays = rule.value("days", default: forecastDays, AlertForms.forecastDays)
        case .dataStale: staleAfter = rule.value("after", default: staleAfter, AlertForms.staleAfter)
        case .deliveryLag: lateAfter = rule.value("after", default: lateAfter, AlertForms.wait)
        case .pollFailing: pollFailingAfter = rule.value("after", default: pollFailingAfter, AlertForms.wait)
        case .quotaWarning, .quotaCritical, .throttlingCritical, .quotaChanged, .unmappedModel,
            .burndownMismatch:
            break
        }
    }
}
