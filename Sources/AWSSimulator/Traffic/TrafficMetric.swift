/// The metrics of namespace `AWS/Bedrock` that traffic is generated for.
enum TrafficMetric: CaseIterable, Sendable {
    case invocations, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens
    case clientErrors, serverErrors, throttles
    case latency, timeToFirstToken, estimatedQuotaTokens

    /// CloudWatch's name for it.
    func name(_ spelling: ModelTraffic.CacheSpelling) -> String {
        switch self {
        case .invocations: "Invocations"
        case .inputTokens: "InputTokenCount"
        case .outputTokens: "OutputTokenCount"
        case .cacheReadTokens:
            spelling == .inputTokenCount ? "CacheReadInputTokenCount" : "CacheReadInputTokens"
        case .cacheWriteTokens:
            spelling == .inputTokenCount ? "CacheWriteInputTokenCount" : "CacheWriteInputTokens"
        case .clientErrors: "InvocationClientErrors"
        case .serverErrors: "InvocationServerErrors"
        case .throttles: "InvocationThrottles"
        case .latency: "InvocationLatency"
        case .timeToFirstToken: "TimeToFirstToken"
        case .estimatedQuotaTokens: "EstimatedTPMQuotaUsage"
        }
    }

    /// The metrics for which an account-wide series without dimensions exists as well.
    static let aggregated: [TrafficMetric] = [
        .invocations, .inputTokens, .outputTokens, .estimatedQuotaTokens, .clientErrors, .serverErrors,
    ]

    /// Whether a model used like this ever has a datapoint of the metric.
    func occurs(in traffic: ModelTraffic) -> Bool {
        switch self {
        case .cacheReadTokens: traffic.tokens.cacheRead > 0
        case .cacheWriteTokens: traffic.tokens.cacheWrite > 0
        case .throttles: traffic.bursts != nil
        case .invocations, .inputTokens, .outputTokens, .clientErrors, .serverErrors, .latency,
            .timeToFirstToken, .estimatedQuotaTokens:
            true
        }
    }
}

extension MinuteTraffic {
    /// The minute's samples of one metric, or nil where CloudWatch has no datapoint.
    func statistics(_ metric: TrafficMetric) -> StatisticSet? {
        switch metric {
        case .invocations: .ofOnes(Int(invocations))
        case .clientErrors: .ofOnes(Int(clientErrors))
        case .serverErrors: .ofOnes(Int(serverErrors))
        case .throttles: .ofOnes(Int(throttles))
        case .inputTokens: .spread(sum: Int(inputTokens), samples: Int(invocations))
        case .outputTokens: .spread(sum: Int(outputTokens), samples: Int(invocations))
        case .cacheReadTokens: .spread(sum: Int(cacheReadTokens), samples: Int(invocations))
        case .cacheWriteTokens: .spread(sum: Int(cacheWriteTokens), samples: Int(invocations))
        case .estimatedQuotaTokens: .spread(sum: estimatedQuotaTokens, samples: Int(invocations))
        case .latency: .spread(sum: Int(latencyMilliseconds) * Int(invocations), samples: Int(invocations))
        case .timeToFirstToken:
            .spread(sum: Int(timeToFirstTokenMilliseconds) * Int(invocations), samples: Int(invocations))
        }
    }
}
