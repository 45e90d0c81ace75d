import QuotaModel
import Reading
import UsageStore

/// What is known of one Region's pools: which model IDs feed which pool, and the last day minute by minute.
///
/// Fed with the store's rows, never with raw answers, so that what is shown is what was stored.
struct RegionUsage {
    /// The rows and the coverage of one stretch of minutes, as the store has them.
    struct Window {
        let range: Range<Minute>
        let rows: [String: [RecordedMinute]]
        let coverage: [String: MinuteRanges]
    }

    let key: RegionKey
    private(set) var catalog = QuotaCatalog(inventory: Inventory())
    private var rates = BurndownTable()
    private(set) var measured: [QuotaPool: BurndownRate] = [:]
    /// The pools that have model IDs, ascending.
    private(set) var pools: [PoolUsage] = []
    private var places: [QuotaPool: Int] = [:]
    private(set) var assignments: [String: ModelAssignment] = [:]
    /// Input and output tokens of all model IDs of bedrock-runtime, unweighted.
    private var allTokens = PoolHistory()
    /// The pool that each model ID draws on.
    private(set) var poolsByModelID: [String: QuotaPool] = [:]
    /// What people call the model IDs whose profiles they gave a name.
    private(set) var givenNames: [String: String] = [:]
    private(set) var traffic = AlertTraffic()
    private(set) var activeModelIDs: Set<String> = []
    /// Model IDs of which at least one minute is covered: the others' counters are not zero but unknown.
    private var readModelIDs: Set<String> = []
    /// The model IDs that nothing maps, as they are shown.
    private var unmapped: [UnmappedModel] = []
    /// Those with counters, ascending.
    private var countedModelIDs: [String] = []
    /// Of the model IDs that were shown since the last mapping.
    private var identities: [String: ModelIdentity] = [:]

    init(key: RegionKey) {
        self.key = key
    }

    /// What is known of a pool; nil for one without model IDs.
    subscript(pool: QuotaPool) -> PoolUsage? { places[pool].map { pools[$0] } }

    // MARK: Mapping

    /// Maps model IDs to pools by the catalog of now.
    ///
    /// - Returns: True when a pool gained or lost a model ID, so that histories must be read from the store again.
    mutating func map(modelIDs: [String], active: Set<String>, catalog: QuotaCatalog, rates: BurndownTable)
        -> Bool
    {
        var assigned: [String: ModelAssignment] = [:]
        var members: [QuotaPool: [String]] = [:]
        var parts: [QuotaPool: [String]] = [:]
        poolsByModelID = [:]
        givenNames = [:]
        for modelID in modelIDs.sorted() {
            let assignment = catalog.assignment(of: modelID)
            assigned[modelID] = assignment
            givenNames[modelID] = catalog.listedProfile(modelID)?.givenName
            guard case .pool(let scope, let model) = assignment else { continue }
            let pool = pool(scope, model)
            members[pool, default: []].append(modelID)
            poolsByModelID[modelID] = pool
            let name = SeriesName(modelID)
            if name.isPart, case .pool(let scope, let model) = catalog.assignment(of: name.whole) {
                parts[self.pool(scope, model), default: []].append(modelID)
            }
        }
        self.catalog = catalog
        self.rates = rates
        let before = self.pools
        pools = members.keys.sorted().map { pool in
            PoolUsage(
                pool: pool, modelIDs: members[pool] ?? [], parts: parts[pool] ?? [], active: active, catalog,
                hidesLongContext: hidesLongContext(pool, members), rate: rateOfNow(pool))
        }
        places = Dictionary(uniqueKeysWithValues: zip(pools.map(\.pool), pools.indices))
        takeRates()
        let changed =
            active != activeModelIDs
            || !pools.elementsEqual(before) { $0.hasMembers(of: $1) && $0.rate == $1.rate }
        assignments = assigned
        activeModelIDs = active
        unmapped = unmappedModels
        identities = [:]
        if changed {
            forgetHistories()
        } else {
            for index in pools.indices { pools[index].keepHistory(of: before[index]) }
        }
        return changed
    }

