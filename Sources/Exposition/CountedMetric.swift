import QuotaModel

/// A count of requests or tokens that CloudWatch has of a source, and what it is called: once for the counter that Prometheus
/// scrapes and for the minutes that are sent and exported.
struct CountedMetric {
    let metric: UsageMetric
    /// What follows `bedrock_` or `bedrock_minute_`, without `_total`.
    let name: String
    /// What is counted, a sentence without its full stop.
    let meaning: String

    /// A source's counts in the order of the page; none for parts, whose wholes are counted.
    static func all(of source: UsageSource) -> [CountedMetric] {
        guard source.part == .whole else { return [] }
        return source.name == UsageSource.mantle.name ? mantle : runtime
    }

    /// The label that names the source's model.
    static func modelLabel(of source: UsageSource) -> String {
        source.name == UsageSource.mantle.name ? "model" : "model_id"
    }

    private static let runtime = [
        CountedMetric(.invocations, "invocations", "Requests that Bedrock accepted"),
        CountedMetric(
            .inputTokens, "input_tokens",
            "Input tokens, without those read from or written to the prompt cache"),
        CountedMetric(.outputTokens, "output_tokens", "Output tokens, not weighted"),
        CountedMetric(
            .cacheReadInputTokens, "cache_read_input_tokens",
            "Input tokens read from the prompt cache; they do not count towards quotas"),
        CountedMetric(
            .cacheWriteInputTokens, "cache_write_input_tokens",
            "Input tokens written to the prompt cache; they count towards quotas"),
        CountedMetric(
            .clientErrors, "invocation_client_errors", "Requests that failed by the caller's fault"),
        CountedMetric(.serverErrors, "invocation_server_errors", "Requests that failed by Bedrock's fault"),
        CountedMetric(
            .throttles, "invocation_throttles",
            "Requests that Bedrock throttled; they count neither as invocations nor as errors"),
    ]

    private static let mantle = [
        CountedMetric(.invocations, "mantle_inferences", "Requests that bedrock-mantle completed"),
        CountedMetric(
            .inputTokens, "mantle_input_tokens",
            "Input tokens of bedrock-mantle, without those read from the prompt cache"),
        CountedMetric(.outputTokens, "mantle_output_tokens", "Output tokens of bedrock-mantle"),
        CountedMetric(
            .clientErrors, "mantle_client_errors",
            "Requests to bedrock-mantle that failed by the caller's fault"),
    ]

    private init(_ metric: UsageMetric, _ name: String, _ meaning: String) {
        (self.metric, self.name, self.meaning) = (metric, name, meaning)
    }
}
