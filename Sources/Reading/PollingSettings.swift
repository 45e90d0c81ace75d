import System

/// How often AWS is asked, and about how much of the past.
package struct PollingSettings: Equatable, Sendable {
    package var interval = TimeSpan.seconds(60)
    /// The trailing time that every poll reads again.
    package var rereadWindow = TimeSpan.minutes(15)
    /// The age at which CloudWatch no longer changes a minute.
    package var settleDelay = TimeSpan.minutes(3)
    /// How long nothing is delivered of a busy Region before that counts as no traffic.
    package var silenceTimeout = TimeSpan.minutes(45)
    /// Read pools less often while the account's traffic cannot bring them near a limit.
    package var isAdaptive = false
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

    /// The defaults, with what `change` makes of them.
    package init(_ change: (inout PollingSettings) -> Void = { _ in }) { change(&self) }
}
