import QuotaModel
import UsageStore

/// Gathers what a report is made of, one pool after the other.
package struct ReportReader: Sendable {
    private let reader: UsageReader

    package init(_ reader: UsageReader) {
        self.reader = reader
    }

    /// The figures of every pool that the query's filters leave, ascending.
    package func figures(_ query: UsageQuery, of series: [StoredSeries]) async throws -> [PoolFigures] {
        var figures: [PoolFigures] = []
        var known: (place: RegionKey, knowledge: RegionKnowledge)?
        var firstKnown: [QuotaPool: Minute] = [:]
        for one in series {
            guard let pool = one.quotaPool, let first = one.firstKnown else { continue }
            firstKnown[pool] = min(firstKnown[pool] ?? first, first)
        }
        for pool in Set(series.compactMap(\.quotaPool)).sorted() {
            let place = pool.place
            if known?.place != place {
                let knowledge = try await reader.knowledge(account: place.account, region: place.region)
                known = (place, knowledge)
            }
            guard let knowledge = known?.knowledge else { continue }
            var one = PoolFigures(pool: pool)
            one.knownFrom = firstKnown[pool]
            try await fill(&one, knowledge, query.range)
            figures.append(one)
        }
        return figures
    }

    private func fill(
        _ figures: inout PoolFigures, _ knowledge: RegionKnowledge, _ range: Range<Minute>
    ) async throws {
        let pool = figures.pool
        figures.rate = knowledge.rates[pool.scopedModel]
        figures.lifecycle = knowledge.inventory?.models.first { $0.modelID == pool.model }?.lifecycle
        let adjustable = Dictionary(
            (knowledge.inventory?.quotas ?? []).map { ($0.code, $0.isAdjustable) }, uniquingKeysWith: { $1 })
        figures.quotas = knowledge.quotas.filter { $0.scope == pool.scope && $0.model == pool.model }
            .sorted { $0.quota.kind < $1.quota.kind }
            .map {
                PoolFigures.ReportedQuota(
                    quota: $0.quota, isAdjustable: $0.quota.code.flatMap { adjustable[$0] })
            }
        try await addMinutes(&figures, range)
        try await addSums(&figures, range)
        try await addDays(&figures, range)
    }

    /// AWS's lists of an account's Region as they were last kept; empty when there are none.
    func inventory(of place: RegionKey) async throws -> Inventory {
        try await reader.knowledge(account: place.account, region: place.region).inventory ?? Inventory()
    }

    /// The pools of the store that a plan would draw on, by account and Region.
    package func places(of plan: UsagePlan) async throws -> [PlanDocument.Place] {
        let pool = ScopedModel(scope: plan.scope, model: plan.model)
        var places: [PlanDocument.Place] = []
        for key in Set(try await reader.series().map(\.key.place)).sorted() {
            let knowledge = try await reader.knowledge(account: key.account, region: key.region)
            let quotas = knowledge.quotas.filter { $0.scope == pool.scope && $0.model == pool.model }
            guard !quotas.isEmpty else { continue }
            places.append(
                PlanDocument.Place(key: key, quotas: quotas.map(\.quota), rate: knowledge.rates[pool]))
        }
        return places
    }

    private func query(_ pool: QuotaPool, _ range: Range<Minute>, stepMinutes: Int?) -> UsageQuery {
        UsageQuery(
            range: range, stepMinutes: stepMinutes, account: pool.account, region: pool.region,
            scope: pool.scope,
            model: pool.model)
    }

    private func addSums(_ figures: inout PoolFigures, _ range: Range<Minute>) async throws {
        var rows: [UsageRow] = []
        try await reader.rows(query(figures.pool, range, stepMinutes: nil)) { rows.append($0) }
        guard let row = rows.first else { return }
        figures.sums = row.sums
        figures.cacheReadShare = row.cacheReadShare
        figures.cacheSavedQuotaTokens = row.cacheSavedQuotaTokens
        figures.coverage = row.coverage
        // Hours whose minutes were deleted tell their peaks as well.
        for (kind, peak) in [(figures.tokens, row.peakQuotaTokens), (figures.count, row.peakInvocations)] {
            if let kind { figures.series[kind]?.note(peak) }
        }
        for index in figures.quotas.indices {
            guard let found = row.quotas[figures.quotas[index].quota.kind] else { continue }
            figures.quotas[index].minutesAbove70 = found.minutesAbove70
            figures.quotas[index].minutesAbove80 = found.minutesAbove80
            figures.quotas[index].minutesAbove100 = found.minutesAbove100
            figures.quotas[index].limitedMinutes = found.limitedMinutes
        }
    }

    private func addMinutes(_ figures: inout PoolFigures, _ range: Range<Minute>) async throws {
        var tokens: [Double] = []
        var requests: [Double] = []
        var known = 0
        try await reader.poolMinutes(figures.pool, range) { minute in
            known += 1
            if minute.quotaTokens > 0 { tokens.append(minute.quotaTokens) }
            if minute.requests > 0 { requests.append(minute.requests) }
        }
        figures.knownMinutes = known
        for (kind, values) in [(figures.tokens, tokens), (figures.count, requests)] {
            if let kind { figures.series[kind, default: PoolFigures.Series()].setBusyMinutes(values) }
        }
    }

    /// Daily peaks out of the days' rollups, of days that are known whole; the one that the range ends in may be
    /// unfinished and is left out. A forecast's history does not begin with the range: alerts rest on the same days.
    private func addDays(_ figures: inout PoolFigures, _ range: Range<Minute>) async throws {
        let first =
            range.lowerBound == range.lowerBound.startOfDay
            ? range.lowerBound : range.lowerBound.startOfDay.advanced(by: 1440)
        let end = range.upperBound.startOfDay
        let days = min(first, end.advanced(by: -Forecast.historyDays * 1440))..<end
        var totals = PoolFigures.Series()
        var rows: [UsageRow] = []
        try await reader.rows(query(figures.pool, days, stepMinutes: 1440)) { rows.append($0) }
        for row in rows {
            if row.step.lowerBound >= first, let tokens = row.quotaTokens {
                totals.note(Peak(value: tokens, minute: row.step.lowerBound))
            }
            guard let knownFrom = figures.knownFrom, knownFrom <= row.step.lowerBound else { continue }
            let day = row.step.lowerBound.index / 1440
            for (kind, peak) in [(figures.tokens, row.peakQuotaTokens), (figures.count, row.peakInvocations)]
            {
                guard row.hasWholeMinutes, let kind, let peak else { continue }
                figures.series[kind]?.dailyPeaks.append(DailyPeak(day: day, ratio: peak.value))
            }
            guard row.isWhole, let tokens = row.quotaTokens else { continue }
            totals.dailyPeaks.append(DailyPeak(day: day, ratio: tokens))
        }
        figures.series[.tokensPerDay] = totals
    }
}

extension PoolFigures {
    /// The quotas that a minute's figures are set against.
    fileprivate var tokens: QuotaKind? { pool.scope.quotaKinds.first { $0.figure == .tokens } }
    fileprivate var count: QuotaKind? { pool.scope.quotaKinds.first { $0.figure == .count } }
}

extension PoolFigures.Series {
    fileprivate mutating func note(_ other: Peak?) {
        guard let other, other.value > peak ?? -1 else { return }
        peak = other.value
        peakMinute = other.minute
    }
}
