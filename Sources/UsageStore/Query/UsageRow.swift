import QuotaModel

/// One group in one step of a query. A figure that is not known is nil; a known zero is 0.
///
/// **Known.** A minute of a model ID is known when it is covered (asked for and answered) or has a datapoint; what has
/// no datapoint there counts as 0. A longer period (5 minutes, an hour) is known when it has a datapoint or is covered,
/// and only while none of its minutes is known more finely: an hour also yields to any 5-minute coverage or datapoint
/// in it. A known period belongs to the step that holds it whole; a step that cuts it knows nothing of it. Minutes that
/// retention has deleted live on as whole hours: a step that holds the hour, and whose part of the UTC day does, knows
/// it as before.
///
/// **Rows.** A group has a row in each step that ends after the first minute that is known of any of its model IDs.
/// Rows come by step, then by the group's values.
///
/// **Quota tokens** of a minute are AWS's estimate where it has one, else input + cache write + output x rate, with the
/// pool's newest rate, for all time; without a noted rate the one of `BurndownTable`. Those of a longer period never
/// use the estimate, which may speak for some of its minutes only. A model ID without a pool has none.
///
/// **Cache reads** of a model ID are known once CloudWatch has listed them or a datapoint came, for before that nobody
/// asks for them. In a group they are known when they are of one of its model IDs; the others then read nothing.
///
/// **Ratios.** A cell is a pool with all its model IDs or, when the query groups by model ID or profile name or filters
/// by model ID, one model ID, set against its pool's limits. Its value in a minute is the sum over its model IDs, without
/// the parts of their traffic that have a pool of their own; the minute is known when it is
/// known of one of them. Value by limit is defined where the limit of that minute is above 0: the newest that was seen
/// by the minute's first second, before the first sighting the first. Rollups of deleted minutes keep the limits, rates
/// and pools of the time when they were last made.
///
/// **Tokens per day.** For each UTC day that a step touches: the value is the sum of the cell's quota tokens from 00:00
/// UTC to the end of the step's part of the day, longer periods included that end by then; it stands at the part's last
/// known minute (of a known period its last) and is divided by the limit of that minute. A day whose part holds
/// nothing known has no value. Longer periods do count here.
///
/// **Callers.** Of a kind that needs no logs each is one or several model IDs. Of the others a group falls into rows for each
/// caller of the logs, `CallerRow.notInLogs` and `CallerRow.notRead`, all weighed as above, AWS's estimate aside, which is of
/// the whole; they add up to what CloudWatch has of the step, or to more by `logsExceedQuotaTokens`. Coverage is the group's. They
/// have no ratios, for the logs' minutes are not CloudWatch's.
package struct UsageRow: Equatable, Sendable {
    /// How much of a quota the minutes of the step used.
    package struct QuotaFigures: Equatable, Sendable {
        /// The limit at the last minute of the step; nil when there was none, or the group holds several pools.
        package var limit: Double?
        /// Highest minute by the limit that held then; of several cells the highest. For tokens per day the highest
        /// of the days' values. Nil where nothing is known, where only coarser data exists (except for tokens per day),
        /// or the limit is 0.
        package var peakRatio: Double?
        /// The minute of the peak; of equal ones the earliest.
        package var peakMinute: Minute?
        /// Mean over the known minutes by the limit that held then, for tokens per day over the days' values; nil like
        /// `peakRatio`, and for several pools.
        package var meanRatio: Double?
        /// Known minutes at or above 70, 80 and 100 % of the limit; summed over cells. 0 for tokens per day, where a
        /// share once reached lasts until midnight.
        package var minutesAbove70 = 0
        package var minutesAbove80 = 0
        package var minutesAbove100 = 0
        /// Known minutes with a limit above 0, of which those above are counted; summed over cells. 0 for tokens per day.
        package var limitedMinutes = 0

        package init() {}
    }

    /// Start and end of the step within the query's range.
    package var step: Range<Minute>
    /// Values of the dimensions that the query groups by, in its order; an empty scope or model is "no pool".
    package var group: [String]
    /// Sums of the counted metrics that the group's sources have; empty when nothing of the group is known.
    package var sums: [UsageMetric: Double]
    /// Over the model IDs with a pool whose tokens are weighed; nil when nothing of those is known.
    package var quotaTokens: Double?
    /// Input tokens read from the prompt cache by all input tokens: plain, read and written. Nil without input, and
    /// when nothing is known of cache reads.
    package var cacheReadShare: Double?
    /// What cache reads kept off the pools: quotas count none of these tokens, and would have counted each as input.
    /// Over the model IDs with a pool; nil when nothing is known of their cache reads.
    package var cacheSavedQuotaTokens: Double?
    /// The cell with the highest minute of quota tokens, and of invocations, limit or not; nil when no single minute is
    /// known. Of a group of one pool that counts input and output apart: of input, and of output tokens.
    package var peakQuotaTokens: Peak?
    package var peakInvocations: Peak?
    /// Covered by expected series-minutes, 0 to 1; a series is expected from its first covered minute on, and a longer
    /// period covers its minutes where it is known and the step holds it whole. Nil when none is expected.
    package var coverage: Double?
    /// The same of single minutes alone, those with a datapoint included: what peaks of minutes rest on.
    package var minuteCoverage: Double?
    /// The quotas that any of the group's pools was ever seen to have.
    package var quotas: [QuotaKind: QuotaFigures]
    /// Of a query by caller; nil in others.
    package var caller: CallerFigures?

    package init(
        step: Range<Minute>, group: [String], sums: [UsageMetric: Double] = [:], quotaTokens: Double? = nil,
        coverage: Double? = nil, minuteCoverage: Double? = nil, quotas: [QuotaKind: QuotaFigures] = [:]
    ) {
        self.step = step
        self.group = group
        self.sums = sums
        self.quotaTokens = quotaTokens
        self.coverage = coverage
        self.minuteCoverage = minuteCoverage
        self.quotas = quotas
    }

    /// The share of a day that must be known for the day to count in trends: less would look like little use.
    package static let wholeDayCoverage = 0.95

    /// Whether the step's sums can stand for it, at whatever resolution they are known.
    package var isWhole: Bool { (coverage ?? 0) >= Self.wholeDayCoverage }
    /// Whether the step's highest minute can stand for it: longer periods tell of no minute.
    package var hasWholeMinutes: Bool { (minuteCoverage ?? 0) >= Self.wholeDayCoverage }
}

