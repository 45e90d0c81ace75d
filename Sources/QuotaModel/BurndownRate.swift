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

    /// The rate by which AWS weighted these minutes of model IDs of one pool, in the order of time; nil where they are
    /// too few or do not agree, see `BurndownFit`.
    package static func measured(in minutes: some Sequence<UsageMinute>) -> BurndownRate? {
        var fit = BurndownFit()
        for minute in minutes { fit.add(minute) }
        return fit.rate
    }
}
