import AWSClient
import QuotaModel

/// How much the whole account had in each minute of a Region.
package struct AccountCeiling: Sendable {
    package let window: Range<Minute>
    /// The metrics that the account-wide series have.
    package let metrics: Set<UsageMetric>
    private var counts: [Minute: WatchedCounts] = [:]

    package init(window: Range<Minute>, metrics: Set<UsageMetric>) {
        self.window = window
        self.metrics = metrics
    }

    package mutating func add(_ point: MetricPoint, _ metric: UsageMetric) {
        counts[Minute(containingEpochSeconds: point.epochSeconds), default: WatchedCounts()][metric] +=
            point.value
    }

    /// The minutes in which the account had anything.
    package var minutes: some Collection<Minute> { counts.keys }

    package subscript(minute: Minute) -> WatchedCounts { counts[minute] ?? WatchedCounts() }
}
