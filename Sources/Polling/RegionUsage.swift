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
    /// The rates in use, of the pools that have model IDs.
    private var ratesInUse: [QuotaPool: BurndownRate] = [:]
    /// The quotas of the pools that have model IDs.
    private var quotas: [QuotaPool: [Quota]] = [:]
    private(set) var assignments: [String: ModelAssignment] = [:]
    private(set) var members: [QuotaPool: [String]] = [:]
    /// What other pools have of the members' traffic: it is taken out.
    private var parts: [QuotaPool: [String]] = [:]
    private(set) var histories: [QuotaPool: PoolHistory] = [:]
    /// Input and output tokens of all model IDs of bedrock-runtime, unweighted.
    private var allTokens = PoolHistory()
    /// The pool that each model ID draws on.
    private(set) var pools: [String: QuotaPool] = [:]
    private(set) var traffic = AlertTraffic()
    private(set) var activeModelIDs: Set<String> = []
    /// Model IDs of which at least one minute is covered: the others' counters are not zero but unknown.
    private var readModelIDs: Set<String> = []

    init(key: RegionKey) {
        self.key = key
    }

    // MARK: Mapping

    /// Maps model IDs to pools by the catalog of now.
    ///
    /// - Returns: True when a pool gained or lost a model ID, so that histories must be read from the store again.
    mutating func map(modelIDs: [String], active: Set<String>, catalog: QuotaCatalog, rates: BurndownTable)
        -> Bool
    {
        var assigned: [String: ModelAssignment] = [:]
        var members: [QuotaPool: [String]] = [:]
        var pools: [String: QuotaPool] = [:]
        var parts: [QuotaPool: [String]] = [:]
        for modelID in modelIDs.sorted() {
            let assignment = catalog.assignment(of: modelID)
            assigned[modelID] = assignment
            guard case .pool(let scope, let model) = assignment else { continue }
            let pool = pool(scope, model)
            members[pool, default: []].append(modelID)
            pools[modelID] = pool
            let name = SeriesName(modelID)
            if name.isPart, case .pool(let scope, let model) = catalog.assignment(of: name.whole) {
                parts[self.pool(scope, model), default: []].append(modelID)
            }
        }
        let before = ratesInUse
        self.catalog = catalog
        self.rates = rates
        takeRates(of: members.keys)
        quotas = Dictionary(
            uniqueKeysWithValues: members.keys.map {
                ($0, catalog.quotas(scope: $0.scope, model: $0.model))
            })
        let changed =
            members != self.members || parts != self.parts || active != activeModelIDs
            || before != ratesInUse
        assignments = assigned
        self.pools = pools
        activeModelIDs = active
        if changed {
            self.members = members
            self.parts = parts
            forgetHistories()
        }
        return changed
    }

    /// By kind; none of a pool without model IDs.
    func quotas(of pool: QuotaPool) -> [Quota] { quotas[pool] ?? [] }

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
        members.keys.sorted().flatMap { pool in
            quotas(of: pool).map {
                PoolQuota(scope: pool.scope, model: pool.model, quota: $0)
            }
        }
    }

    // MARK: Burndown rates

    /// The rates in use.
    var poolRates: [(ScopedModel, BurndownRate)] {
        members.keys.sorted().map { ($0.scopedModel, rate(of: $0)) }
    }

    /// Takes rates that minutes show; a pool that they say nothing of keeps what was measured before.
    ///
    /// - Returns: True when the rate of a pool in use changed, so that its minutes must be weighted again.
    mutating func measure(_ new: [QuotaPool: BurndownRate]) -> Bool {
        let before = ratesInUse
        measured.merge(new) { $1 }
        takeRates(of: members.keys)
        return ratesInUse != before
    }

    private mutating func takeRates(of pools: some Sequence<QuotaPool>) {
        ratesInUse = Dictionary(uniqueKeysWithValues: pools.map { ($0, rateOfNow($0)) })
    }

    private func rateOfNow(_ pool: QuotaPool) -> BurndownRate {
        rates.rate(ofModel: pool.model, scope: pool.scope, measured: measured[pool])
    }

    func rate(of pool: QuotaPool) -> BurndownRate { ratesInUse[pool] ?? rateOfNow(pool) }

    private func mismatch(of pool: QuotaPool) -> BurndownMismatch? {
        rates.mismatch(ofModel: pool.model, scope: pool.scope, measured: measured[pool])
    }

    private func pool(_ scope: InferenceScope, _ model: String) -> QuotaPool {
        QuotaPool(account: key.account, region: key.region, scope: scope, model: model)
    }

    // MARK: Minutes

    /// Computes the window's minutes of every pool anew.
    mutating func update(_ window: Window) {
        for (pool, modelIDs) in members {
            let rate = rate(of: pool).value
            let minutes = minutes(of: modelIDs, in: pool, window, rate: rate)
            histories[pool, default: PoolHistory()].take(minutes, from: window.range.lowerBound)
        }
        updateTraffic(window)
        updateAllTokens(window)
        readModelIDs.formUnion(window.coverage.lazy.filter { !$0.value.isEmpty }.map(\.key))
    }

    private mutating func updateTraffic(_ window: Window) {
        // Taken out meanwhile: the rates are this value's, too.
        var traffic = AlertTraffic()
        swap(&traffic, &self.traffic)
        traffic.update(window, pools: pools) { rate(of: $0).value }
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
        histories = members.mapValues { _ in PoolHistory() }
        traffic = AlertTraffic()
    }

    private func minutes(
        of modelIDs: [String], in pool: QuotaPool, _ window: Window, rate: Double
    ) -> [PoolMinute] {
        let parts = parts[pool] ?? []
        // A model ID without traffic for two weeks is asked for no more; its minutes are zero, not unknown.
        let asked = (modelIDs + parts).filter(activeModelIDs.contains)
        var minutes = Array(
            repeating: PoolMinute(isCovered: !asked.isEmpty), count: window.range.count)
        for modelID in modelIDs {
            for row in window.rows[modelID] ?? [] where window.range.contains(row.minute) {
                let index = window.range.lowerBound.distance(to: row.minute)
                var usage = row.usage
                // AWS's estimate says nothing of parts.
                if !parts.isEmpty { usage.estimatedQuotaTokens = nil }
                Self.add(usage, to: &minutes[index], pool.scope, rate)
            }
        }
        for modelID in parts {
            for row in window.rows[modelID] ?? [] where window.range.contains(row.minute) {
                let index = window.range.lowerBound.distance(to: row.minute)
                Self.subtract(row.usage, from: &minutes[index], pool.scope, rate)
            }
        }
        for modelID in asked {
            for gap in (window.coverage[modelID] ?? MinuteRanges()).gaps(in: window.range) {
                for minute in gap { minutes[window.range.lowerBound.distance(to: minute)].isCovered = false }
            }
        }
        // What is left after a part was taken out is no lower bound: the part may still grow.
        if !parts.isEmpty {
            for index in minutes.indices where !minutes[index].isCovered { minutes[index] = PoolMinute() }
        }
        return minutes
    }

    private static func subtract(
        _ part: UsageMinute, from sum: inout PoolMinute, _ scope: InferenceScope, _ rate: Double
    ) {
        sum.requests = max(0, sum.requests - scope.count(of: part))
        sum.quotaTokens = max(0, sum.quotaTokens - BurnedTokens(ofPeriod: part).quotaTokens(rate: rate))
    }

    private static func add(
        _ row: UsageMinute, to sum: inout PoolMinute, _ scope: InferenceScope, _ rate: Double
    ) {
        sum.requests += scope.count(of: row)
        guard let tokens = QuotaTokens(of: row, rate: rate) else { return }
        sum.quotaTokens += tokens.value
        switch tokens.source {
        case .awsEstimate: sum.sources.insert(.estimate)
        case .weighted: sum.sources.insert(.weighted)
        }
    }

    // MARK: Snapshot

    /// Whether calls with a long context have a quota of their own and nothing tells them apart.
    private func hidesLongContext(_ pool: QuotaPool) -> Bool {
        guard let scope = pool.scope.scope(of: .longContext),
            !catalog.quotas(scope: scope, model: pool.model).isEmpty
        else { return false }
        return members[self.pool(scope, pool.model)] == nil
    }

    private func recentThrottles(of pool: QuotaPool, _ settled: Minute) -> Double? {
        guard pool.scope.isWeighed, histories[pool]?[settled].isCovered == true else { return nil }
        let minutes = settled.advanced(by: -4)..<settled.advanced(by: 60)
        return traffic.errors[pool].map { errors in minutes.reduce(0) { $0 + errors[$1].throttles } } ?? 0
    }

    /// - Parameters:
    ///   - settled: The minute whose figures are shown as current; nil when none has been read.
    ///   - reads: Which series were last read before that minute had settled: theirs are older.
    ///   - settledRows: The rows of those minutes, for latencies.
    func snapshot(
        settled: Minute?, reads: LastReads = LastReads(), newestDatapoint: Minute?,
        totals: [String: UsageTotals],
        settledRows: [String: UsageMinute]
    ) -> RegionSnapshot {
        var snapshot = RegionSnapshot(key: key)
        snapshot.newestDatapoint = newestDatapoint
        snapshot.settledMinute = settled
        let read = totals.filter { readModelIDs.contains($0.key) || $0.value != UsageTotals() }
        snapshot.models = read.sorted { $0.key < $1.key }.map { modelID, totals in
            ModelUsage(
                modelID: modelID, totals: totals,
                latencyMilliseconds: settledRows[modelID]?.latencyMilliseconds,
                timeToFirstTokenMilliseconds: settledRows[modelID]?.timeToFirstTokenMilliseconds)
        }
        snapshot.pools = members.sorted { $0.key < $1.key }.map { pool, modelIDs in
            let shown = settled.map {
                reads.shownMinute(of: modelIDs.filter(activeModelIDs.contains), settled: $0)
            }
            let history = histories[pool] ?? PoolHistory()
            return PoolSnapshot(
                pool: pool, modelIDs: modelIDs.map { SeriesName($0).whole }, rate: rate(of: pool),
                mismatch: mismatch(of: pool),
                quotas: quotas(of: pool).map { quota in
                    QuotaUse(of: quota, history: history, settled: shown)
                }, minute: shown, recentThrottles: settled.flatMap { recentThrottles(of: pool, $0) },
                hidesLongContext: hidesLongContext(pool),
                lifecycle: catalog.lifecycle(ofModel: pool.model))
        }
        for pool in snapshot.pools {
            if pool.pool.scope.isWeighed { snapshot.quotaTokens[pool.pool.scopedModel] = 0 }
        }
        snapshot.dailyQuota = dailyUse(settled: settled)
        snapshot.unmapped = assignments.sorted { $0.key < $1.key }.compactMap { modelID, assignment in
            // CloudWatch lists a model ID for two weeks after its last traffic; older traffic needs no quota.
            guard case .unmapped(let reason) = assignment, activeModelIDs.contains(modelID),
                !SeriesName(modelID).isPart
            else { return nil }
            return UnmappedModel(modelID: modelID, reason: reason)
        }
        let shown =
            snapshot.pools.flatMap(\.modelIDs)
            + snapshot.models.map(\.modelID).filter { !SeriesName($0).isPart }
            + snapshot.unmapped.map(\.modelID)
        for modelID in shown where snapshot.identities[modelID] == nil {
            snapshot.identities[modelID] = ModelIdentity(
                pool: pools[modelID]?.scopedModel ?? catalog.resolution(of: modelID).candidate,
                profile: catalog.listedProfile(modelID))
        }
        return snapshot
    }
}
