/// The work of building a catalog: each listed quota finds its pools, or its reason for having none.
struct QuotaJoin {
    /// One value that a listed quota claims for a limit.
    private struct Claim {
        let quota: ListedQuota
        let limit: Double
        let source: LimitSource
        let match: QuotaMatch
    }

    /// A quota whose name and model are understood.
    private struct Joined {
        let quota: ListedQuota
        let name: QuotaName
        let model: String
        let value: Double
        let source: LimitSource
        let match: QuotaMatch
    }

    let availability: ModelAvailability
    private(set) var quotas: [ScopedModel: [QuotaKind: Quota]] = [:]
    private(set) var unmatched: [UnmatchedQuota] = []
    private(set) var doubtful: Set<ScopedModel> = []
    private let names: ModelNames

    init(inventory: Inventory, observed: some Sequence<String>) {
        availability = ModelAvailability(inventory: inventory)
        // A base model may be listed for customization alone, and its quotas are named after it all the same.
        let customized = inventory.deployments.compactMap(\.baseModel)
        names = ModelNames(
            models: inventory.models, profiles: inventory.profiles, observed: Array(observed) + customized)
    }

    mutating func run(_ listed: [ListedQuota]) {
        var joined: [Joined] = []
        for quota in listed.sorted(by: { $0.code < $1.code }) {
            if let one = join(quota) { joined.append(one) }
        }
        let minutePools = Set(joined.flatMap { one in Self.minutePools(of: one) })
        var claims: [ScopedModel: [QuotaKind: [Claim]]] = [:]
        for one in joined {
            let uses = one.name.uses.filter { applies($0, model: one.model, minutePools: minutePools) }
            if uses.isEmpty { leave(one.quota, .unusedScope(model: one.model)) }
            for use in uses {
                let claim = Claim(
                    quota: one.quota, limit: one.value * use.factor, source: one.source, match: one.match)
                claims[ScopedModel(scope: use.scope, model: one.model), default: [:]][use.kind, default: []]
                    .append(claim)
            }
        }
        settle(claims)
    }

    /// Reads the name, finds the model and the value; a quota that lacks one is left with the reason.
    private mutating func join(_ quota: ListedQuota) -> Joined? {
        let name: QuotaName
        do { name = try QuotaName(quota.name) } catch {
            leave(quota, .refused(error))
            return nil
        }
        if let window = name.contextWindow, name.uses.isEmpty {
            leave(quota, .contextWindowVariant(window))
            return nil
        }
        let known = QuotaCodeTable.model(ofCode: quota.code, name: name).map { ($0, QuotaMatch.code) }
        guard let (model, match) = known ?? matchByName(quota, name) else { return nil }
        guard let (value, source) = Self.value(of: quota) else {
            leave(quota, .noValue)
            return nil
        }
        return Joined(
            quota: quota, name: name, model: model, value: value, source: source, match: match)
    }

    private mutating func matchByName(_ quota: ListedQuota, _ name: QuotaName) -> (String, QuotaMatch)? {
        switch names.match(ModelLabel(name.label, providers: names.providers)) {
        case .model(let model):
            return (model, .name)
        case .derived(let model):
            return (model, .derived)
        case .ambiguous(let models):
            for use in name.uses {
                doubtful.formUnion(models.map { ScopedModel(scope: use.scope, model: $0) })
            }
            leave(quota, .ambiguousModel(models))
        case .none:
            leave(quota, .unknownModel(label: name.label))
        }
        return nil
    }

    /// The applied value where the account has one, else AWS's default.
    static func value(of quota: ListedQuota) -> (Double, LimitSource)? {
        if let applied = quota.appliedValue, applied.isFinite, applied >= 0 { return (applied, .applied) }
        if let standard = quota.defaultValue, standard.isFinite, standard >= 0 { return (standard, .default) }
        return nil
    }

    private static func minutePools(of joined: Joined) -> [ScopedModel] {
        joined.name.uses.filter { $0.kind != .tokensPerDay }.map {
            .init(scope: $0.scope, model: joined.model)
        }
    }

