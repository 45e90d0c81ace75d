import Polling
import QuotaModel
import Synchronization
import System

/// What is left of a model ID's quotas now, for gateways that choose where a request goes: found in memory, by the ID as the
/// gateway writes it.
package final class HeadroomBoard: Sendable {
    /// A Region's newest publication with its pools by what they are.
    private struct Held {
        let region: RegionSnapshot
        let pools: [ScopedModel: Int]
    }

    private struct State {
        var held: [RegionKey: Held] = [:]
        /// The Regions that know a model ID, and those with a pool of a model.
        var byModelID: [String: Set<RegionKey>] = [:]
        var byModel: [String: Set<RegionKey>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Takes a Region's publication in place of the one before.
    package func take(_ region: RegionSnapshot) {
        let pools = Dictionary(
            region.pools.enumerated().map { ($0.element.pool.scopedModel, $0.offset) },
            uniquingKeysWith: { $1 })
        state.withLock { state in
            // Mostly only figures are other than before.
            if let old = state.held[region.key], old.pools.keys == pools.keys,
                old.region.identities.keys == region.identities.keys
            {
                state.held[region.key] = Held(region: region, pools: pools)
                return
            }
            Self.forget(region.key, &state)
            state.held[region.key] = Held(region: region, pools: pools)
            for modelID in region.identities.keys { state.byModelID[modelID, default: []].insert(region.key) }
            for pool in pools.keys { state.byModel[pool.model, default: []].insert(region.key) }
        }
    }

    /// Forgets the Regions that a reload took away.
    package func keep(_ kept: Set<RegionKey>) {
        state.withLock { state in
            for key in state.held.keys where !kept.contains(key) { Self.forget(key, &state) }
        }
    }

    private static func forget(_ key: RegionKey, _ state: inout State) {
        guard let old = state.held.removeValue(forKey: key) else { return }
        for modelID in old.region.identities.keys {
            state.byModelID[modelID]?.remove(key)
            if state.byModelID[modelID]?.isEmpty == true { state.byModelID[modelID] = nil }
        }
        for pool in old.pools.keys {
            state.byModel[pool.model]?.remove(key)
            if state.byModel[pool.model]?.isEmpty == true { state.byModel[pool.model] = nil }
        }
    }

    // MARK: Questions

    /// A model ID with where it is asked for; nil means anywhere.
    package struct Question: Sendable {
        package var modelID: String
        package var account: String?
        package var region: String?

        package init(modelID: String, account: String? = nil, region: String? = nil) {
            self.modelID = modelID
            self.account = account
            self.region = region
        }

        fileprivate func fits(_ key: RegionKey) -> Bool {
            (account ?? key.account) == key.account && (region ?? key.region) == key.region
        }
    }

    /// Why there is no answer.
    package struct Refusal: Error, Equatable {
        package let reason: String
    }

    /// Pools of the same model besides that are named at most.
    private static let alternatives = 5

    /// - Parameter now: Unix seconds; figures that are too old by then are null.
    package func answer(_ question: Question, now: Double) -> Result<HeadroomDocument, Refusal> {
        let state = state.withLock { $0 }
        let found = Self.pools(of: question, state)
        guard !found.isEmpty else { return .failure(Refusal(reason: Self.reason(question, state))) }
        let asked = found.map { HeadroomDocument.Pool($0.pool, of: $0.region, now: now) }
            .sorted { ($0.account, $0.region) < ($1.account, $1.region) }
        let taken = Set(found.map(\.pool.pool))
        let models = Set(found.map(\.pool.pool.model))
        var others: [HeadroomDocument.Pool] = []
        for model in models {
            for key in state.byModel[model] ?? [] {
                guard let held = state.held[key], (question.account ?? key.account) == key.account else {
                    continue
                }
                others += held.region.pools.filter {
                    $0.pool.model == model && $0.pool.scope.route == $0.pool.scope && !taken.contains($0.pool)
                }
                .map { HeadroomDocument.Pool($0, of: held.region, now: now) }
            }
        }
        let best = others.filter { $0.highestRatio != nil }.sorted {
            ($0.highestRatio ?? 1, $0.account, $0.region, $0.scope) < (
                $1.highestRatio ?? 1, $1.account, $1.region, $1.scope
            )
        }
        return .success(
            HeadroomDocument(
                modelId: question.modelID, pools: asked, alternatives: Array(best.prefix(Self.alternatives))))
    }

    private static func pools(
        of question: Question, _ state: State
    ) -> [(region: RegionSnapshot, pool: PoolSnapshot)] {
        for spelling in spellings(of: question.modelID) {
            let known = (state.byModelID[spelling] ?? []).filter(question.fits).compactMap { key in
                state.held[key].flatMap { held in
                    held.region.identities[spelling]?.pool.flatMap { held.pools[$0] }.map {
                        (held.region, held.region.pools[$0])
                    }
                }
            }
            if !known.isEmpty { return known }
            // Another model ID of the same pool may have been seen, such as eu.X where us.X is asked for.
            guard let pool = form(of: spelling) else { continue }
            let others = (state.byModel[pool.model] ?? []).filter(question.fits).compactMap { key in
                state.held[key].flatMap { held in
                    held.pools[pool].map { (held.region, held.region.pools[$0]) }
                }
            }
            if !others.isEmpty { return others }
        }
        return []
    }

    /// The ID as it stands, without a gateway's prefixes (`bedrock/`, `bedrock/converse/`, …), and the ID in an ARN.
    private static func spellings(of text: String) -> [String] {
        var all = [text]
        if let arn = text.firstRange(of: "arn:") {
            all.append(String(text[arn.lowerBound...]))
            if let slash = text.lastIndex(of: "/") { all.append(String(text[text.index(after: slash)...])) }
        } else if let slash = text.lastIndex(of: "/") {
            all.append(String(text[text.index(after: slash)...]))
        }
        return all
    }

    /// The pool that a model ID's form names.
    private static func form(of modelID: String) -> ScopedModel? {
        switch ModelID(modelID) {
        case .baseModel(let model), .foundationModelARN(let model):
            ScopedModel(scope: .onDemand, model: model)
        case .geographicProfile(_, let model): ScopedModel(scope: .crossRegion, model: model)
        case .globalProfile(let model): ScopedModel(scope: .global, model: model)
        case _: nil
        }
    }

    private static func reason(_ question: Question, _ state: State) -> String {
        let shown = Shown.value(question.modelID)
        let spellings = spellings(of: question.modelID)
        let keys = spellings.flatMap { state.byModelID[$0] ?? [] }
        if keys.isEmpty {
            return
                "\(shown) has no traffic in the polled accounts and Regions, and no pool that its form names"
        }
        if !keys.contains(where: question.fits) { return "\(shown) is not known in that account or Region" }
        return "\(shown) belongs to no quota pool; see unmapped in /api/v1/pools"
    }
}