    /// Whether calls with a long context have a quota of their own and nothing tells them apart.
    private func hidesLongContext(_ pool: QuotaPool, _ members: [QuotaPool: [String]]) -> Bool {
        guard let scope = pool.scope.scope(of: .longContext),
            !catalog.quotas(scope: scope, model: pool.model).isEmpty
        else { return false }
        return members[self.pool(scope, pool.model)] == nil
    }

    /// CloudWatch lists a model ID for two weeks after its last traffic; older traffic needs no quota.
    private var unmappedModels: [UnmappedModel] {
        assignments.compactMap { modelID, assignment in
            guard case .unmapped(let reason) = assignment, activeModelIDs.contains(modelID),
                !SeriesName(modelID).isPart
            else { return nil }
            return UnmappedModel(modelID: modelID, reason: reason)
        }.sorted { $0.modelID < $1.modelID }
    }

    /// The pool of each model ID, nil for those without one: what the store keeps for later queries.
    var poolAssignments: [String: ScopedModel?] {
        assignments.mapValues { assignment in
            guard case .pool(let scope, let model) = assignment else { return nil }
            return ScopedModel(scope: scope, model: model)
        }
    }

    /// The profile's name of each model ID that has one: what the store keeps for later queries.
    var profileNames: [String: String] {
        assignments.keys.reduce(into: [:]) { $0[$1] = catalog.listedProfile($1)?.shownName }
    }

    /// The quotas of the pools that have model IDs.
    var poolQuotas: [PoolQuota] {
        pools.flatMap { usage in
            usage.quotas.map { PoolQuota(scope: usage.pool.scope, model: usage.pool.model, quota: $0) }
        }
    }

    // MARK: Burndown rates

    /// The rates in use.
    var poolRates: [(ScopedModel, BurndownRate)] { pools.map { ($0.pool.scopedModel, $0.rate) } }

    /// Takes rates that minutes show; a pool that they say nothing of keeps what was measured before.
    ///
    /// - Returns: True when the rate of a pool in use changed, so that its minutes must be weighted again.
    mutating func measure(_ new: [QuotaPool: BurndownRate]) -> Bool {
        let before = pools.map(\.rate)
        measured.merge(new) { $1 }
        takeRates()
        return pools.map(\.rate) != before
    }

    private mutating func takeRates() {
        for index in pools.indices {
            let pool = pools[index].pool
            pools[index].rate = rateOfNow(pool)
            pools[index].mismatch = rates.mismatch(
                ofModel: pool.model, scope: pool.scope, measured: measured[pool])
        }
    }

    private func rateOfNow(_ pool: QuotaPool) -> BurndownRate {
        rates.rate(ofModel: pool.model, scope: pool.scope, measured: measured[pool])
    }

    private func pool(_ scope: InferenceScope, _ model: String) -> QuotaPool {
        QuotaPool(account: key.account, region: key.region, scope: scope, model: model)
    }

    // MARK: Minutes

    /// Computes the window's minutes of every pool anew.
    mutating func update(_ window: Window) {
        for index in pools.indices { pools[index].update(window) }
        updateTraffic(window)
        updateAllTokens(window)
        readModelIDs.formUnion(window.coverage.lazy.filter { !$0.value.isEmpty }.map(\.key))
    }

    private mutating func updateTraffic(_ window: Window) {
        // Taken out meanwhile: the rates are this value's, too.
        var traffic = AlertTraffic()
        swap(&traffic, &self.traffic)
        traffic.update(window, pools: poolsByModelID) { self[$0]?.rate.value ?? rateOfNow($0).value }
        self.traffic = traffic
    }

