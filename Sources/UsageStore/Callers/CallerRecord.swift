import QuotaModel

/// What the invocation logs of a window say, recorded as a whole.
package struct CallerRecord: Sendable {
    package let window: CallerWindow
    package let minutes: [CallerMinute]
    /// Callers of a pool, kind and hour that are kept by name.
    package let keep: Int
    /// What Logs Insights scanned for it; nil where it does not say.
    package let bytesScanned: Int?
    /// Unix seconds.
    package let recordedAt: Int

    package init(
        window: CallerWindow, minutes: [CallerMinute], keep: Int, bytesScanned: Int?, recordedAt: Int
    ) {
        self.window = window
        self.minutes = minutes
        self.keep = keep
        self.bytesScanned = bytesScanned
        self.recordedAt = recordedAt
    }
}

/// What one caller used of one model ID in one minute.
package struct CallerMinute: Equatable, Sendable {
    package struct Key: Hashable, Sendable {
        package let model: LoggedModelID
        package let minute: Minute
        /// `role`, `session` or `metadata:KEY`.
        package let kind: String
        /// A name, or `nobody`.
        package let caller: String

        package init(model: LoggedModelID, minute: Minute, kind: String, caller: String) {
            self.model = model
            self.minute = minute
            self.kind = kind
            self.caller = caller
        }
    }

    /// Of requests that say nothing of the kind. No name has parentheses: AWS allows them in none.
    package static let nobody = "(none)"
    /// Of all that are not kept by name.
    package static let others = "(other)"

    package let key: Key
    package let use: CallerUse

    package init(key: Key, use: CallerUse) {
        self.key = key
        self.use = use
    }
}

/// Requests that succeeded, with their tokens.
package struct CallerUse: Hashable, Sendable {
    package var invocations = 0
    package var inputTokens = 0
    package var outputTokens = 0
    package var cacheReadInputTokens = 0
    package var cacheWriteInputTokens = 0

    package init() {}

    package init(
        invocations: Int, inputTokens: Int, outputTokens: Int, cacheReadInputTokens: Int,
        cacheWriteInputTokens: Int
    ) {
        self.invocations = invocations
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cacheReadInputTokens = cacheReadInputTokens
        self.cacheWriteInputTokens = cacheWriteInputTokens
    }

    package static func += (sum: inout CallerUse, more: CallerUse) {
        sum.invocations += more.invocations
        sum.inputTokens += more.inputTokens
        sum.outputTokens += more.outputTokens
        sum.cacheReadInputTokens += more.cacheReadInputTokens
        sum.cacheWriteInputTokens += more.cacheWriteInputTokens
    }

    /// Weighed like everything else.
    func quotaTokens(rate: Double) -> Double {
        var usage = UsageMinute()
        usage.inputTokens = Double(inputTokens)
        usage.outputTokens = Double(outputTokens)
        usage.cacheWriteInputTokens = Double(cacheWriteInputTokens)
        return BurnedTokens(ofPeriod: usage).quotaTokens(rate: rate)
    }
}
