/// What a quota limits, named as in metrics, JSON and configuration.
package enum QuotaKind: String, CaseIterable, Sendable, Comparable {
    case tokensPerMinute = "tokens_per_minute"
    case requestsPerMinute = "requests_per_minute"
    case tokensPerDay = "tokens_per_day"
    /// bedrock-mantle limits input and output apart, without weights.
    case inputTokensPerMinute = "input_tokens_per_minute"
    case outputTokensPerMinute = "output_tokens_per_minute"
    /// Batch inference jobs at a time, with a base model.
    case batchJobs = "batch_jobs"
    /// The same with customised copies of the model, which are counted apart.
    case customModelBatchJobs = "custom_model_batch_jobs"

    /// The kinds of pools, whose use is kept minute by minute; of batch jobs only what is now is known.
    package static let ofPools = allCases.filter { $0 != .batchJobs && $0 != .customModelBatchJobs }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// Which figure of a pool's minutes is set against it.
    package enum Figure: Sendable {
        /// Quota tokens; where input and output count apart, input tokens.
        case tokens
        /// Requests; where input and output count apart, output tokens.
        case count
        /// Quota tokens since 00:00 UTC.
        case day
        /// No figure of minutes: jobs in flight.
        case jobs
    }

    package var figure: Figure {
        switch self {
        case .tokensPerMinute, .inputTokensPerMinute: .tokens
        case .requestsPerMinute, .outputTokensPerMinute: .count
        case .tokensPerDay: .day
        case .batchJobs, .customModelBatchJobs: .jobs
        }
    }
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
    /// Tokens or requests per minute or day, or jobs. 0 means that AWS does not permit the use at all.
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

/// What people know better than AWS's services tell.
package struct QuotaSettings: Equatable, Sendable {
    package var overrides: [QuotaOverride] = []
    package var rates = BurndownTable()
    package var reservations: [Reservation] = []

    /// Every limit that is typed in, those of reservations among them.
    package var limits: [QuotaOverride] { overrides + reservations.map(\.limits) }

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
        // What is said of all scopes is said of routes, not of reservations and the like.
        (scope.map { $0 == pool.scope } ?? (pool.scope.route == pool.scope)) && model.matches(pool.model)
    }
}

/// Reserved capacity, which no interface of AWS lists: what it serves draws on it and on no on-demand quota.
package struct Reservation: Equatable, Sendable {
    /// Nil means every account.
    package var account: String?
    /// Nil means every Region.
    package var region: String?
    /// How the calls are routed that it serves: `on_demand`, `cross_region` or `global`.
    package var route: InferenceScope
    package var model: ModelPattern
    package var inputTokensPerMinute: Double
    package var outputTokensPerMinute: Double

    package init(
        account: String? = nil, region: String? = nil, route: InferenceScope = .onDemand, model: String,
        inputTokensPerMinute: Double, outputTokensPerMinute: Double
    ) {
        self.account = account
        self.region = region
        self.route = route
        self.model = ModelPattern(model)
        self.inputTokensPerMinute = inputTokensPerMinute
        self.outputTokensPerMinute = outputTokensPerMinute
    }

    /// The routes whose traffic can be reserved.
    package static let routes = InferenceScope.allCases.filter { $0.scope(of: .reserved) != nil }

    /// Its size as the quota that it is.
    fileprivate var limits: QuotaOverride {
        QuotaOverride(
            account: account, region: region, scope: route.scope(of: .reserved), model: model.text,
            limits: [
                .inputTokensPerMinute: inputTokensPerMinute, .outputTokensPerMinute: outputTokensPerMinute,
            ])
    }
}

extension InferenceScope {
    /// The quotas that a scope can have. bedrock-mantle and reservations limit input and output apart; calls with a long
    /// context share the requests of the plain pool, as CloudWatch does not tell theirs apart.
    package var quotaKinds: [QuotaKind] {
        switch self {
        case .onDemand, .crossRegion, .global, .customModel:
            [.tokensPerMinute, .requestsPerMinute, .tokensPerDay]
        case .onDemandLongContext, .crossRegionLongContext, .globalLongContext:
            [.tokensPerMinute, .tokensPerDay]
        case .mantle, .onDemandReserved, .crossRegionReserved, .globalReserved:
            [.inputTokensPerMinute, .outputTokensPerMinute]
        case .batch: [.batchJobs, .customModelBatchJobs]
        }
    }

    /// Whether quota tokens are weighed by a burndown rate; else the quotas count input and output apart.
    package var isWeighed: Bool { quotaKinds.contains(.tokensPerMinute) }

    /// What of a minute the quota of requests is set against, where there is one, else that of output tokens.
    package func count(of usage: UsageMinute) -> Double {
        (isWeighed ? usage.invocations : usage.outputTokens) ?? 0
    }
}

/// A base model ID of the configuration, exact or with a closing `*`.
package struct ModelPattern: Equatable, Sendable {
    private let stem: String
    /// False when any model that begins with the stem fits.
    package let isExact: Bool

    /// `anthropic.claude-sonnet-4-6` or `anthropic.claude-opus-4-8*`; a star elsewhere is an ordinary character.
    package init(_ text: String) {
        isExact = !text.hasSuffix("*")
        stem = isExact ? text : String(text.dropLast())
    }

    /// The text that the pattern was made from.
    package var text: String { isExact ? stem : stem + "*" }

    package func matches(_ model: String) -> Bool {
        isExact ? model == stem : model.hasPrefix(stem)
    }
}
