import QuotaModel

/// What a series, or several of one pool, used in a stretch of time.
struct SeriesSums: Equatable {
    /// Of the counted metrics, in the order of `UsageTotals.metrics`.
    private(set) var metrics = [Double](repeating: 0, count: Self.metricCount)
    private(set) var tokens = BurnedTokens()
    /// Series-minutes that were asked for and answered, at whatever resolution.
    var covered = 0
    /// Series-minutes that are covered, or have a datapoint, at one-minute resolution.
    var known = 0
    /// Series-minutes that are known only as part of a longer period.
    var coarse = 0
    /// The last minute that is known, alone or as the end of a period.
    private(set) var lastKnown: Minute?

    static let metricCount = UsageTotals.metrics.count

    init() {}

    /// What a rollup row holds.
    init(
        metrics: [Double], tokens: BurnedTokens, covered: Int, known: Int, coarse: Int, lastKnown: Minute?
    ) {
        self.metrics = metrics
        self.tokens = tokens
        self.covered = covered
        self.known = known
        self.coarse = coarse
        self.lastKnown = lastKnown
    }

    var isKnown: Bool { known > 0 || coarse > 0 }

    /// Nothing to store.
    var isEmpty: Bool { !isKnown && covered == 0 }

    mutating func add(_ usage: UsageMinute, _ tokens: BurnedTokens) {
        for (index, metric) in UsageTotals.metrics.enumerated() {
            if let value = usage[metric] { metrics[index] += value }
        }
        self.tokens += tokens
    }

    mutating func note(known minute: Minute) {
        lastKnown = max(lastKnown ?? minute, minute)
    }

    mutating func add(_ other: SeriesSums) {
        for index in metrics.indices { metrics[index] += other.metrics[index] }
        tokens += other.tokens
        covered += other.covered
        known += other.known
        coarse += other.coarse
        if let last = other.lastKnown { note(known: last) }
    }
}
