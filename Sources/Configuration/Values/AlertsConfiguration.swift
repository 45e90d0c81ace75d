/// When people are told, and where.
package struct AlertsConfiguration: Equatable, Sendable {
    /// Utilization from which a warning is raised; above 0, below `critical`.
    package var warning = 0.70
    /// Utilization from which the alert is critical; up to 1.
    package var critical = 0.80
    package var minutes = AlertMinutes()
    /// How long the utilization must be up, in minutes of data, before an alert fires.
    package var `for` = TimeSpan.minutes(2)
    /// How long it must stay down, in settled minutes, before the alert resolves.
    package var resolveAfter = TimeSpan.minutes(5)
    /// How far below its threshold a minute counts as down; below `warning`.
    package var hysteresis = 0.02
    /// Where people reach this daemon's page; nil for no links.
    package var pageURL: ServiceURL?
    package var rules = AlertRulesConfiguration()
    package var overrides: [ConfiguredAlertOverride] = []
    /// Each with a name of its own.
    package var receivers: [AlertReceiver] = []

    package init() {}

    /// `accounts` is nil when overrides cannot be checked against them.
    init(_ section: SectionReader, accounts: [AccountConfiguration]?) {
        let mark = section.problems.count
        let standard = AlertsConfiguration()
        warning = section.value("warning", default: standard.warning, AlertForms.ratio)
        critical = section.value("critical", default: standard.critical, AlertForms.ratio)
        minutes = section.section("minutes").map { AlertMinutes($0, default: standard.minutes) } ?? minutes
        `for` = section.value("for", default: standard.for, AlertForms.wait)
        resolveAfter = section.value("resolve_after", default: standard.resolveAfter, AlertForms.wait)
        hysteresis = section.value("hysteresis", default: standard.hysteresis, AlertForms.hysteresis)
        pageURL = section.optional("page_url", AlertForms.pageURL)
        if section.problems.count == mark { checkOrder(section) }
        rules = section.section("rules").map { AlertRulesConfiguration($0) } ?? rules
        let isChecked = section.problems.count == mark
        for override in section.sections("overrides", atMost: ConfigurationLimits.alertOverrides) ?? [] {
            guard let value = ConfiguredAlertOverride(override, accounts: accounts) else { continue }
            if isChecked { value.checkOrder(override, standard: self) }
            overrides.append(value)
        }
        receivers = AlertReceiver.list(section)
    }

    private func checkOrder(_ section: SectionReader) {
        if !AlertForms.checkOrder(section, ("warning", warning), ("critical", critical)) { return }
        if hysteresis >= warning {
            let key = section.has("hysteresis") ? "hysteresis" : "warning"
            section.report(
                key,
                "hysteresis, \(hysteresis), is not below warning, \(warning); allowed: a hysteresis below warning"
            )
        }
    }
}

/// At least so many of so many minutes in a row.
package struct AlertMinutes: Equatable, Sendable {
    package var atLeast = 2
    /// From `atLeast` to 60.
    package var of = 5

    package init(atLeast: Int = 2, of: Int = 5) {
        self.atLeast = atLeast
        self.of = of
    }

    init(_ section: SectionReader, default standard: AlertMinutes) {
        let mark = section.problems.count
        atLeast = section.value("at_least", default: standard.atLeast, Self.count)
        of = section.value("of", default: standard.of, Self.count)
        guard atLeast > of, section.problems.count == mark else { return }
        section.report(
            section.has("at_least") ? "at_least" : "of",
            "at_least, \(atLeast), is more than of, \(of); allowed: at most as many")
    }

    private static func count(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Int {
        try scalar.integer(in: ConfigurationLimits.alertMinutes)
    }
}

/// The forms of values in section `alerts`.
enum AlertForms {
    static func ratio(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Double {
        try scalar.number("a ratio above 0 and up to 1, such as 0.70") { $0 > 0 && $0 <= 1 }
    }

    static func share(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Double {
        try scalar.number("a ratio above 0 and up to 1, such as 0.01") { $0 > 0 && $0 <= 1 }
    }

    /// Reports a threshold that is not below the one above it, at the key that the section has; false then.
    @discardableResult
    static func checkOrder(
        _ section: SectionReader, _ low: (key: String, value: Double), _ high: (key: String, value: Double)
    ) -> Bool {
        guard low.value >= high.value else { return true }
        section.report(
            section.has(low.key) ? low.key : high.key,
            "\(low.key), \(low.value), is not below \(high.key), \(high.value); allowed: a \(low.key) below \(high.key)"
        )
        return false
    }

    static func hysteresis(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Double {
        try scalar.number("a difference of ratios from 0 to below 1, such as 0.02") { $0 >= 0 && $0 < 1 }
    }

    static func wait(_ scalar: ConfiguredScalar) throws(InvalidValue) -> TimeSpan {
        try scalar.duration(in: ConfigurationLimits.alertFor)
    }

    static func staleAfter(_ scalar: ConfiguredScalar) throws(InvalidValue) -> TimeSpan {
        try scalar.duration(in: ConfigurationLimits.staleAfter)
    }

    static func forecastDays(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Int {
        try scalar.integer(in: ConfigurationLimits.forecastDays)
    }

    /// So many errors a minute.
    static func errorFloor(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Double {
        let bounds = ConfigurationLimits.errorFloor
        return try scalar.number("a number from \(Int(bounds.lowerBound)) to \(Int(bounds.upperBound))") {
            bounds ~= $0
        }
    }

    static func deviations(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Double {
        let bounds = ConfigurationLimits.clientErrorDeviations
        return try scalar.number("a number from \(Int(bounds.lowerBound)) to \(Int(bounds.upperBound))") {
            bounds ~= $0
        }
    }

    /// YAML 1.2, 10.3.2: `true` and `false`, nothing else.
    static func flag(_ scalar: ConfiguredScalar) throws(InvalidValue) -> Bool {
        switch (scalar.text, scalar.isQuoted) {
        case ("true", false): return true
        case ("false", false): return false
        case _: throw InvalidValue("\(scalar.shown) is not a switch; allowed: true, false")
        }
    }

    /// Is sent to everybody who receives alerts, so it may hold no secret.
    static func pageURL(_ scalar: ConfiguredScalar) throws(InvalidValue) -> ServiceURL {
        let url = try ServiceURL(scalar)
        guard !url.hasUser, !url.hasQuery else {
            throw InvalidValue("the page's URL has no user and no query; allowed: https://host/path")
        }
        return url
    }
}
