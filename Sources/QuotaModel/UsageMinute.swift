/// What CloudWatch says of one model ID in one minute; nil is "no datapoint", which is not zero.
package struct UsageMinute: Hashable, Sendable {
    package var invocations: Double?
    package var inputTokens: Double?
    package var outputTokens: Double?
    package var cacheReadInputTokens: Double?
    package var cacheWriteInputTokens: Double?
    package var clientErrors: Double?
    package var serverErrors: Double?
    package var throttles: Double?
    package var estimatedQuotaTokens: Double?
    package var latencyMilliseconds: Double?
    package var timeToFirstTokenMilliseconds: Double?

    package init() {}

    /// True when no metric has a datapoint.
    package var isEmpty: Bool { self == UsageMinute() }

    /// This minute with every datapoint of `newer` written over it; a metric that `newer` lacks stays.
    package func overwritten(by newer: UsageMinute) -> UsageMinute {
        var merged = self
        for metric in UsageMetric.allCases {
            if let value = newer[metric] { merged[metric] = value }
        }
        return merged
    }

    /// The datapoint by its metric; a switch, because key paths cost ten times as much on the poll path.
    package subscript(metric: UsageMetric) -> Double? {
        get {
            switch metric {
            case .invocations: invocations
            case .inputTokens: inputTokens
            case .outputTokens: outputTokens
            case .cacheReadInputTokens: cacheReadInputTokens
            case .cacheWriteInputTokens: cacheWriteInputTokens
            case .clientErrors: clientErrors
            case .serverErrors: serverErrors
            case .throttles: throttles
            case .estimatedQuotaTokens: estimatedQuotaTokens
            case .latencyMilliseconds: latencyMilliseconds
            case .timeToFirstTokenMilliseconds: timeToFirstTokenMilliseconds
            }
        }
        set {
            switch metric {
            case .invocations: invocations = newValue
            case .inputTokens: inputTokens = newValue
            case .outputTokens: outputTokens = newValue
            case .cacheReadInputTokens: cacheReadInputTokens = newValue
            case .cacheWriteInputTokens: cacheWriteInputTokens = newValue
            case .clientErrors: clientErrors = newValue
            case .serverErrors: serverErrors = newValue
            case .throttles: throttles = newValue
            case .estimatedQuotaTokens: estimatedQuotaTokens = newValue
            case .latencyMilliseconds: latencyMilliseconds = newValue
            case .timeToFirstTokenMilliseconds: timeToFirstTokenMilliseconds = newValue
            }
        }
    }
}
