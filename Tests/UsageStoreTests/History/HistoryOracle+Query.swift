import QuotaModel

@testable import UsageStore

extension HistoryOracle {
    /// Whole days around all that a scenario records.
    private static let times = span(0, (HistoryScenario.horizon / 1440 + 1) * 1440)

    private struct Cell {
        var pool: QuotaPool?
        var keys: [SeriesKey]
        var isWhole: Bool
    }

    func rows(_ query: UsageQuery) -> [UsageRow] {
        var groups: [[String]: [Cell]] = [:]
        for cell in cells(query) {
            let key = cell.keys[0]
            let values = query.groupBy.map { dimension -> String in
                switch dimension {
                case .account: key.account
                case .region: key.region
                case .scope: cell.pool?.scope.rawValue ?? ""
                case .model: cell.pool?.model ?? ""
                case .modelID: SeriesName(key.modelID).whole
                case .profileName: names[key] ?? SeriesName(key.modelID).whole
                // Of application profiles: what the logs tell of is CallerOracle's.
                case .caller:
                    key.modelID == HistoryScenario.profile ? names[key] ?? key.modelID : CallerRow.noProfile
                }
            }
            groups[values, default: []].append(cell)
        }
        var days = DayTotals()
        var result: [UsageRow] = []
        var start = query.range.lowerBound
        while start < query.range.upperBound {
            let end = min(query.range.upperBound, start.advanced(by: query.stepMinutes ?? 100_000_000))
            for (values, cells) in groups.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                let first = cells.flatMap(\.keys).compactMap { firstKnown[$0] }.min()
                guard let first, first < end else { continue }
                result.append(row(values, cells, start..<end, query, &days))
            }
            start = end
        }
        return result
    }

    private func cells(_ query: UsageQuery) -> [Cell] {
        let selected = series.sorted().filter { key in
            if let account = query.account, account != key.account { return false }
            if let region = query.region, region != key.region { return false }
            if let modelID = query.modelID, modelID != SeriesName(key.modelID).whole { return false }
            if let scope = query.scope, scope != pools[key]?.scope { return false }
            if let model = query.model, model != pools[key]?.model { return false }
            return true
        }
        guard query.modelID == nil, Set(query.groupBy).isDisjoint(with: [.modelID, .profileName, .caller])
        else {
            return selected.filter { pools[$0] != nil || !SeriesName($0.modelID).isPart }.map {
                Cell(pool: pool($0), keys: [$0], isWhole: false)
            }
        }
        let unmapped = selected.filter { pools[$0] == nil && !SeriesName($0.modelID).isPart }
        return Set(selected.compactMap(pool)).sorted().map { pool in
            Cell(pool: pool, keys: selected.filter { self.pool($0) == pool }, isWhole: true)
        } + unmapped.map { Cell(pool: nil, keys: [$0], isWhole: false) }
    }

    /// Hours of deleted minutes that lie whole in the range.
    private func deletedHours(_ key: SeriesKey, in range: Range<Minute>) -> [DeletedHour] {
        (deleted[key] ?? [:]).filter {
            range.lowerBound <= $0.key && $0.key.advanced(by: 60) <= range.upperBound
        }
        .map(\.value)
    }

    // MARK: A row

    private struct Facts {
        var isKnown = false
        var sums: [UsageMetric: Double] = [:]
        var quotaTokens = 0.0
        var covered = 0
        var known = 0
        var tokens = Use()
        var requests = Use()

        mutating func add(_ usage: UsageMinute, sign: Double = 1) {
            for metric in UsageTotals.metrics { sums[metric, default: 0] += sign * (usage[metric] ?? 0) }
        }
    }

    /// Everything of a series that a step holds, at whatever resolution.
    private func stored(_ key: SeriesKey, in step: Range<Minute>) -> [UsageMinute] {
        let times = step.clamped(to: Self.times)
        return times.compactMap { rows[key]?[$0] } + knownPeriods(key, in: times).compactMap(\.usage)
            + deletedHours(key, in: step).flatMap(\.minutes)
    }

    private func facts(_ cell: Cell, _ step: Range<Minute>) -> Facts {
        var facts = Facts()
        let rate = rate(cell.pool)
        for key in cell.keys {
            let covered = covered[key] ?? []
            let rows = rows[key] ?? [:]
            for minute in step.clamped(to: Self.times) {
                let usage = rows[minute]
                let isCovered = covered.contains(minute)
                guard isCovered || usage != nil else { continue }
                facts.isKnown = true
                facts.known += 1
                if isCovered { facts.covered += 1 }
                guard let usage else { continue }
                facts.add(usage)
                facts.quotaTokens += burned(usage, in: cell.pool).quotaTokens(rate: rate)
            }
            for period in knownPeriods(key, in: step.clamped(to: Self.times)) {
                facts.isKnown = true
                facts.covered += period.covered
                guard let usage = period.usage else { continue }
                facts.add(usage)
                facts.quotaTokens += Self.periodTokens(usage, rate: rate)
            }
            for hour in deletedHours(key, in: step) {
                facts.isKnown = true
                facts.covered += hour.covered
                facts.known += hour.known
                for (usage, burned) in zip(hour.minutes, hour.burned) {
                    facts.add(usage)
                    facts.quotaTokens += burned.quotaTokens(rate: rate)
                }
            }
        }
        for key in parts(of: cell.keys, cell.pool) {
            for usage in stored(key, in: step) {
                facts.add(usage, sign: -1)
                facts.quotaTokens -= Self.periodTokens(usage, rate: rate)
            }
        }
        let sources = UseSources(self, cell.keys, cell.pool)
        for minute in step.clamped(to: Self.times) {
            sources.add(minute, to: &facts.tokens, &facts.requests)
        }
        for (hour, summary) in (cell.isWhole ? cell.pool.flatMap { deletedPools[$0] } : deleted[cell.keys[0]])
            ?? [:]
        where step.lowerBound <= hour && hour.advanced(by: 60) <= step.upperBound {
            facts.tokens.add(summary.tokens)
            facts.requests.add(summary.requests)
        }
        return facts
    }

    private func row(
        _ group: [String], _ cells: [Cell], _ step: Range<Minute>, _ query: UsageQuery,
        _ days: inout DayTotals
    ) -> UsageRow {
        var row = UsageRow(step: step, group: group)
        var covered = 0
        var known = 0
        let pools = Set(cells.compactMap(\.pool))
        for cell in cells {
            let facts = facts(cell, step)
            covered += facts.covered
            known += facts.known
            if facts.isKnown {
                for metric in UsageTotals.metrics
                where cells.flatMap(\.keys).contains(where: {
                    SeriesName($0.modelID).source.metricNames[metric] != nil
                }) {
                    row.sums[metric, default: 0] += max(0, facts.sums[metric] ?? 0)
                }
                if cell.pool?.scope.isWeighed == true {
                    row.quotaTokens = (row.quotaTokens ?? 0) + max(0, facts.quotaTokens)
                }
            }
            if cell.pool?.scope.isWeighed ?? true || cells.count == 1 {
                if cell.pool != nil {
                    row.peakQuotaTokens = highest(facts.tokens.values, row.peakQuotaTokens)
                }
                row.peakInvocations = highest(facts.requests.values, row.peakInvocations)
            }
            guard let pool = cell.pool else { continue }
            for kind in (limits[pool] ?? [:]).keys where pool.scope.quotaKinds.contains(kind) {
                var quota = row.quotas[kind] ?? UsageRow.QuotaFigures()
                if pools.count == 1 { quota.limit = limit(pool, kind, step.upperBound.advanced(by: -1)) }
                let ratios =
                    switch kind {
                    case .tokensPerMinute, .inputTokensPerMinute: facts.tokens.ratios
                    case .requestsPerMinute, .outputTokensPerMinute: facts.requests.ratios
                    case .tokensPerDay: dayRatios(cell, step, query, &days)
                    case .batchJobs, .customModelBatchJobs: [Peak]()
                    }
                let old = quota.peakRatio.flatMap { ratio in
                    quota.peakMinute.map { Peak(value: ratio, minute: $0) }
                }
                let peak = highest(ratios, old)
                quota.peakRatio = peak?.value
                quota.peakMinute = peak?.minute
                if pools.count == 1, !ratios.isEmpty {
                    quota.meanRatio = ratios.reduce(0) { $0 + $1.value } / Double(ratios.count)
                }
                if kind != .tokensPerDay {
                    quota.minutesAbove70 += ratios.count { $0.value >= 0.7 }
                    quota.minutesAbove80 += ratios.count { $0.value >= 0.8 }
                    quota.minutesAbove100 += ratios.count { $0.value >= 1 }
                    quota.limitedMinutes += ratios.count
                }
                row.quotas[kind] = quota
            }
        }
        let expected = cells.flatMap(\.keys).reduce(0) { sum, key in
            guard let first = firstCovered[key], first < step.upperBound else { return sum }
            return sum + step.upperBound.index - max(first, step.lowerBound).index
        }
        if expected > 0 {
            row.coverage = Double(covered) / Double(expected)
            row.minuteCoverage = Double(known) / Double(expected)
        }
        return row
    }

    private func highest(_ peaks: [Peak], _ other: Peak?) -> Peak? {
        (peaks + [other].compactMap { $0 }).max {
            $0.value == $1.value ? $0.minute > $1.minute : $0.value < $1.value
        }
    }

    // MARK: Tokens per day

    /// The day's quota tokens up to each minute, kept because every step of a day asks for them.
    private struct DayTotals {
        var totals: [[SeriesKey]: [Minute: [Double]]] = [:]
    }

    private func dayRatios(
        _ cell: Cell, _ step: Range<Minute>, _ query: UsageQuery, _ days: inout DayTotals
    ) -> [Peak] {
        var ratios: [Peak] = []
        var start = step.lowerBound
        while start < step.upperBound {
            let day = start.startOfDay
            let part = start..<min(step.upperBound, day.advanced(by: 1440))
            start = part.upperBound
            guard part.overlaps(Self.times) else { continue }
            guard let pool = cell.pool, let last = lastKnown(cell, part),
                let limit = limit(pool, .tokensPerDay, last), limit > 0
            else { continue }
            let totals = days.totals[cell.keys]?[day] ?? dayTotals(cell, day)
            days.totals[cell.keys, default: [:]][day] = totals
            var value = totals[day.distance(to: part.upperBound)]
            for range in parts(of: day..<part.upperBound, query) {
                for burned in cell.keys.flatMap({ deletedHours($0, in: range) }).flatMap(\.burned) {
                    value += burned.quotaTokens(rate: rate(pool))
                }
                let parts = parts(of: cell.keys, pool)
                for usage in parts.flatMap({ deletedHours($0, in: range) }).flatMap(\.minutes) {
                    value -= Self.periodTokens(usage, rate: rate(pool))
                }
            }
            ratios.append(Peak(value: max(0, value) / limit, minute: last))
        }
        return ratios
    }

    /// Element n: the tokens of minutes and periods that end within the day's first n minutes.
    private func dayTotals(_ cell: Cell, _ day: Minute) -> [Double] {
        var changes = [Double](repeating: 0, count: 1441)
        let range = day..<day.advanced(by: 1440)
        let rate = rate(cell.pool)
        for key in cell.keys {
            let rows = rows[key] ?? [:]
            for minute in range {
                guard let usage = rows[minute] else { continue }
                changes[day.distance(to: minute) + 1] += burned(usage, in: cell.pool).quotaTokens(rate: rate)
            }
            for period in knownPeriods(key, in: range) {
                guard let usage = period.usage else { continue }
                changes[day.distance(to: period.range.upperBound)] += Self.periodTokens(usage, rate: rate)
            }
        }
        for key in parts(of: cell.keys, cell.pool) {
            let rows = rows[key] ?? [:]
            for minute in range {
                guard let usage = rows[minute] else { continue }
                changes[day.distance(to: minute) + 1] -= Self.periodTokens(usage, rate: rate)
            }
            for period in knownPeriods(key, in: range) {
                guard let usage = period.usage else { continue }
                changes[day.distance(to: period.range.upperBound)] -= Self.periodTokens(usage, rate: rate)
            }
        }
        var sum = 0.0
        return changes.map {
            sum += $0
            return sum
        }
    }

    private func lastKnown(_ cell: Cell, _ part: Range<Minute>) -> Minute? {
        cell.keys.flatMap { key -> [Minute] in
            (part.reversed().first { isKnown($0, key) }.map { [$0] } ?? [])
                + knownPeriods(key, in: part).map { $0.range.upperBound.advanced(by: -1) }
                + deletedHours(key, in: part).map(\.lastKnown)
        }.max()
    }

    /// The range cut where the query's steps begin.
    private func parts(of range: Range<Minute>, _ query: UsageQuery) -> [Range<Minute>] {
        var bounds: Set<Minute> = [range.lowerBound, range.upperBound]
        for minute in range where minute >= query.range.lowerBound {
            if query.range.lowerBound.distance(to: minute) % (query.stepMinutes ?? .max) == 0 {
                bounds.insert(minute)
            }
        }
        let sorted = bounds.sorted()
        return zip(sorted, sorted.dropFirst()).map { $0..<$1 }
    }
}
