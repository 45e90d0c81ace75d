import Reading
import System

/// Section `polling`.
enum PollingSection {
    static let fields: [Field<PollingSettings>] = [
        .value(
            "interval", \.interval, .duration(.seconds(1), to: .hours(1)),
            "How often CloudWatch is asked; AWS bills each poll."),
        // CloudWatch keeps hourly data for 455 days; re-reading more than a day on every poll costs without use.
        .value(
            "reread_window", \.rereadWindow, .duration(.seconds(2), to: .days(1)),
            "The trailing time that every poll reads again."),
        .value(
            "settle_delay", \.settleDelay, .duration(.seconds(1), to: .hours(3)),
            "The age at which a minute is taken for final."),
        // CloudWatch is at times half an hour late; unknown for longer than a working day helps nobody.
        .value(
            "silence_timeout", \.silenceTimeout, .duration(.minutes(1), to: .hours(8)),
            "How long CloudWatch may deliver nothing of a busy Region before that counts as no traffic; until then it is unknown."
        ),
        .value(
            "adaptive", \.isAdaptive, .flag,
            "Read pools far from their limits only at the relaxed interval; `false` reads everything at every poll."
        ),
        // CloudWatch's minutes wait for 15 days, but figures should not.
        .value(
            "relaxed_interval", \.relaxedInterval, .duration(.seconds(1), to: .hours(1)),
            "How often pools are read whose use cannot have come near a limit."),
        // The least is a thousand metrics.
        .optional(
            "monthly_budget", \.monthlyBudget, .number(0.01...1_000_000, unit: "US dollars"),
            "US dollars that CloudWatch may cost in a calendar month, UTC, all accounts together; polls slow down to keep it."
        ),
        .value(
            "discovery_interval", \.discoveryInterval, .duration(.seconds(1), to: .days(1)),
            "How often new model IDs are looked for, and traffic in a Region without any."),
        .value(
            "quota_interval", \.quotaInterval, .duration(.seconds(1), to: .days(7)),
            "How often quotas and models are listed, if not up to a quarter sooner; a stored list is used until it is that old."
        ),
        .value(
            "backfill", \.backfill, .duration(.minutes(1), to: .days(455)),
            "How much of the past is read for a series seen for the first time."),
        .check(checkTogether),
    ]

    /// What single values cannot tell. Every minute must be read at least once after it has settled.
    private static func checkTogether(_ section: SectionReader, _ polling: PollingSettings) {
        let (interval, reread) = (polling.interval, polling.rereadWindow)
        if reread < interval + polling.settleDelay {
            section.report(
                "reread_window",
                "\(reread) is shorter than interval and settle_delay together, \(interval + polling.settleDelay), "
                    + "so settled minutes would be missed; allowed: at least as long")
        }
        if polling.backfill < reread {
            section.report(
                "backfill",
                "\(polling.backfill) is shorter than reread_window, \(reread); allowed: at least as long")
        }
        if polling.discoveryInterval < interval {
            section.report(
                "discovery_interval",
                "\(polling.discoveryInterval) is shorter than interval, \(interval); allowed: at least as long"
            )
        }
    }
}
