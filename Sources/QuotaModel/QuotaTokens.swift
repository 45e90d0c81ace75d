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
        self.init(value: BurnedTokens(ofPeriod: minute).quotaTokens(rate: rate), source: .weighted)
    }
}

/// Quota tokens in two parts, so that the burndown rate can be put in later: all that are weighed anywhere are weighed here.
package struct BurnedTokens: Equatable, Sendable {
    /// What does not depend on the rate.
    package var fixed = 0.0
    /// Output tokens, which are burned at the rate.
    package var burned = 0.0

    package init() {}

    package init(fixed: Double, burned: Double) {
        self.fixed = fixed
        self.burned = burned
    }

    /// AWS's estimate where the minute has one, as in `QuotaTokens`.
    package init(ofMinute usage: UsageMinute) {
        if let estimate = usage.estimatedQuotaTokens {
            self.init(fixed: estimate, burned: 0)
        } else {
            self.init(ofPeriod: usage)
        }
    }

    /// Without AWS's estimate, which is sparse: in a longer period it may speak for some of its minutes only.
    package init(ofPeriod usage: UsageMinute) {
        self.init(
            fixed: (usage.inputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0),
            burned: usage.outputTokens ?? 0)
    }

    package func quotaTokens(rate: Double) -> Double { fixed + burned * rate }

    package static func += (sum: inout BurnedTokens, more: BurnedTokens) {
        sum.fixed += more.fixed
        sum.burned += more.burned
    }

    package static prefix func - (tokens: BurnedTokens) -> BurnedTokens {
        BurnedTokens(fixed: -tokens.fixed, burned: -tokens.burned)
    }
}
