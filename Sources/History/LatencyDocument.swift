import Exposition
import QuotaModel
import System
import UsageStore

/// `GET /api/v1/latency`: averages of the minutes of a step, each minute weighing as much as it has requests.
package struct LatencyDocument: Encodable {
    struct Row: Encodable {
        let start: String
        let latencySeconds: Nullable<Double>
        let timeToFirstTokenSeconds: Nullable<Double>
    }

    let start: String
    let end: String
    let stepSeconds: Int
    /// Steps with a figure, ascending.
    let rows: [Row]

    package init(range: Range<Minute>, stepMinutes: Int, sums: LatencySums) {
        start = CivilTime.text(range.lowerBound.epochSeconds)
        end = CivilTime.text(range.upperBound.epochSeconds)
        stepSeconds = stepMinutes * 60
        rows = sums.steps.sorted { $0.key < $1.key }.map { index, step in
            Row(
                start: CivilTime.text(range.lowerBound.advanced(by: index * stepMinutes).epochSeconds),
                latencySeconds: Nullable(step.latency.mean.map { $0 / 1000 }),
                timeToFirstTokenSeconds: Nullable(step.timeToFirstToken.mean.map { $0 / 1000 }))
        }
    }
}

/// Weighted sums of milliseconds by step.
package struct LatencySums {
    struct Mean {
        private var sum = 0.0
        private var weight = 0.0

        /// Nil where nothing was added.
        var mean: Double? { weight > 0 ? sum / weight : nil }

        /// A minute with a latency and no accepted request weighs as one.
        mutating func add(_ value: Double?, requests: Double) {
            guard let value else { return }
            sum += value * max(requests, 1)
            weight += max(requests, 1)
        }
    }

    struct Step {
        var latency = Mean()
        var timeToFirstToken = Mean()
    }

    let start: Minute
    let stepMinutes: Int
    private(set) var steps: [Int: Step] = [:]

    package init(start: Minute, stepMinutes: Int) {
        self.start = start
        self.stepMinutes = stepMinutes
    }

    package mutating func add(_ minute: SeriesMinute) {
        let usage = minute.usage
        guard usage.latencyMilliseconds != nil || usage.timeToFirstTokenMilliseconds != nil else { return }
        let requests = usage.invocations ?? 0
        var step = steps[start.distance(to: minute.minute) / stepMinutes] ?? Step()
        step.latency.add(usage.latencyMilliseconds, requests: requests)
        step.timeToFirstToken.add(usage.timeToFirstTokenMilliseconds, requests: requests)
        steps[start.distance(to: minute.minute) / stepMinutes] = step
    }
}

/// What `query --format openmetrics` writes for steps longer than a minute: gauges of whole steps, with the dimensions
/// that the query groups by and the step's length as labels, at the step's end.
struct StepMetrics {
    private let dimensions: [String]

    init(_ query: UsageQuery) {
        dimensions = query.groupBy.map(\.rawValue) + ["step"]
    }

    func sum(_ metric: UsageMetric) -> MetricDescriptor {
        let minute = Self.ofMinute[metric]?.name.dropFirst("bedrock_minute_".count) ?? metric.rawValue[...]
        return gauge(String(minute), help: "Sum of \(metric.rawValue) over the step.")
    }

    var quotaTokens: MetricDescriptor {
        gauge("quota_tokens", help: "Weighted tokens that the step took from tokens-per-minute quotas.")
    }

    var coverage: MetricDescriptor {
        gauge("coverage_ratio", help: "Covered minutes of the step by expected ones.")
    }

    var quotaLimit: MetricDescriptor {
        gauge("quota_limit", quota: true, help: "The quota's value at the end of the step.")
    }

    var quotaPeak: MetricDescriptor {
        gauge(
            "quota_peak_utilization_ratio", quota: true, help: "Highest utilization of a minute in the step.")
    }

    var quotaMean: MetricDescriptor {
        gauge(
            "quota_mean_utilization_ratio", quota: true, help: "Mean utilization of the minutes in the step.")
    }

    private func gauge(_ name: String, quota: Bool = false, help: String) -> MetricDescriptor {
        MetricDescriptor(
            "bedrock_step_\(name)", .gauge, labels: dimensions + (quota ? ["quota"] : []), help: help)
    }

    /// The counted metrics of single minutes.
    private static let ofMinute = Dictionary(
        uniqueKeysWithValues: RemoteWriteCatalog.counts(of: .runtime).map { ($0.0, $0.1) })
}
