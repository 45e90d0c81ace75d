import QuotaModel

/// CloudWatch's account-wide series of a Region, the ones without a dimension, and single metrics beside them where
/// they are missing.
///
/// Invariant 1 holds: nothing of this is stored or added to anything. It bounds from above what any series can have had.
package struct AccountSeries: Equatable, Sendable {
    /// Without these there is no bound on the use of a quota.
    private static let needed: Set<UsageMetric> = [.invocations, .inputTokens, .outputTokens]

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

    /// Whether they bound tokens and requests at all.
    package var isUsable: Bool { metrics.isSuperset(of: Self.needed) }

    /// The metrics of a model ID that have to be asked for one by one; nil when that is no use.
    package func probes(of modelID: String, names listed: Set<String>) -> [MetricProbe]? {
        var probes: [MetricProbe] = []
        for name in listed.sorted() {
            guard let metric = UsageMetric(cloudWatchName: name), WatchedCounts.metrics.contains(metric),
                !metrics.contains(metric)
            else { continue }
            guard !Self.needed.contains(metric) else { return nil }
            probes.append(MetricProbe(modelID: modelID, name: name))
        }
        return probes
    }
}
