/// How many tokens a minute's usage takes from a tokens-per-minute or tokens-per-day quota.
package struct QuotaTokens: Equatable, Sendable {
    /// Who weighted the tokens.
    package enum Source: Sendable {
        /// CloudWatch's `EstimatedTPMQuotaUsage`.
        case awsEstimate
        /// Our own sum with a burndown rate.
        case weighted
    }

    package let value: Double
    package let source: Source

    package init(value: Double, source: Source) {
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
