import QuotaModel
import Reading
import UsageStore

/// One pool with all that is known of it: the model IDs that feed it, its quotas and rate, and its last day minute by minute.
struct PoolUsage {
    let pool: QuotaPool
    /// Ascending.
    let modelIDs: [String]
    /// What other pools have of the members' traffic: it is taken out.
    let parts: [String]
    /// What CloudWatch lists of the members and the parts. The others' minutes are zero, not unknown.
    let asked: Set<String>
    let quotas: [Quota]
    /// Calls with a long context have a quota of their own, and nothing tells them apart.
    let hidesLongContext: Bool
    let lifecycle: ModelLifecycle?
    var rate: BurndownRate
    /// What the account's own minutes say against the rate.
    var mismatch: BurndownMismatch?
    private(set) var history = PoolHistory()
    /// What the members' traffic is counted under.
    private let wholes: [String]
    /// The members that CloudWatch lists.
    private let activeModelIDs: [String]

    init(
        pool: QuotaPool, modelIDs: [String], parts: [String], active: Set<String>, _ catalog: QuotaCatalog,
        hidesLongContext: Bool, rate: BurndownRate
    ) {
        self.pool = pool
        self.modelIDs = modelIDs
        self.parts = parts
        asked = active.intersection(modelIDs + parts)
        quotas = catalog.quotas(scope: pool.scope, model: pool.model)
        self.hidesLongContext = hidesLongContext
        lifecycle = catalog.lifecycle(ofModel: pool.model)
        self.rate = rate
        wholes = modelIDs.map { SeriesName($0).whole }
        activeModelIDs = modelIDs.filter(active.contains)
    }

    /// Whether both are made of the same minutes.
    func hasMembers(of other: PoolUsage) -> Bool {
        pool == other.pool && modelIDs == other.modelIDs && parts == other.parts && asked == other.asked
    }

    /// Takes over what is known of the same pool's minutes.
    mutating func keepHistory(of other: PoolUsage) { history = other.history }

    /// Forgets every minute.
    mutating func forget() { history = PoolHistory() }

    // MARK: Minutes

    /// Computes the window's minutes anew.
    mutating func update(_ window: RegionUsage.Window) {
        history.take(minutes(window), from: window.range.lowerBound)
    }

    private func minutes(_ window: RegionUsage.Window) -> [PoolMinute] {
        var minutes = Array(
            repeating: PoolMinute(isCovered: !asked.isEmpty), count: window.range.count)
        for modelID in modelIDs {
            for row in window.rows[modelID] ?? [] where window.range.contains(row.minute) {
                add(row.usage, to: &minutes[window.range.lowerBound.distance(to: row.minute)])
            }
        }
        for modelID in parts {
            for row in window.rows[modelID] ?? [] where window.range.contains(row.minute) {
                subtract(row.usage, from: &minutes[window.range.lowerBound.distance(to: row.minute)])
            }
        }
        for modelID in asked {
            for gap in (window.coverage[modelID] ?? MinuteRanges()).gaps(in: window.range) {
                let first = window.range.lowerBound.distance(to: gap.lowerBound)
                for index in first..<first + gap.count { minutes[index].isCovered = false }
            }
        }
        // What is left after a part was taken out is no lower bound: the part may still grow.
        if !parts.isEmpty {
            for index in minutes.indices where !minutes[index].isCovered { minutes[index] = PoolMinute() }
        }
        return minutes
    }

    private func subtract(_ part: UsageMinute, from sum: inout PoolMinute) {
        sum.requests = max(0, sum.requests - pool.scope.count(of: part))
        let tokens = BurnedTokens(ofPeriod: part).quotaTokens(rate: rate.value)
        sum.quotaTokens = max(0, sum.quotaTokens - tokens)
    }

    private func add(_ row: UsageMinute, to sum: inout PoolMinute) {
        var row = row
        // AWS's estimate says nothing of parts.
        if !parts.isEmpty { row.estimatedQuotaTokens = nil }
        sum.requests += pool.scope.count(of: row)
        guard let tokens = QuotaTokens(of: row, rate: rate.value) else { return }
        sum.quotaTokens += tokens.value
        switch tokens.source {
        case .awsEstimate: sum.sources.insert(.estimate)
        case .weighted: sum.sources.insert(.weighted)
        }
    }

    // MARK: Snapshot

    /// - Parameters:
    ///   - settled: The minute whose figures are shown as current; nil when none has been read.
    ///   - reads: Which series were last read before that minute had settled: theirs are older.
    func snapshot(settled: Minute?, reads: LastReads, _ traffic: AlertTraffic) -> PoolSnapshot {
        let shown = settled.map { reads.shownMinute(of: activeModelIDs, settled: $0) }
        return PoolSnapshot(
            pool: pool, modelIDs: wholes, rate: rate, mismatch: mismatch,
            quotas: quotas.map { QuotaUse(of: $0, history: history, settled: shown) }, minute: shown,
            recentThrottles: settled.flatMap { recentThrottles($0, traffic) },
            hidesLongContext: hidesLongContext, lifecycle: lifecycle)
    }

    private func recentThrottles(_ settled: Minute, _ traffic: AlertTraffic) -> Double? {
        guard pool.scope.isWeighed, history[settled].isCovered else { return nil }
        guard !traffic.errors.isEmpty, let errors = traffic.errors[pool] else { return 0 }
        let minutes = settled.advanced(by: -4)..<settled.advanced(by: 60)
        return minutes.reduce(0) { $0 + errors[$1].throttles }
    }
}
