import Exposition
import QuotaModel
import UsageStore

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
    static let ofMinute: [UsageMetric: MetricDescriptor] = [
        .invocations: RemoteWriteCatalog.invocations, .inputTokens: RemoteWriteCatalog.inputTokens,
        .outputTokens: RemoteWriteCatalog.outputTokens,
        .cacheReadInputTokens: RemoteWriteCatalog.cacheReadInputTokens,
        .cacheWriteInputTokens: RemoteWriteCatalog.cacheWriteInputTokens,
        .clientErrors: RemoteWriteCatalog.clientErrors, .serverErrors: RemoteWriteCatalog.serverErrors,
        .throttles: RemoteWriteCatalog.throttles,
    ]
}
