import QuotaModel

/// Limits typed in for the pools that match. A part that is nil matches all.
package struct ConfiguredQuota: Equatable, Sendable {
    package var account: String?
    package var region: String?
    package var scope: InferenceScope?
    /// A base model ID, such as `anthropic.claude-sonnet-4-6`, or its beginning followed by `*`.
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
                try scalar.number("a number from 0 to \(Int(ConfigurationLimits.quota.upperBound))") {
                    ConfigurationLimits.quota ~= $0
                }
            }
            if let scope, !scope.quotaKinds.contains(kind) {
                section.report(
                    kind.rawValue,
                    "is no quota of scope \(scope.rawValue); allowed: \(scope.quotaKinds.map(\.rawValue).joined(separator: ", "))"
                )
            }
        }
        if !kinds.contains(where: { section.has($0.rawValue) }) {
            section.problems.add(
                section.position, section.path,
                "sets no quota; allowed: one or more of \(kinds.map(\.rawValue).joined(separator: ", "))")
        }
        guard let model = section.required("model", ModelName.pattern), !limits.isEmpty else { return nil }
        self.model = model
    }

    /// An override that can match no pool is a mistake.
    func check(against accounts: [AccountConfiguration], _ section: SectionReader) {
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
    func repeated(from other: ConfiguredQuota) -> QuotaKind? {
        guard
            (account, region, scope) == (other.account, other.region, other.scope), model == other.model
        else { return nil }
        return limits.keys.sorted().first { other.limits[$0] != nil }
    }
}
