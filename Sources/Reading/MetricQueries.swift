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
    private let window: Range<Minute>
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
            let dimensions = series.dimensions.map { MetricDimension(name: $0.name, value: $0.value) }
            for metric in UsageMetric.allCases {
                for (rank, name) in (series.source.metricNames[metric] ?? []).enumerated()
                where read.asksEveryMetric || names[modelID]?.contains(name) == true {
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
        var rows: [String: [Minute: UsageMinute]] = [:]
        // What was not asked for is not covered.
        var incomplete = Set(modelIDs).subtracting(asked.values.map(\.modelID)).union(reduced)
        for (id, source) in asked.sorted(by: { $0.value.rank > $1.value.rank }) {
            guard let result = results[id] else {
                incomplete.insert(source.modelID)
                continue
            }
            if result.status != .complete { incomplete.insert(source.modelID) }
            for point in result.points {
                let minute = Minute(containingEpochSeconds: point.epochSeconds)
                rows[source.modelID, default: [:]][minute, default: UsageMinute()][source.metric] =
                    point.value
            }
        }
        let settled = window.clamped(to: window.lowerBound..<max(window.lowerBound, settledEdge))
        return modelIDs.map { modelID in
            SeriesRecord(
                modelID: modelID,
                minutes: (rows[modelID] ?? [:]).sorted { $0.key < $1.key }.map {
                    RecordedMinute(minute: $0.key, usage: $0.value)
                },
                covered: incomplete.contains(modelID) || settled.isEmpty ? [] : [settled])
        }
    }
}

/// A metric of a model ID, by CloudWatch's names.
package struct MetricName: Hashable {
    package let modelID: String
    package let metric: String
}
