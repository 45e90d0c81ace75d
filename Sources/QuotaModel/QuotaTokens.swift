/// Who weighted the tokens; the raw value appears in JSON as `usage_source`.
package enum UsageSource: String, Sendable {
    /// CloudWatch's `EstimatedTPMQuotaUsage`.
    case awsEstimate = "aws_estimate"
    /// Our own sum with a burndown rate.
    case weighted
}

/// How many tokens a minute's usage takes from a tokens-per-minute or tokens-per-day quota.
package struct QuotaTokens: Equatable, Sendable {
    package let value: Double
    package let source: UsageSource

    package init(value: Double, source: UsageSource) {
        self.value = value
        self.source = source
    }

    /// AWS's estimate where the minute has one, else input + cache write + output x rate, a metric without datapoint
    /// counting nothing; nil when none of the three has one. Cache reads are free (page quotas-token-burndown).
    package init?(of minute: UsageMinute, rate: Double) {
        if let estimate = minute.estimatedQuotaTokens {
            self.init(value: estimate, source: .awsEstimate)
            return
        }
        guard minute.inputTokens != nil || minute.cacheWriteInputTokens != nil || minute.outputTokens != nil
        else {
            return nil
        }
        let input = (minute.inputTokens ?? 0) + (minute.cacheWriteInputTokens ?? 0)
        self.init(value: input + (minute.outputTokens ?? 0) * rate, source: .weighted)
    }
}
