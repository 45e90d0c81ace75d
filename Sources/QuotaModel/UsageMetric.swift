/// The CloudWatch metrics of namespace `AWS/Bedrock` that are kept, one column each.
///
/// The raw value is the column's name in the store.
package enum UsageMetric: String, CaseIterable, Sendable {
    case invocations
    case inputTokens = "input_tokens"
    case outputTokens = "output_tokens"
    case cacheReadInputTokens = "cache_read_input_tokens"
    case cacheWriteInputTokens = "cache_write_input_tokens"
    case clientErrors = "client_errors"
    case serverErrors = "server_errors"
    case throttles
    /// AWS's own weighted token count of the minute; sparse.
    case estimatedQuotaTokens = "estimated_quota_tokens"
    /// Average of the minute, milliseconds.
    case latencyMilliseconds = "latency_ms"
    /// Average of the minute, milliseconds; streaming operations only.
    case timeToFirstTokenMilliseconds = "time_to_first_token_ms"

    /// Its place among all: a switch, because the order of `allCases` would be searched for it.
    var index: Int {
        switch self {
        case .invocations: 0
        case .inputTokens: 1
        case .outputTokens: 2
        case .cacheReadInputTokens: 3
        case .cacheWriteInputTokens: 4
        case .clientErrors: 5
        case .serverErrors: 6
        case .throttles: 7
        case .estimatedQuotaTokens: 8
        case .latencyMilliseconds: 9
        case .timeToFirstTokenMilliseconds: 10
        }
    }

    package enum Statistic: String, Sendable {
        case sum = "Sum"
        case average = "Average"
    }

    /// What to ask CloudWatch for: counts are sums, latencies are averages.
    package var statistic: Statistic {
        switch self {
        case .latencyMilliseconds, .timeToFirstTokenMilliseconds: .average
        case .invocations, .inputTokens, .outputTokens, .cacheReadInputTokens, .cacheWriteInputTokens,
            .clientErrors, .serverErrors, .throttles, .estimatedQuotaTokens:
            .sum
        }
    }

    /// CloudWatch's names for it, the usual one first. The cache metrics have two spellings; the one with data
    /// is taken, never their sum.
    package var cloudWatchNames: [String] {
        switch self {
        case .invocations: ["Invocations"]
        case .inputTokens: ["InputTokenCount"]
        case .outputTokens: ["OutputTokenCount"]
        case .cacheReadInputTokens: ["CacheReadInputTokenCount", "CacheReadInputTokens"]
        case .cacheWriteInputTokens: ["CacheWriteInputTokenCount", "CacheWriteInputTokens"]
        case .clientErrors: ["InvocationClientErrors"]
        case .serverErrors: ["InvocationServerErrors"]
        case .throttles: ["InvocationThrottles"]
        case .estimatedQuotaTokens: ["EstimatedTPMQuotaUsage"]
        case .latencyMilliseconds: ["InvocationLatency"]
        case .timeToFirstTokenMilliseconds: ["TimeToFirstToken"]
        }
    }

    /// The metric of a CloudWatch name in either spelling, or nil for one that is not kept.
    package init?(cloudWatchName name: String) {
        guard let metric = Self.byCloudWatchName[name] else { return nil }
        self = metric
    }

    /// Every name under which CloudWatch may have a model ID's data, both spellings included.
    package static let everyCloudWatchName = Set(allCases.flatMap(\.cloudWatchNames))

    private static let byCloudWatchName = Dictionary(
        uniqueKeysWithValues: allCases.flatMap { metric in metric.cloudWatchNames.map { ($0, metric) } })
}