    /// A daily quota names no route: it must not give a profile-only model an on-demand pool, nor one that has no
    /// profile a cross-Region pool.
    private func applies(_ use: QuotaName.Use, model: String, minutePools: Set<ScopedModel>) -> Bool {
        guard use.kind == .tokensPerDay else { return true }
        if minutePools.contains(ScopedModel(scope: use.scope, model: model)) { return true }
        switch use.scope.route {
        case .onDemand: return availability.supportsOnDemand(model)
        case .crossRegion: return availability.mayHaveGeographicProfile(model)
        case _: return true
        }
    }

    private mutating func settle(_ claims: [ScopedModel: [QuotaKind: [Claim]]]) {
        for (pool, kinds) in claims {
            for (kind, all) in kinds {
                let fromTable = all.filter { $0.match == .code }
                let claims = fromTable.isEmpty ? all : fromTable
                guard let first = claims.first, claims.allSatisfy({ $0.limit == first.limit }) else {
                    doubtful.insert(pool)
                    for claim in all { leave(claim.quota, .conflictingValues(codes: all.map(\.quota.code))) }
                    continue
                }
                quotas[pool, default: [:]][kind] = Quota(
                    kind: kind, limit: first.limit, source: first.source, code: first.quota.code,
                    match: first.match)
            }
        }
    }

    private mutating func leave(_ quota: ListedQuota, _ reason: UnmatchedQuota.Reason) {
        unmatched.append(UnmatchedQuota(quota: quota, reason: reason))
    }
}

/// A listed quota that belongs to no pool, with the reason.
package struct UnmatchedQuota: Equatable, Sendable {
    package enum Reason: Equatable, Sendable {
        /// The name is not one of on-demand inference.
        case refused(QuotaNameRefusal)
        /// Limits only calls with a long context, which CloudWatch's model ID does not tell apart.
        case contextWindowVariant(String)
        /// No listed model has the label as its name.
        case unknownModel(label: String)
        /// The label fits several models.
        case ambiguousModel([String])
        /// Other codes give the same limit another value.
        case conflictingValues(codes: [String])
        /// A daily quota of a model that can be called neither on demand nor through a geographic profile here.
        case unusedScope(model: String)
        /// Neither an applied nor a default value is listed.
        case noValue
    }

    package let quota: ListedQuota
    package let reason: Reason

    /// True where a limit on inference was lost, so that a person should look; refused names are none.
    package var concernsInference: Bool {
        switch reason {
        case .refused: false
        case .contextWindowVariant, .unknownModel, .ambiguousModel, .conflictingValues, .unusedScope,
            .noValue:
            true
        }
    }

    /// One sentence for people.
    package var explanation: String {
        switch reason {
        case .refused(let refusal): refusal.explanation
        case .contextWindowVariant(let window):
            "It limits calls with \(window) only, which the metrics do not tell apart."
        case .unknownModel(let label): "No model of this Region is named \"\(label)\"."
        case .ambiguousModel(let models): "The name fits several models: \(models.joined(separator: ", "))."
        case .conflictingValues(let codes):
            "The codes \(codes.joined(separator: ", ")) give this limit different values."
        case .unusedScope(let model):
            "\(model) can be called neither on demand nor through a geographic profile in this Region."
        case .noValue: "Service Quotas lists no value for it."
        }
    }
}

extension QuotaNameRefusal {
    /// One sentence for people.
    package var explanation: String {
        switch self {
        case .batch: "It limits the size of batch inference jobs."
        case .customization: "It limits the customization of models."
        case .latencyOptimized: "It limits latency-optimized inference, which the metrics do not tell apart."
        case .concurrentRequests: "It limits requests at the same time, which no metric shows."
        case .crossModel: "It is account-wide and counted by price, so that metrics cannot measure it."
        case .provisioned: "It limits provisioned throughput."
        case .noModel: "Its name states no model."
        case .notInference: "It does not limit inference."
        }
    }
}
