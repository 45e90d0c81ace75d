import Alerting
import Configuration
import QuotaModel

extension AlertRules {
    /// The rules that section `alerts` asks for.
    package init(_ alerts: AlertsConfiguration) {
        self.init()
        standard.warning = alerts.warning
        standard.critical = alerts.critical
        standard.minutes = MinuteCount(alerts.minutes)
        standard.forSeconds = Double(alerts.for.seconds)
        standard.resolveAfterSeconds = Double(alerts.resolveAfter.seconds)
        standard.hysteresis = alerts.hysteresis
        standard.throttleFloor = alerts.rules.throttleFloor
        standard.throttleWarning = alerts.rules.throttleWarning
        standard.throttleCritical = alerts.rules.throttleCritical
        standard.clientErrorFloor = alerts.rules.clientErrorFloor
        standard.clientErrorDeviations = alerts.rules.clientErrorDeviations
        standard.forecastDays = Double(alerts.rules.forecastDays)
        standard.disabled = Set(alerts.rules.disabled.compactMap { AlertKind(rawValue: $0.alertName) })
        overrides = alerts.overrides.map(AlertOverride.init)
        staleAfterSeconds = Double(alerts.rules.staleAfter.seconds)
        lateAfterSeconds = Double(alerts.rules.lateAfter.seconds)
        pollFailingAfterSeconds = Double(alerts.rules.pollFailingAfter.seconds)
        pageURL = alerts.pageURL.map { url in
            var text = url.text.value
            while text.hasSuffix("/") { text.removeLast() }
            return text
        }
    }
}

extension MinuteCount {
    fileprivate init(_ minutes: AlertMinutes) { self.init(atLeast: minutes.atLeast, of: minutes.of) }
}

extension AlertOverride {
    fileprivate init(_ override: ConfiguredAlertOverride) {
        self.init()
        account = override.account
        region = override.region
        scope = override.scope
        model = override.model.map(ModelPattern.init)
        warning = override.warning
        critical = override.critical
        minutes = override.minutes.map(MinuteCount.init)
        forSeconds = override.for.map { Double($0.seconds) }
        resolveAfterSeconds = override.resolveAfter.map { Double($0.seconds) }
        forecastDays = override.forecastDays.map(Double.init)
        throttleFloor = override.throttleFloor
        throttleWarning = override.throttleWarning
        throttleCritical = override.throttleCritical
        clientErrorFloor = override.clientErrorFloor
        if !override.isEnabled { disabled = Set(AlertKind.allCases) }
    }
}

extension AlertCenter.Settings {
    package init(_ alerts: AlertsConfiguration, isWatched: @escaping @Sendable (RegionKey) -> Bool) {
        self.init(
            rules: AlertRules(alerts), receivers: NotificationOutbox.forms(alerts.receivers),
            isWatched: isWatched)
    }
}

extension NotificationOutbox {
    /// How each configured receiver is told, by its name.
    static func forms(_ receivers: [AlertReceiver]) -> [String: MessageForm] {
        Dictionary(
            receivers.map { receiver in
                (
                    receiver.name,
                    receiver.kind == .alertmanager ? .batch : receiver.isGrouped ? .grouped : .single
                )
            }, uniquingKeysWith: { first, _ in first })
    }
}
