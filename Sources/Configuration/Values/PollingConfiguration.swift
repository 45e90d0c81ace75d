/// How often AWS is asked, and about how much of the past.
package struct PollingConfiguration: Equatable, Sendable {
    package var interval = TimeSpan.seconds(60)
    /// The trailing time that every poll reads again.
    package var rereadWindow = TimeSpan.minutes(15)
    /// The age at which CloudWatch no longer changes a minute.
    package var settleDelay = TimeSpan.minutes(3)
    /// How long nothing is delivered of a busy Region before that counts as no traffic.
    package var silenceTimeout = TimeSpan.minutes(45)
    /// Read pools less often while the account's traffic cannot bring them near a limit.
    package var adaptive = false
    /// How often such pools are read.
    package var relaxedInterval = TimeSpan.minutes(15)
    /// US dollars that GetMetricData may cost in a calendar month, all accounts together; nil for no limit.
    package var monthlyBudget: Double?
    /// How often the model IDs with metrics are looked up.
    package var discoveryInterval = TimeSpan.minutes(15)
    /// How often quotas and inference profiles are read.
    package var quotaInterval = TimeSpan.hours(1)
    /// How far back the first poll of a new series reads.
    package var backfill = TimeSpan.days(15)

    package init() {}

    init(_ section: SectionReader) {
        let mark = section.problems.count
        let standard = PollingConfiguration()
        func span(_ key: String, _ value: TimeSpan, _ bounds: ClosedRange<TimeSpan>) -> TimeSpan {
            section.value(key, default: value) { scalar throws(InvalidValue) in
                try scalar.duration(in: bounds)
            }
        }
        interval = span("interval", standard.interval, ConfigurationLimits.interval)
        rereadWindow = span("reread_window", standard.rereadWindow, ConfigurationLimits.rereadWindow)
        settleDelay = span("settle_delay", standard.settleDelay, ConfigurationLimits.settleDelay)
        silenceTimeout = span("silence_timeout", standard.silenceTimeout, ConfigurationLimits.silenceTimeout)
        adaptive = section.value("adaptive", default: standard.adaptive, AlertForms.flag)
        relaxedInterval = span(
            "relaxed_interval", standard.relaxedInterval, ConfigurationLimits.relaxedInterval)
        monthlyBudget = section.optional("monthly_budget") { scalar throws(InvalidValue) in
            let bounds = ConfigurationLimits.monthlyBudget
            return try scalar.number(
                "US dollars from \(bounds.lowerBound) to \(Int(bounds.upperBound))"
            ) { bounds.contains($0) }
        }
        discoveryInterval = span(
            "discovery_interval", standard.discoveryInterval, ConfigurationLimits.discoveryInterval)
        quotaInterval = span("quota_interval", standard.quotaInterval, ConfigurationLimits.quotaInterval)
        backfill = span("backfill", standard.backfill, ConfigurationLimits.backfill)
        if section.problems.count == mark { checkTogether(section) }
    }

    /// What single values cannot tell. Every minute must be read at least once after it has settled.
    private func checkTogether(_ section: SectionReader) {
        if rereadWindow < interval + settleDelay {
            section.report(
                "reread_window",
                "\(rereadWindow) is shorter than interval and settle_delay together, \(interval + settleDelay), "
                    + "so settled minutes would be missed; allowed: at least as long")
        }
        if backfill < rereadWindow {
            section.report(
                "backfill",
                "\(backfill) is shorter than reread_window, \(rereadWindow); allowed: at least as long")
        }
        if discoveryInterval < interval {
            section.report(
                "discovery_interval",
                "\(discoveryInterval) is shorter than interval, \(interval); allowed: at least as long")
        }
    }
}
