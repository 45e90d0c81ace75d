import AWSClient
import QuotaModel

/// CloudWatch's account-wide series of a Region, the ones without a dimension, and single metrics beside them where
/// they are missing.
///
/// Invariant 1 holds: nothing of this is stored or added to anything. It bounds from above what any series can have had.
package struct AccountSeries: Equatable, Sendable {
    /// Without these there is no bound on the use of a quota.
    package static let needed: Set<UsageMetric> = [.invocations, .inputTokens, .outputTokens]

    /// The names that CloudWatch lists without a dimension, those that are watched.
    package let names: Set<String>
    /// What the names stand for.
    package let metrics: Set<UsageMetric>

    /// - Parameter names: As `ListMetrics` shows them under no dimension.
    package init(names: Set<String>) {
        let watched = names.filter { name in
            UsageMetric(cloudWatchName: name).map(WatchedCounts.metrics.contains) == true
        }
        self.names = watched
        metrics = Set(watched.compactMap(UsageMetric.init(cloudWatchName:)))
    }

    /// What any traffic shows in: where these are silent, there were no tokens either.
    private static let signs: Set<UsageMetric> = [.invocations, .throttles, .clientErrors]

    /// The series that tell whether there was anything at all, which are asked for first; and the others.
    package var byTurns: (first: AccountSeries, rest: AccountSeries) {
        let first = names.filter { UsageMetric(cloudWatchName: $0).map(Self.signs.contains) == true }
        return (AccountSeries(names: first), AccountSeries(names: names.subtracting(first)))
    }

    /// Whether they bound tokens and requests at all.
    package var isUsable: Bool { metrics.isSuperset(of: Self.needed) }
}

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

    /// Takes what other series of the same minutes had.
    package mutating func add(_ other: AccountCeiling) {
        for (minute, counts) in other.counts { self.counts[minute, default: WatchedCounts()].add(counts) }
    }

    /// Whether the account had nothing.
    package var isSilent: Bool { counts.values.allSatisfy { $0 == WatchedCounts() } }

    /// The minutes in which the account had anything.
    package var minutes: some Collection<Minute> { counts.keys }

    package subscript(minute: Minute) -> WatchedCounts { counts[minute] ?? WatchedCounts() }
}

/// Whether the account-wide series of a Region hold what the model IDs add up to; once they do not, they are not relied
/// on for a day.
package struct AccountTrust: Equatable, Sendable {

    package init() {
    }
    /// How long a series that was found wrong is not used.
    package static let distrustSeconds = 86_400.0
    /// Counts are whole numbers, sums of them exact; what goes beyond is no rounding.
    private static let tolerance = 0.5

    package private(set) var distrustedUntil: Double?

    package func isTrusted(now: Double) -> Bool {
        guard let distrustedUntil else { return true }
        // A clock set back must not postpone it for ever.
        return now >= distrustedUntil || distrustedUntil - now > Self.distrustSeconds
    }

    /// The first settled minute in which single series had more than the whole account, with the metric.
    package static func contradiction(
        _ ceiling: AccountCeiling, _ recent: RecentCounts, settledEdge: Minute
    ) -> (minute: Minute, metric: UsageMetric)? {
        let settled = ceiling.window.clamped(to: recent.window)
        for minute in settled where minute < settledEdge {
            let known = recent.sum(at: minute)
            let whole = ceiling[minute]
            for metric in WatchedCounts.metrics where ceiling.metrics.contains(metric) {
                if known[metric] > whole[metric] + Self.tolerance { return (minute, metric) }
            }
        }
        return nil
    }

    package mutating func distrust(now: Double) { distrustedUntil = now + Self.distrustSeconds }
}
