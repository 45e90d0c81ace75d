/// Where a burndown rate comes from.
package enum BurndownSource: String, Sendable {
    /// Typed into our configuration.
    case override
    /// Derived from AWS's own weighted counts, see `BurndownRate.measured(in:)`.
    case measured
    /// From AWS's page, see `BurndownTable`.
    case table
    /// AWS's page does not cover the model.
    case assumed
}

/// How many quota tokens one output token costs, and who says so.
package struct BurndownRate: Equatable, Sendable {
    package let value: Double
    package let source: BurndownSource

    package init(value: Double, source: BurndownSource) {
        self.value = value
        self.source = source
    }

    /// Fewer output tokens than this measure nothing.
    private static let minimumOutputTokens = 1000.0

    /// The rate by which AWS weighted these minutes: (estimate - input - cache write) / output over the minutes that
    /// have an estimate; nil where they hold too little output or do not lie within 1 % of a whole rate from 1 up.
    package static func measured(in minutes: some Sequence<UsageMinute>) -> BurndownRate? {
        var weighted = 0.0
        var output = 0.0
        for minute in minutes {
            guard let estimate = minute.estimatedQuotaTokens, let out = minute.outputTokens else { continue }
            weighted += estimate - (minute.inputTokens ?? 0) - (minute.cacheWriteInputTokens ?? 0)
            output += out
        }
        guard output >= minimumOutputTokens else { return nil }
        let ratio = weighted / output
        let whole = ratio.rounded()
        guard ratio.isFinite, whole >= 1, (ratio - whole).magnitude <= 0.01 * whole else { return nil }
        return BurndownRate(value: whole, source: .measured)
    }
}
