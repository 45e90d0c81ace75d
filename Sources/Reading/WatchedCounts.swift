import QuotaModel

/// The counts of one minute that decide whether a series must be looked at more closely.
package struct WatchedCounts: Equatable, Sendable {
    /// What they are made of.
    package static let metrics: [UsageMetric] = [
        .invocations, .inputTokens, .outputTokens, .cacheWriteInputTokens, .estimatedQuotaTokens, .throttles,
        .clientErrors,
    ]

    package var invocations = 0.0
    package var inputTokens = 0.0
    package var outputTokens = 0.0
    package var cacheWriteTokens = 0.0
    package var estimatedQuotaTokens = 0.0
    package var throttles = 0.0
    package var clientErrors = 0.0

    package init() {}

    package init(_ usage: UsageMinute) {
        self.init()
        overwrite(with: usage)
    }

    /// The count of a watched metric; 0 for any other.
    package subscript(metric: UsageMetric) -> Double {
        get {
            switch metric {
            case .invocations: invocations
            case .inputTokens: inputTokens
            case .outputTokens: outputTokens
            case .cacheWriteInputTokens: cacheWriteTokens
            case .estimatedQuotaTokens: estimatedQuotaTokens
            case .throttles: throttles
            case .clientErrors: clientErrors
            case .cacheReadInputTokens, .serverErrors, .latencyMilliseconds, .timeToFirstTokenMilliseconds: 0
            }
        }
        set {
            switch metric {
            case .invocations: invocations = newValue
            case .inputTokens: inputTokens = newValue
            case .outputTokens: outputTokens = newValue
            case .cacheWriteInputTokens: cacheWriteTokens = newValue
            case .estimatedQuotaTokens: estimatedQuotaTokens = newValue
            case .throttles: throttles = newValue
            case .clientErrors: clientErrors = newValue
            case .cacheReadInputTokens, .serverErrors, .latencyMilliseconds, .timeToFirstTokenMilliseconds:
                break
            }
        }
    }

    /// Takes every datapoint of the minute over what was known, as the store does.
    package mutating func overwrite(with usage: UsageMinute) {
        for metric in Self.metrics {
            if let value = usage[metric] { self[metric] = value }
        }
    }

    package mutating func add(_ other: WatchedCounts) {
        for metric in Self.metrics { self[metric] += other[metric] }
    }

    /// Takes away what is known; nothing falls below zero.
    package mutating func subtract(_ other: WatchedCounts) {
        for metric in Self.metrics { self[metric] = max(0, self[metric] - other[metric]) }
    }

    /// Each count the larger of the two.
    package mutating func raise(to other: WatchedCounts) {
        for metric in Self.metrics { self[metric] = max(self[metric], other[metric]) }
    }

    /// Weighted by our own rule, without AWS's estimate.
    package func weightedTokens(rate: Double) -> Double {
        inputTokens + cacheWriteTokens + outputTokens * rate
    }
}
