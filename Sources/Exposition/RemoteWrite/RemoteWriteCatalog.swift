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
    private static let model = ["account", "region", "model"]
    private static let pool = ["account", "region", "scope", "model"]
    private static let quota = pool + ["quota"]

    // MARK: Of a model ID

    package static let invocations = MetricDescriptor(
        "bedrock_minute_invocations", .gauge, labels: series,
        help: "Requests that Bedrock accepted in the minute.")
    package static let inputTokens = MetricDescriptor(
        "bedrock_minute_input_tokens", .gauge, labels: series,
        help: "Input tokens of the minute, without those read from or written to the prompt cache.")
    package static let outputTokens = MetricDescriptor(
        "bedrock_minute_output_tokens", .gauge, labels: series,
        help: "Output tokens of the minute, not weighted.")
    package static let cacheReadInputTokens = MetricDescriptor(
        "bedrock_minute_cache_read_input_tokens", .gauge, labels: series,
        help: "Input tokens read from the prompt cache in the minute.")
    package static let cacheWriteInputTokens = MetricDescriptor(
        "bedrock_minute_cache_write_input_tokens", .gauge, labels: series,
        help: "Input tokens written to the prompt cache in the minute.")
    package static let clientErrors = MetricDescriptor(
        "bedrock_minute_invocation_client_errors", .gauge, labels: series,
        help: "Requests of the minute that failed by the caller's fault.")
    package static let serverErrors = MetricDescriptor(
        "bedrock_minute_invocation_server_errors", .gauge, labels: series,
        help: "Requests of the minute that failed by Bedrock's fault.")
    package static let throttles = MetricDescriptor(
        "bedrock_minute_invocation_throttles", .gauge, labels: series,
        help: "Requests that Bedrock throttled in the minute.")
    package static let estimatedQuotaTokens = MetricDescriptor(
        "bedrock_minute_estimated_quota_tokens", .gauge, labels: series,
        help: "AWS's own weighted token count of the minute; absent where CloudWatch has none.")
    package static let latency = MetricDescriptor(
        "bedrock_minute_invocation_latency_seconds", .gauge, labels: series,
        help: "Average latency of the minute; absent when it had no traffic.")
    package static let timeToFirstToken = MetricDescriptor(
        "bedrock_minute_time_to_first_token_seconds", .gauge, labels: series,
        help: "Average time to the first token of the minute, streaming operations only.")

    // MARK: Of a model of bedrock-mantle

    package static let mantleInferences = MetricDescriptor(
        "bedrock_minute_mantle_inferences", .gauge, labels: model,
        help: "Requests that bedrock-mantle completed in the minute.")
    package static let mantleInputTokens = MetricDescriptor(
        "bedrock_minute_mantle_input_tokens", .gauge, labels: model,
        help: "Input tokens of bedrock-mantle in the minute, without those read from the prompt cache.")
    package static let mantleOutputTokens = MetricDescriptor(
        "bedrock_minute_mantle_output_tokens", .gauge, labels: model,
        help: "Output tokens of bedrock-mantle in the minute.")
    package static let mantleClientErrors = MetricDescriptor(
        "bedrock_minute_mantle_client_errors", .gauge, labels: model,
        help: "Requests of the minute to bedrock-mantle that failed by the caller's fault.")

    /// The counts of a source's metrics; none for parts, whose wholes are counted. The last label is the model's.
    package static func counts(of source: UsageSource) -> [(UsageMetric, MetricDescriptor)] {
        guard source.part == .whole else { return [] }
        return source.name == UsageSource.mantle.name
            ? [
                (.invocations, mantleInferences), (.inputTokens, mantleInputTokens),
                (.outputTokens, mantleOutputTokens), (.clientErrors, mantleClientErrors),
            ]
            : [
                (.invocations, invocations), (.inputTokens, inputTokens), (.outputTokens, outputTokens),
                (.cacheReadInputTokens, cacheReadInputTokens),
                (.cacheWriteInputTokens, cacheWriteInputTokens), (.clientErrors, clientErrors),
                (.serverErrors, serverErrors), (.throttles, throttles),
            ]
    }

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

    package static let all: [MetricDescriptor] = [
        invocations, inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens, clientErrors,
        serverErrors, throttles, estimatedQuotaTokens, latency, timeToFirstToken,
        mantleInferences, mantleInputTokens, mantleOutputTokens, mantleClientErrors, quotaTokens, quotaLimit,
        quotaUtilization,
    ]
}
