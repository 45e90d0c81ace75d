import QuotaModel

/// What people know better than AWS's services tell.
package struct QuotasConfiguration: Equatable, Sendable {
    package var overrides: [QuotaOverride] = []
    package var burndownRates: [BurndownRateOverride] = []

    package init() {}

    init(_ section: SectionReader, accounts: [AccountConfiguration]) {
        let sections = section.sections("overrides", atMost: ConfigurationLimits.overrides) ?? []
        for override in sections {
            guard let value = QuotaOverride(override) else { continue }
            value.check(against: accounts, override)
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

/// Limits typed in for the pools that match. A part that is nil matches all.
package struct QuotaOverride: Equatable, Sendable {
    package var account: String?
    package var region: String?
    package var scope: InferenceScope?
    /// A base model ID, such as `anthropic.claude-sonnet-4-6`.
    package var model: String
    /// Tokens or requests per minute or day, at least one; 0 means "not permitted".
    package var limits: [QuotaKind: Double]

    package init(
        account: String? = nil, region: String? = nil, scope: InferenceScope? = nil, model: String,
        limits: [QuotaKind: Double]
    ) {
        self.account = account
        self.region = region
        self.scope = scope
        self.model = model
        self.limits = limits
    }

    /// Nil, with the problem reported, when the model or every limit is missing or wrong.
    init?(_ section: SectionReader) {
        account = section.optional("account") { scalar throws(InvalidValue) in try scalar.name() }
        region = section.optional("region", RegionName.parse)
        scope = section.optional("scope") { scalar throws(InvalidValue) in
            try scalar.word(InferenceScope.self)
        }
        limits = [:]
        let kinds = QuotaKind.allCases
        for kind in kinds where section.has(kind.rawValue) {
            limits[kind] = section.optional(kind.rawValue) { scalar throws(InvalidValue) in
                try scalar.number("a number of 0 or more") { ConfigurationLimits.quota ~= $0 }
            }
            if let scope, !scope.has(kind) {
                section.report(
                    kind.rawValue,
                    "is no quota of scope \(scope.rawValue); allowed: \(scope.kinds.map(\.rawValue).joined(separator: ", "))"
                )
            }
        }
        if !kinds.contains(where: { section.has($0.rawValue) }) {
            section.problems.add(
                section.position, section.path,
                "sets no quota; allowed: one or more of \(kinds.map(\.rawValue).joined(separator: ", "))")
        }
        guard let model = section.required("model", ModelName.base), !limits.isEmpty else { return nil }
        self.model = model
    }

    /// An override that can match no pool is a mistake.
    fileprivate func check(against accounts: [AccountConfiguration], _ section: SectionReader) {
        let names = accounts.compactMap(\.name)
        let mayBeID = names.count < accounts.count
        if let account, !names.contains(account), !mayBeID || !ARN.isAccount(account) {
            let near = Suggestion.nearest(to: account, in: names).map { "did you mean \($0)? " } ?? ""
            let allowed = names + (mayBeID ? ["a 12-digit account ID"] : [])
            section.report(
                "account",
                "\(Shown.value(account)) is no account of this file; \(near)allowed: \(allowed.joined(separator: ", "))"
            )
        }
        let regions = accounts.flatMap(\.regions)
        if let region, !regions.contains(region), accounts.allSatisfy({ !$0.regions.isEmpty }) {
            section.report(
                "region", "\(region) is watched for no account; allowed: \(regions.joined(separator: ", "))")
        }
    }

    /// The first quota that both overrides set for the very same selection.
    fileprivate func repeated(from other: QuotaOverride) -> QuotaKind? {
        guard
            (account, region, scope) == (other.account, other.region, other.scope), model == other.model
        else { return nil }
        return limits.keys.sorted().first { other.limits[$0] != nil }
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

extension InferenceScope {
    /// The quotas that pools of the scope have.
    fileprivate var kinds: [QuotaKind] {
        switch self {
        case .onDemand, .crossRegion, .global: [.tokensPerMinute, .requestsPerMinute, .tokensPerDay]
        case .mantle: [.inputTokensPerMinute, .outputTokensPerMinute]
        }
    }

    fileprivate func has(_ kind: QuotaKind) -> Bool { kinds.contains(kind) }
}

/// The form of base model IDs.
enum ModelName {
    private static let profilePrefixes = ["us", "eu", "apac", "jp", "au", "ca", "global", "us-gov"]

    /// Such as `anthropic.claude-sonnet-4-6` or `amazon.nova-pro-v1:0`.
    static func base(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        let allowed = "allowed: a base model ID, such as anthropic.claude-sonnet-4-6"
        guard (1...ConfigurationLimits.modelCharacters).contains(scalar.text.count),
            scalar.text.allSatisfy({ $0.isASCIILetterOrDigit || "._:-".contains($0) }),
            scalar.text.contains(".")
        else { throw InvalidValue("\(scalar.shown) is not a model; \(allowed)") }
        let parts = scalar.text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let prefix = parts.first, !profilePrefixes.contains(String(prefix)) else {
            throw InvalidValue(
                "\(scalar.shown) is an inference profile; allowed: its base model, with scope for the kind of routing"
            )
        }
        return scalar.text
    }

    /// A base model ID, or its beginning followed by `*`.
    static func pattern(_ scalar: ConfiguredScalar) throws(InvalidValue) -> String {
        guard scalar.text.hasSuffix("*") else { return try base(scalar) }
        do throws(InvalidValue) {
            _ = try base(ConfiguredScalar(String(scalar.text.dropLast())))
        } catch {
            throw InvalidValue(
                "\(scalar.shown) is not a pattern; allowed: the beginning of a base model ID with its vendor, such as anthropic.claude-opus-4-8*"
            )
        }
        return scalar.text
    }
}
