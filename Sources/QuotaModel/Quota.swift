/// What a quota limits, named as in metrics, JSON and configuration.
package enum QuotaKind: String, CaseIterable, Sendable, Comparable {
    case tokensPerMinute = "tokens_per_minute"
    case requestsPerMinute = "requests_per_minute"
    case tokensPerDay = "tokens_per_day"
    /// bedrock-mantle limits input and output apart, without weights.
    case inputTokensPerMinute = "input_tokens_per_minute"
    case outputTokensPerMinute = "output_tokens_per_minute"

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Where a limit comes from.
package enum LimitSource: String, Sendable {
    /// The account's own value, from `ListServiceQuotas`.
    case applied
    /// AWS's default, because the account has no applied value.
    case `default`
    /// Typed into our configuration.
    case override
}

/// How AWS's quota found the model that it limits.
package enum QuotaMatch: String, Sendable {
    /// By its code, whose model is known.
    case code
    /// By its name, which a model that AWS lists has.
    case name
    /// By its name, which the ID of a model with traffic has by its form; no list has the model yet.
    case derived
}

/// A limit on a pool.
package struct Quota: Equatable, Sendable {
    package let kind: QuotaKind
    /// Tokens or requests per minute or day. 0 means that AWS does not permit the use at all.
    package let limit: Double
    package let source: LimitSource
    /// Service Quotas' code, such as `L-7BEE40FB`; nil for a limit that only our configuration knows.
    package let code: String?
    /// Nil for a limit that only our configuration knows.
    package let match: QuotaMatch?

    package init(
        kind: QuotaKind, limit: Double, source: LimitSource, code: String?, match: QuotaMatch? = nil
    ) {
        self.kind = kind
        self.limit = limit
        self.source = source
        self.code = code
        self.match = match
    }
}
