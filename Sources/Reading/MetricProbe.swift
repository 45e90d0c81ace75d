import AWSClient
import QuotaModel

/// A single metric of one model ID, asked for to decide whether the others are read too. It is not stored.
package struct MetricProbe: Hashable, Sendable {
    package let modelID: String
    /// CloudWatch's name.
    package let name: String

    package init(modelID: String, name: String) {
        self.modelID = modelID
        self.name = name
    }
}

/// Queries for account-wide series and probes, and what became of them.
package struct DecidingQueries {
    private enum Target {
        case account(UsageMetric)
        case probe(String, UsageMetric)
    }

    package let queries: [MetricQuery]
    private let targets: [String: Target]

    package init(_ account: AccountSeries?, probes: [MetricProbe]) {
        var queries: [MetricQuery] = []
        var targets: [String: Target] = [:]
        func ask(_ name: String, _ dimensions: [MetricDimension], _ target: (UsageMetric) -> Target) {
            guard let metric = UsageMetric(cloudWatchName: name) else { return }
            let id = "a\(queries.count)"
            queries.append(
                MetricQuery(
                    id: id, namespace: MetricQueries.namespace, metricName: name, dimensions: dimensions,
                    statistic: metric.statistic.rawValue))
            targets[id] = target(metric)
        }
        for name in account?.names.sorted() ?? [] { ask(name, []) { .account($0) } }
        for probe in probes {
            ask(probe.name, [MetricDimension(name: MetricQueries.dimension, value: probe.modelID)]) {
                .probe(probe.modelID, $0)
            }
        }
        self.queries = queries
        self.targets = targets
    }

    /// What the whole account had; nil unless every query for it was answered completely.
    ///
    /// Of two spellings of a metric both count: a bound may be too high, but never too low.
    package func ceiling(
        _ results: [String: MetricSeries], window: Range<Minute>, metrics: Set<UsageMetric>
    ) -> AccountCeiling? {
        var ceiling = AccountCeiling(window: window, metrics: metrics)
        for (id, target) in targets {
            guard case .account(let metric) = target else { continue }
            guard let result = results[id], result.status == .complete else { return nil }
            for point in result.points { ceiling.add(point, metric) }
        }
        return ceiling
    }

    /// The answers to probes; a metric counts as exact when all of its spellings were answered completely.
    package func probed(_ results: [String: MetricSeries]) -> ProbedCounts {
        var probed = ProbedCounts()
        for (id, target) in targets {
            guard case .probe(let modelID, let metric) = target else { continue }
            probed.take(
                results[id] ?? MetricSeries(status: .failed("no answer"), points: []), metric, of: modelID)
        }
        return probed
    }
}

/// What probes said of single series in the minutes under decision.
package struct ProbedCounts: Sendable {
    package private(set) var counts: [String: [Minute: WatchedCounts]] = [:]
    private var answered: [String: Set<UsageMetric>] = [:]
    private var unanswered: [String: Set<UsageMetric>] = [:]

    package init() {}

    package mutating func take(_ series: MetricSeries, _ metric: UsageMetric, of modelID: String) {
        if series.status == .complete {
            answered[modelID, default: []].insert(metric)
        } else {
            unanswered[modelID, default: []].insert(metric)
        }
        for point in series.points {
            let minute = Minute(containingEpochSeconds: point.epochSeconds)
            counts[modelID, default: [:]][minute, default: WatchedCounts()][metric] += point.value
        }
    }

    /// Adds the answers to probes of other metrics or model IDs.
    package mutating func add(_ other: ProbedCounts) {
        for (modelID, minutes) in other.counts {
            for (minute, more) in minutes {
                counts[modelID, default: [:]][minute, default: WatchedCounts()].raise(to: more)
            }
        }
        answered.merge(other.answered) { $0.union($1) }
        unanswered.merge(other.unanswered) { $0.union($1) }
    }

    /// Whether the series' count of this metric is known as exactly as a read would tell.
    package func isExact(_ modelID: String, _ metric: UsageMetric) -> Bool {
        answered[modelID]?.contains(metric) == true && unanswered[modelID]?.contains(metric) != true
    }
}
