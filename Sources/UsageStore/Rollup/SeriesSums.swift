import QuotaModel

/// What a series, or several of one pool, used in a stretch of time.
struct SeriesSums: Equatable {
    /// Of the counted metrics, in the order of `UsageTotals.metrics`.
    private(set) var metrics = [Double](repeating: 0, count: Self.metricCount)
    /// The part of the quota tokens that does not depend on the burndown rate.
    private(set) var fixedTokens = 0.0
    /// Output tokens that are burned at the burndown rate.
    private(set) var burnedTokens = 0.0
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
        metrics: [Double], fixedTokens: Double, burnedTokens: Double, covered: Int, known: Int, coarse: Int,
        lastKnown: Minute?
    ) {
        self.metrics = metrics
        self.fixedTokens = fixedTokens
        self.burnedTokens = burnedTokens
        self.covered = covered
        self.known = known
        self.coarse = coarse
        self.lastKnown = lastKnown
    }

    var isKnown: Bool { known > 0 || coarse > 0 }

    /// Nothing to store.
    var isEmpty: Bool { !isKnown && covered == 0 }

    func quotaTokens(rate: Double) -> Double { fixedTokens + burnedTokens * rate }

    mutating func add(_ usage: UsageMinute, _ tokens: BurnedTokens) {
        for (index, metric) in UsageTotals.metrics.enumerated() {
            if let value = usage[metric] { metrics[index] += value }
        }
        fixedTokens += tokens.fixed
        burnedTokens += tokens.burned
    }

    mutating func note(known minute: Minute) {
        lastKnown = max(lastKnown ?? minute, minute)
    }

    mutating func add(_ other: SeriesSums) {
        for index in metrics.indices { metrics[index] += other.metrics[index] }
        fixedTokens += other.fixedTokens
        burnedTokens += other.burnedTokens
        covered += other.covered
        known += other.known
        coarse += other.coarse
        if let last = other.lastKnown { note(known: last) }
    }
}

/// Quota tokens split so that the burndown rate can be put in later.
struct BurnedTokens: Equatable {
    var fixed: Double
    var burned: Double

    /// AWS's estimate where the minute has one, as in `QuotaTokens`.
    init(ofMinute usage: UsageMinute) {
        if let estimate = usage.estimatedQuotaTokens {
            self.init(fixed: estimate, burned: 0)
        } else {
            self.init(ofPeriod: usage)
        }
    }

    /// Without AWS's estimate, which is sparse: in a longer period it may speak for some of its minutes only.
    init(ofPeriod usage: UsageMinute) {
        self.init(
            fixed: (usage.inputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0),
            burned: usage.outputTokens ?? 0)
    }

    private init(fixed: Double, burned: Double) {
        self.fixed = fixed
        self.burned = burned
    }

    func quotaTokens(rate: Double) -> Double { fixed + burned * rate }
}
