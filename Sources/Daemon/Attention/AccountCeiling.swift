import AWSClient
import QuotaModel

/// How much the whole account had in each minute of a Region.
struct AccountCeiling: Sendable {
    let window: Range<Minute>
    /// The metrics that the account-wide series have.
    let metrics: Set<UsageMetric>
    private var counts: [Minute: WatchedCounts] = [:]

    init(window: Range<Minute>, metrics: Set<UsageMetric>) {
        self.window = window
        self.metrics = metrics
    }

    mutating func add(_ point: MetricPoint, _ metric: UsageMetric) {
        counts[Minute(containingEpochSeconds: point.epochSeconds), default: WatchedCounts()][metric] +=
            point.value
    }

    /// The minutes in which the account had anything.
    var minutes: some Collection<Minute> { counts.keys }

    subscript(minute: Minute) -> WatchedCounts { counts[minute] ?? WatchedCounts() }
}
