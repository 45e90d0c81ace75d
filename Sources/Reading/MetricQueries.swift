import AWSClient
import QuotaModel
import UsageStore

/// Turns the series of a read into CloudWatch queries and the answers back into rows.
package struct MetricQueries {
    private struct Asked {
        let modelID: String
        let metric: UsageMetric
        let name: String
        /// 0 for the usual spelling of the metric's name; a lower rank wins where two spellings have data.
        let rank: Int
    }

    package let queries: [MetricQuery]
    private let asked: [String: Asked]
    package let window: Range<Minute>
    private let modelIDs: [String]
    /// Model IDs of which metrics were left out.
    private let reduced: Set<String>

    /// - Parameters:
    ///   - names: CloudWatch's metric names of each model ID, as discovered; what is older than CloudWatch lists
    ///     metrics is asked for every one.
    ///   - refused: Metrics not to ask for; their series do not count as read completely.
    ///   - periodSeconds: What one datapoint stands for.
    package init(
        _ read: PollPlan.Read, names: [String: Set<String>], without refused: Set<MetricName> = [],
        periodSeconds: Int = 60
    ) {
        var queries: [MetricQuery] = []
        var reduced: Set<String> = []
        var asked: [String: Asked] = [:]
        for modelID in read.modelIDs {
            let series = SeriesName(modelID)
            let listed = names[modelID]
            let dimensions = series.dimensions.map { MetricDimension(name: $0.name, value: $0.value) }
            for metric in UsageMetric.allCases {
                for (rank, name) in (series.source.metricNames[metric] ?? []).enumerated()
                where read.asksEveryMetric || listed?.contains(name) == true {
                    guard !refused.contains(MetricName(modelID: modelID, metric: name)) else {
                        reduced.insert(modelID)
                        continue
                    }
                    let id = "q\(queries.count)"
                    queries.append(
                        MetricQuery(
                            id: id, namespace: series.source.namespace, metricName: name,
                            dimensions: dimensions, statistic: metric.statistic.rawValue,
                            periodSeconds: periodSeconds))
                    asked[id] = Asked(modelID: modelID, metric: metric, name: name, rank: rank)
                }
            }
        }
        self.queries = queries
        self.asked = asked
        window = read.window
        modelIDs = read.modelIDs
        self.reduced = reduced
    }

    /// Whether metrics were left out.
    package var isReduced: Bool { !reduced.isEmpty }

    /// What queries ask for, by their ids.
    package func names(of ids: Set<String>) -> [MetricName] {
        ids.sorted().compactMap { id in asked[id].map { MetricName(modelID: $0.modelID, metric: $0.name) } }
    }

    /// How many queries each series costs, by its CloudWatch names.
    package static func costs(_ names: [String: Set<String>]) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: names.map { ($0.key, cost(of: $0.key, $0.value)) })
    }

    /// How many queries a series costs.
    package static func cost(of series: String, _ names: Set<String>) -> Int {
        let source = SeriesName(series).source
        return names.count { source.metric(named: $0) != nil }
    }

    /// The rows of an answer, and the minutes that count as covered: those settled at the time of the request, of the
    /// series whose queries were all answered completely.
    ///
    /// Rank decides minute by minute between two spellings of a metric: never their sum.
    package func records(_ results: [String: MetricSeries], settledEdge: Minute) -> [SeriesRecord] {
        let settled = window.clamped(to: window.lowerBound..<max(window.lowerBound, settledEdge))
        var ids: [String: [(id: String, metric: UsageMetric, rank: Int)]] = [:]
        for (id, source) in asked {
            ids[source.modelID, default: []].append((id, source.metric, source.rank))
        }
        return modelIDs.map { modelID in
            var minutes: [RecordedMinute] = []
            // What was not asked for is not covered.
            var isWhole = ids[modelID] != nil && !reduced.contains(modelID)
            for (id, metric, _) in (ids[modelID] ?? []).sorted(by: { $0.rank > $1.rank }) {
                let result = results[id]
                isWhole = isWhole && result?.status == .complete
                Self.take(result?.points ?? [], of: metric, into: &minutes)
            }
            return SeriesRecord(
                modelID: modelID, minutes: minutes, covered: isWhole && !settled.isEmpty ? [settled] : [])
        }
    }

    /// Takes a metric's points into the minutes, both ascending. Mostly all metrics have points in the same minutes.
    private static func take(
        _ points: [MetricPoint], of metric: UsageMetric, into minutes: inout [RecordedMinute]
    ) {
        minutes.reserveCapacity(points.count)
        var index = 0
        for point in points {
            let minute = Minute(containingEpochSeconds: point.epochSeconds)
            while index < minutes.count, minutes[index].minute < minute { index += 1 }
            if index == minutes.count || minutes[index].minute != minute {
                minutes.insert(RecordedMinute(minute: minute, usage: UsageMinute()), at: index)
            }
            minutes[index].usage[metric] = point.value
        }
    }
}

/// A metric of a model ID, by CloudWatch's names.
package struct MetricName: Hashable {
    package let modelID: String
    package let metric: String
}
