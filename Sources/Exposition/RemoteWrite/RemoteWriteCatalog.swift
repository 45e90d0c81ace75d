import QuotaModel

/// Every series that remote write pushes: gauges of single minutes.
///
/// Gauges, not counters, because a minute that arrives late or after an outage goes to its own place in time, while a
/// counter could not be filled in behind its newest sample. `sum_over_time(bedrock_minute_input_tokens[1d])` gives a
/// day's total, `max_over_time(bedrock_minute_quota_utilization_ratio[1d])` its peak. No name is that of a scraped
/// metric, so that one server may both scrape the exporter and receive its minutes.
///
/// A sample's timestamp is the minute's end, that is its start plus 60 s: the first moment at which the figure was
/// true. Ranges of PromQL end at their evaluation time, so `[1h]` at 13:00 holds the minutes from 12:00 to 12:59.
package enum RemoteWriteCatalog {
    private static let series = ["account", "region", "model_id"]
    private static let pool = ["account", "region", "scope", "model"]
    private static let quota = pool + ["quota"]

    // MARK: Of a model ID

    /// The counts of a source's metrics; none for parts, whose wholes are counted. The last label is the model's.
    package static func counts(of source: UsageSource) -> [(UsageMetric, MetricDescriptor)] {
        counts[source.name] ?? []
    }

    private static let counts = Dictionary(
        uniqueKeysWithValues: UsageSource.all.map { source in
            let labels = ["account", "region", CountedMetric.modelLabel(of: source)]
            return (
                source.name,
                CountedMetric.all(of: source).map { count in
                    (
                        count.metric,
                        MetricDescriptor(
                            "bedrock_minute_\(count.name)", .gauge, labels: labels,
                            help: "\(count.meaning). Of one minute.")
                    )
                }
            )
        })

    package static let estimatedQuotaTokens = MetricDescriptor(
        "bedrock_minute_estimated_quota_tokens", .gauge, labels: series,
        help: "AWS's own weighted token count of the minute; absent where CloudWatch has none.")
    package static let latency = MetricDescriptor(
        "bedrock_minute_invocation_latency_seconds", .gauge, labels: series,
        help: "Average latency of the minute; absent when it had no traffic.")
    package static let timeToFirstToken = MetricDescriptor(
        "bedrock_minute_time_to_first_token_seconds", .gauge, labels: series,
        help: "Average time to the first token of the minute, streaming operations only.")

    // MARK: Of a pool

    package static let quotaTokens = MetricDescriptor(
        "bedrock_minute_quota_tokens", .gauge, labels: pool,
        help: "Weighted tokens that all model IDs of the pool took from its quota in the minute.")
    package static let quotaLimit = MetricDescriptor(
        "bedrock_minute_quota_limit", .gauge, labels: quota,
        help: "The quota's value in the minute; absent before it was first seen.")
    package static let quotaUtilization = MetricDescriptor(
        "bedrock_minute_quota_utilization_ratio", .gauge, labels: quota,
        help:
            "Use of the minute divided by the quota's value in it; per-minute quotas only, absent for a limit of 0."
    )

    package static let all: [MetricDescriptor] =
        UsageSource.all.flatMap { counts(of: $0).map(\.1) } + [
            estimatedQuotaTokens, latency, timeToFirstToken, quotaTokens, quotaLimit, quotaUtilization,
        ]
}
