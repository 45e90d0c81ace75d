/// What CloudWatch says of one model ID in one minute; nil is "no datapoint", which is not zero.
package struct UsageMinute: Equatable, Sendable {
    /// By `UsageMetric.index`. Days of minutes are held at times: not a number, which is no count, stands for none in half the
    /// room of an optional.
    private var values = InlineArray<11, Double>(repeating: .nan)

    package init() {}

    /// True when no metric has a datapoint.
    package var isEmpty: Bool { values.indices.allSatisfy { values[$0].isNaN } }

    /// This minute with every datapoint of `newer` written over it; a metric that `newer` lacks stays.
    package func overwritten(by newer: UsageMinute) -> UsageMinute {
        var merged = self
        for index in values.indices where !newer.values[index].isNaN {
            merged.values[index] = newer.values[index]
        }
        return merged
    }

    /// The datapoint by its metric.
    package subscript(metric: UsageMetric) -> Double? {
        get {
            let value = values[metric.index]
            return value.isNaN ? nil : value
        }
        set { values[metric.index] = newValue ?? .nan }
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.values.indices.allSatisfy {
            a.values[$0] == b.values[$0] || a.values[$0].isNaN && b.values[$0].isNaN
        }
    }
}

extension UsageMinute {
    package var invocations: Double? {
        get { self[.invocations] }
        set { self[.invocations] = newValue }
    }
    package var inputTokens: Double? {
        get { self[.inputTokens] }
        set { self[.inputTokens] = newValue }
    }
    package var outputTokens: Double? {
        get { self[.outputTokens] }
        set { self[.outputTokens] = newValue }
    }
    package var cacheReadInputTokens: Double? {
        get { self[.cacheReadInputTokens] }
        set { self[.cacheReadInputTokens] = newValue }
    }
    package var cacheWriteInputTokens: Double? {
        get { self[.cacheWriteInputTokens] }
        set { self[.cacheWriteInputTokens] = newValue }
    }
    package var clientErrors: Double? {
        get { self[.clientErrors] }
        set { self[.clientErrors] = newValue }
    }
    package var serverErrors: Double? {
        get { self[.serverErrors] }
        set { self[.serverErrors] = newValue }
    }
    package var throttles: Double? {
        get { self[.throttles] }
        set { self[.throttles] = newValue }
    }
    package var estimatedQuotaTokens: Double? {
        get { self[.estimatedQuotaTokens] }
        set { self[.estimatedQuotaTokens] = newValue }
    }
    package var latencyMilliseconds: Double? {
        get { self[.latencyMilliseconds] }
        set { self[.latencyMilliseconds] = newValue }
    }
    package var timeToFirstTokenMilliseconds: Double? {
        get { self[.timeToFirstTokenMilliseconds] }
        set { self[.timeToFirstTokenMilliseconds] = newValue }
    }
}
