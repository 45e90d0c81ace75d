import AWSClient
import QuotaModel
import UsageStore

/// Turns the series of a read into CloudWatch queries and the answers back into rows.
package struct MetricQueries {
    private struct Asked {
        let metric: UsageMetric
        /// 0 for the usual spelling of the metric's name; a lower rank wins where two spellings have data.
        let rank: Int
    }

    /// A series with its part of the queries, which follow each other.
    private struct Series {
        let modelID: String
        let queries: Range<Int>
        /// Metrics of it were left out.
        let isReduced: Bool
    }

    package private(set) var queries: [MetricQuery] = []
    /// Of each query.
    private var asked: [Asked] = []
    private var series: [Series] = []
    package let window: Range<Minute>

    /// - Parameters:
    ///   - names: CloudWatch's metric names of each model ID, as discovered; what is older than CloudWatch lists
    ///     metrics is asked for every one.
    ///   - refused: Metrics not to ask for; their series do not count as read completely.
    ///   - periodSeconds: What one datapoint stands for.
    package init(
        _ read: PollPlan.Read, names: [String: Set<String>], without refused: Set<MetricName> = [],
        periodSeconds: Int = 60
    ) {
        window = read.window
        for modelID in read.modelIDs {
            let listed = names[modelID] ?? []
            let first = queries.count
            var isReduced = false
            let series = SeriesName(modelID)
            let dimensions = series.dimensions.map { MetricDimension(name: $0.name, value: $0.value) }
            for asked in series.source.metrics where read.asksEveryMetric || listed.contains(asked.name) {
                guard !refused.contains(MetricName(modelID: modelID, metric: asked.name)) else {
                    isReduced = true
                    continue
                }
                queries.append(
                    MetricQuery(
                        id: "q" + String(queries.count), namespace: series.source.namespace,
                        metricName: asked.name,
                        dimensions: dimensions, statistic: asked.metric.statistic.rawValue,
                        periodSeconds: periodSeconds))
                self.asked.append(Asked(metric: asked.metric, rank: asked.rank))
            }
            self.series.append(
                Series(modelID: modelID, queries: first..<queries.count, isReduced: isReduced))
        }
    }

    /// Whether metrics were left out.
    package var isReduced: Bool { series.contains(where: \.isReduced) }

    /// What queries ask for, by their ids.
    package func names(of ids: Set<String>) -> [MetricName] {
        guard !ids.isEmpty else { return [] }
        return series.flatMap { series in
            queries[series.queries].filter { ids.contains($0.id) }.map {
                MetricName(modelID: series.modelID, metric: $0.metricName)
            }
        }
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
        return series.map { series in
            var minutes: [RecordedMinute] = []
            // What was not asked for is not covered.
            var isWhole = !series.queries.isEmpty && !series.isReduced
            for index in series.queries.sorted(by: { asked[$0].rank > asked[$1].rank }) {
                let result = results[queries[index].id]
                isWhole = isWhole && result?.status == .complete
                Self.take(result?.points ?? [], of: asked[index].metric, into: &minutes)
            }
            return SeriesRecord(
                modelID: series.modelID, minutes: minutes,
                covered: isWhole && !settled.isEmpty ? [settled] : [])
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