    /// Parts are left out: their tokens are those of their wholes.
    private mutating func updateAllTokens(_ window: Window) {
        guard catalog.dailyQuotaOfAllModels != nil else { return }
        var sums: [Minute: Double] = [:]
        for (modelID, rows) in window.rows where SeriesName.isRuntime(modelID) {
            for row in rows where window.range.contains(row.minute) {
                sums[row.minute, default: 0] += (row.usage.inputTokens ?? 0) + (row.usage.outputTokens ?? 0)
            }
        }
        for minute in window.range {
            allTokens[minute] = PoolMinute(quotaTokens: sums[minute] ?? 0, isCovered: true)
        }
    }

    /// The daily quota that all models share, with what is surely used of it since 00:00 UTC.
    private func dailyUse(settled: Minute?) -> DailyQuotaUse? {
        guard let quota = catalog.dailyQuotaOfAllModels else { return nil }
        let day = settled.map { $0.startOfDay..<$0.advanced(by: 1) }
        return DailyQuotaUse(quota: quota, leastUse: day.map { allTokens.total(in: $0).quotaTokens })
    }

    /// Forgets every minute; the next updates tell them anew.
    mutating func forgetHistories() {
        allTokens = PoolHistory()
        for index in pools.indices { pools[index].forget() }
        traffic = AlertTraffic()
    }

    // MARK: Snapshot

    /// - Parameters:
    ///   - settled: The minute whose figures are shown as current; nil when none has been read.
    ///   - reads: Which series were last read before that minute had settled: theirs are older.
    ///   - settledRows: The rows of those minutes, for latencies.
    mutating func snapshot(
        settled: Minute?, reads: LastReads = LastReads(), newestDatapoint: Minute?,
        totals: [String: UsageTotals],
        settledRows: [String: UsageMinute]
    ) -> RegionSnapshot {
        var snapshot = RegionSnapshot(key: key)
        snapshot.newestDatapoint = newestDatapoint
        snapshot.settledMinute = settled
        snapshot.models = known(totals).map { modelID, totals in
            let row = settledRows[modelID]
            return ModelUsage(
                modelID: modelID, totals: totals, latencyMilliseconds: row?.latencyMilliseconds,
                timeToFirstTokenMilliseconds: row?.timeToFirstTokenMilliseconds)
        }
        snapshot.pools = pools.map { $0.snapshot(settled: settled, reads: reads, traffic) }
        for pool in snapshot.pools {
            if pool.pool.scope.isWeighed { snapshot.quotaTokens[pool.pool.scopedModel] = 0 }
        }
        snapshot.dailyQuota = dailyUse(settled: settled)
        snapshot.unmapped = unmapped
        identify(snapshot.pools.lazy.flatMap(\.modelIDs))
        identify(snapshot.models.lazy.map(\.modelID))
        identify(snapshot.unmapped.lazy.map(\.modelID))
        snapshot.identities = identities
        return snapshot
    }

    /// The counters that are known, ascending by model ID.
    private mutating func known(_ totals: [String: UsageTotals]) -> [(modelID: String, UsageTotals)] {
        if countedModelIDs.count != totals.count || countedModelIDs.contains(where: { totals[$0] == nil }) {
            countedModelIDs = totals.keys.sorted()
        }
        return countedModelIDs.compactMap { modelID in
            guard let totals = totals[modelID], readModelIDs.contains(modelID) || totals != UsageTotals()
            else { return nil }
            return (modelID, totals)
        }
    }

    /// Looks up what each model ID is, once after each mapping. Parts are shown under their wholes.
    private mutating func identify(_ modelIDs: some Sequence<String>) {
        for modelID in modelIDs where identities[modelID] == nil && !SeriesName(modelID).isPart {
            identities[modelID] = ModelIdentity(
                pool: poolsByModelID[modelID]?.scopedModel ?? catalog.resolution(of: modelID).candidate,
                profile: catalog.listedProfile(modelID))
        }
    }
}
