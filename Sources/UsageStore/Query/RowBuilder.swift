import QuotaModel

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
            for (kind, limits) in pool.limits {
                var quota = row.quotas[kind] ?? UsageRow.QuotaFigures()
                add(figures[index], kind, to: &quota, isOnlyPool: pools.count == 1)
                if pools.count == 1 { quota.limit = limits.limit(at: step.upperBound.advanced(by: -1)) }
                row.quotas[kind] = quota
            }
        }
        return row
    }

    private func addSums(to row: inout UsageRow, _ group: QueryPlan.Group, _ figures: [StepFigures]) {
        var total = SeriesSums()
        for index in group.cells {
            let one = figures[index]
            // A rollup of deleted minutes may still tell of a pool that the model ID once had.
            if plan.cells[index].pool != nil {
                row.peakQuotaTokens = Peak.higher(row.peakQuotaTokens, one.use.tokens.peak)
            }
            row.peakInvocations = Peak.higher(row.peakInvocations, one.use.requests.peak)
            guard one.sums.isKnown else { continue }
            total.add(one.sums)
            if let pool = plan.cells[index].pool {
                row.quotaTokens = (row.quotaTokens ?? 0) + one.sums.tokens.quotaTokens(rate: pool.rate)
            }
        }
        guard total.isKnown else { return }
        for (index, metric) in UsageTotals.metrics.enumerated() { row.sums[metric] = total.metrics[index] }
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
        switch kind {
        case .tokensPerMinute: add(figures.use.tokens, to: &quota, isOnlyPool: isOnlyPool)
        case .requestsPerMinute: add(figures.use.requests, to: &quota, isOnlyPool: isOnlyPool)
        case .tokensPerDay:
            raise(&quota, figures.dayPeak)
            guard isOnlyPool, figures.dayRatioCount > 0 else { return }
            quota.meanRatio = figures.dayRatioSum / Double(figures.dayRatioCount)
        // bedrock-mantle reports in a namespace of its own, which is not polled.
        case .inputTokensPerMinute, .outputTokensPerMinute: break
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