/// Makes a group's row of its cells' figures.
struct RowBuilder {
    let plan: QueryPlan

    /// Nil before anything is known of the group.
    func row(_ group: QueryPlan.Group, step: Range<Minute>, _ figures: [StepFigures]) -> UsageRow? {
        let members = plan.cells[group.cells].lazy.flatMap(\.members)
        guard members.contains(where: { $0.firstKnown.map { $0 < step.upperBound } ?? false }) else {
            return nil
        }
        var row = UsageRow(step: step, group: group.values)
        addSums(to: &row, group, figures)
        let expected = expected(members, step)
        if expected > 0 {
            let sums = group.cells.lazy.map { figures[$0].sums }
            row.coverage = Double(sums.reduce(0) { $0 + $1.covered }) / Double(expected)
            row.minuteCoverage = Double(sums.reduce(0) { $0 + $1.known }) / Double(expected)
        }
        let pools = Set(plan.cells[group.cells].compactMap { $0.pool?.id })
        for index in group.cells {
            guard let pool = plan.cells[index].pool else { continue }
            for (kind, limits) in pool.limits where pool.pool.scope.quotaKinds.contains(kind) {
                var quota = row.quotas[kind] ?? UsageRow.QuotaFigures()
                add(figures[index], kind, to: &quota, isOnlyPool: pools.count == 1)
                if pools.count == 1 { quota.limit = limits.limit(at: step.upperBound.advanced(by: -1)) }
                row.quotas[kind] = quota
            }
        }
        return row
    }

