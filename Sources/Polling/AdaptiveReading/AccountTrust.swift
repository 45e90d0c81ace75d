import QuotaModel
import Reading

/// Whether the account-wide series of a Region hold what the model IDs add up to; once they do not, they are not relied
/// on for a day.
struct AccountTrust: Equatable, Sendable {
    /// How long a series that was found wrong is not used.
    static let distrustSeconds = 86_400.0
    /// Counts are whole numbers, sums of them exact; what goes beyond is no rounding.
    private static let tolerance = 0.5

    private(set) var distrustedUntil: Double?

    func isTrusted(now: Double) -> Bool {
        guard let distrustedUntil else { return true }
        // A clock set back must not postpone it for ever.
        return now >= distrustedUntil || distrustedUntil - now > Self.distrustSeconds
    }

    /// The first settled minute in which single series had more than the whole account, with the metric.
    static func contradiction(
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

    mutating func distrust(now: Double) { distrustedUntil = now + Self.distrustSeconds }
}
