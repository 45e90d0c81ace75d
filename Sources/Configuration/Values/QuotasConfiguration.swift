/// What people know better than AWS's services tell.
package struct QuotasConfiguration: Equatable, Sendable {
    package var overrides: [ConfiguredQuota] = []
    package var burndownRates: [BurndownRateOverride] = []

    package init() {}

    /// `accounts` is nil when overrides cannot be checked against them.
    init(_ section: SectionReader, accounts: [AccountConfiguration]?) {
        let sections = section.sections("overrides", atMost: ConfigurationLimits.overrides) ?? []
        for override in sections {
            guard let value = ConfiguredQuota(override) else { continue }
            if let accounts { value.check(against: accounts, override) }
            if let kind = overrides.lazy.compactMap({ value.repeated(from: $0) }).first {
                override.report(kind.rawValue, "an override above sets the same quota; allowed: once")
            }
            overrides.append(value)
        }
        for rate in section.sections("burndown_rates", atMost: ConfigurationLimits.burndownRates) ?? [] {
            guard let value = BurndownRateOverride(rate) else { continue }
            if burndownRates.contains(where: { $0.model == value.model }) {
                rate.report("model", "\(Shown.value(value.model)) has a rate above; allowed: once")
            }
            burndownRates.append(value)
        }
    }
}

/// A burndown rate typed in for the models that match.
package struct BurndownRateOverride: Equatable, Sendable {
    /// A base model ID, or its beginning followed by `*`.
    package var model: String
    /// Quota tokens that one output token costs.
    package var rate: Double

    package init(model: String, rate: Double) {
        self.model = model
        self.rate = rate
    }

    /// Nil, with the problem reported, when a part is missing or wrong.
    init?(_ section: SectionReader) {
        let bounds = ConfigurationLimits.burndownRate
        let model = section.required("model", ModelName.pattern)
        let rate = section.required("rate") { scalar throws(InvalidValue) in
            try scalar.number("a number from \(bounds.lowerBound) to \(Int(bounds.upperBound))") {
                bounds ~= $0
            }
        }
        guard let model, let rate else { return nil }
        self.init(model: model, rate: rate)
    }
}
