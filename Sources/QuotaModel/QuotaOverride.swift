/// What people know better than AWS's services tell.
package struct QuotaSettings: Equatable, Sendable {
    package var overrides: [QuotaOverride] = []
    package var rates = BurndownTable()

    package init(overrides: [QuotaOverride] = [], rates: BurndownTable = BurndownTable()) {
        self.overrides = overrides
        self.rates = rates
    }
}

/// Limits typed into the configuration, which win over what Service Quotas lists.
package struct QuotaOverride: Equatable, Sendable {
    /// Nil means every account.
    package var account: String?
    /// Nil means every Region.
    package var region: String?
    /// Nil means every scope.
    package var scope: InferenceScope?
    package var model: ModelPattern
    /// Tokens or requests per minute or day; a kind that the scope does not have is ignored.
    package var limits: [QuotaKind: Double]

    package init(
        account: String? = nil, region: String? = nil, scope: InferenceScope? = nil, model: String,
        limits: [QuotaKind: Double]
    ) {
        self.account = account
        self.region = region
        self.scope = scope
        self.model = ModelPattern(model)
        self.limits = limits
    }

    func applies(account: String?, region: String?) -> Bool {
        (self.account == nil || account == nil || self.account == account)
            && (self.region == nil || region == nil || self.region == region)
    }

    func matches(_ pool: ScopedModel) -> Bool {
        (scope == nil || scope == pool.scope) && model.matches(pool.model)
    }
}

extension InferenceScope {
    /// The quotas that a scope can have: bedrock-mantle limits input and output apart, bedrock-runtime does not.
    package var quotaKinds: [QuotaKind] {
        switch self {
        case .onDemand, .crossRegion, .global: [.tokensPerMinute, .requestsPerMinute, .tokensPerDay]
        case .mantle: [.inputTokensPerMinute, .outputTokensPerMinute]
        }
    }
}