    private func addSums(to row: inout UsageRow, _ group: QueryPlan.Group, _ figures: [StepFigures]) {
        var total = [Double](repeating: 0, count: SeriesSums.metricCount)
        var isKnown = false
        for index in group.cells {
            let one = figures[index]
            let pool = plan.cells[index].pool
            // Input or output tokens alone are no quota tokens and no requests beside those of other pools.
            if pool?.pool.scope.isWeighed ?? true || group.cells.count == 1 {
                // A rollup of deleted minutes may still tell of a pool that the model ID once had.
                if pool != nil {
                    row.peakQuotaTokens = Peak.higher(row.peakQuotaTokens, one.use.tokens.peak)
                }
                row.peakInvocations = Peak.higher(row.peakInvocations, one.use.requests.peak)
            }
            guard one.sums.isKnown else { continue }
            isKnown = true
            for place in total.indices { total[place] += one.sums.shown(place) }
            if let pool, pool.pool.scope.isWeighed {
                row.quotaTokens =
                    (row.quotaTokens ?? 0) + max(0, one.sums.tokens.quotaTokens(rate: pool.rate))
            }
        }
        guard isKnown else { return }
        row.sums = group.metrics.mapValues { total[$0] }
        addCacheReads(to: &row, group, figures)
    }

    private func addCacheReads(to row: inout UsageRow, _ group: QueryPlan.Group, _ figures: [StepFigures]) {
        var isKnown = false
        for index in group.cells where figures[index].sums.isKnown {
            let read = max(0, figures[index].sums[.cacheReadInputTokens])
            guard read > 0 || plan.cells[index].members.contains(where: \.isAskedForCacheReads) else {
                continue
            }
            isKnown = true
            if plan.cells[index].pool?.pool.scope.isWeighed == true {
                row.cacheSavedQuotaTokens = (row.cacheSavedQuotaTokens ?? 0) + read
            }
        }
        guard isKnown, let read = row.sums[.cacheReadInputTokens], let plain = row.sums[.inputTokens],
            let written = row.sums[.cacheWriteInputTokens], plain + read + written > 0
        else { return }
        row.cacheReadShare = read / (plain + read + written)
    }

    /// Series-minutes since each was first covered.
    private func expected(_ members: some Sequence<StoreCatalog.Series>, _ step: Range<Minute>) -> Int {
        var expected = 0
        for case let first? in members.map(\.firstCovered) where first < step.upperBound {
            expected += max(first, step.lowerBound).distance(to: step.upperBound)
        }
        return expected
    }

    private func add(
        _ figures: StepFigures, _ kind: QuotaKind, to quota: inout UsageRow.QuotaFigures, isOnlyPool: Bool
    ) {
        switch kind.figure {
        case .tokens: add(figures.use.tokens, to: &quota, isOnlyPool: isOnlyPool)
        case .count: add(figures.use.requests, to: &quota, isOnlyPool: isOnlyPool)
        case .day:
            raise(&quota, figures.dayPeak)
            guard isOnlyPool, figures.dayRatioCount > 0 else { return }
            quota.meanRatio = figures.dayRatioSum / Double(figures.dayRatioCount)
        case .jobs: break
        }
    }

    private func add(
        _ use: MinuteUse.PerMinute, to quota: inout UsageRow.QuotaFigures, isOnlyPool: Bool
    ) {
        raise(&quota, use.peakRatio)
        quota.minutesAbove70 += use.above70
        quota.minutesAbove80 += use.above80
        quota.minutesAbove100 += use.above100
        quota.limitedMinutes += use.ratioMinutes
        guard isOnlyPool, use.ratioMinutes > 0 else { return }
        quota.meanRatio = use.ratioSum / Double(use.ratioMinutes)
    }

    private func raise(_ quota: inout UsageRow.QuotaFigures, _ peak: Peak?) {
        let known = quota.peakRatio.flatMap { ratio in
            quota.peakMinute.map { Peak(value: ratio, minute: $0) }
        }
        let higher = Peak.higher(known, peak)
        quota.peakRatio = higher?.value
        quota.peakMinute = higher?.minute
    }
}
