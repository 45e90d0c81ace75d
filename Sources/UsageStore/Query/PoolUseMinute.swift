import QuotaModel
import SQLite

/// One known minute of a pool, all its model IDs added up.
package struct PoolUseMinute: Equatable, Sendable {
    package let minute: Minute
    /// Input tokens where the pool's quotas count input and output apart.
    package let quotaTokens: Double
    /// Invocations; output tokens where the pool's quotas count input and output apart.
    package let requests: Double
    /// Every model ID that was read by then, and is still, is covered: the figures are exact.
    package let isCovered: Bool
    /// The limits that held then.
    package let limits: [QuotaKind: Double]

    package init(
        minute: Minute, quotaTokens: Double, requests: Double, isCovered: Bool, limits: [QuotaKind: Double]
    ) {
        self.minute = minute
        self.quotaTokens = quotaTokens
        self.requests = requests
        self.isCovered = isCovered
        self.limits = limits
    }

    /// The minute's share of a quota by the limit that held then; nil where there was none or it was 0, and for quotas
    /// that no single minute can be set against: a day's use is the sum of its minutes' quota tokens.
    package func ratio(of kind: QuotaKind) -> Double? {
        guard let limit = limits[kind], limit > 0 else { return nil }
        switch kind.figure {
        case .tokens: return quotaTokens / limit
        case .count: return requests / limit
        case .day, .jobs: return nil
        }
    }

    /// Reads the known minutes of a range, a day at most.
    static func read(
        _ pool: StoreCatalog.Pool, _ range: Range<Minute>, in database: Database
    ) throws(StoreError) -> [PoolUseMinute] {
        var whole = MinuteValues(range)
        var uncovered = MinuteRanges()
        let pieces = Pieces(bounds: [range.lowerBound, range.upperBound])
        for series in pool.members + pool.parts {
            var scan = SeriesScan(database, series: series.id, pool: pool, pieces: pieces)
            let values = try scan.read(range)
            if pool.parts.contains(where: { $0.id == series.id }) {
                whole.subtract(values)
            } else {
                whole.add(values)
            }
            guard let first = series.firstCovered, first < range.upperBound else { continue }
            let covered = try CoverageTable(database).read(series: series.id, in: range)
            var end = range.upperBound
            // What CloudWatch lists no more adds nothing after its last covered minute.
            if !series.isListed, let last = try CoverageTable(database).read(series: series.id).span {
                end = min(end, last.upperBound)
            }
            guard max(first, range.lowerBound) < end else { continue }
            for gap in covered.gaps(in: max(first, range.lowerBound)..<end) {
                uncovered.insert(gap)
            }
        }
        return range.filter(whole.isKnown).map { minute in
            let index = range.lowerBound.distance(to: minute)
            return PoolUseMinute(
                minute: minute, quotaTokens: whole.tokens[index], requests: whole.requests[index],
                isCovered: !uncovered.contains(minute),
                limits: pool.limits.filter { pool.pool.scope.quotaKinds.contains($0.key) }
                    .compactMapValues { $0.limit(at: minute) })
        }
    }
}

/// One stored minute of one model ID.
package struct SeriesMinute: Equatable, Sendable {
    package let minute: Minute
    package let usage: UsageMinute
    /// It was asked for and answered after it had settled: the figures are final.
    package let isCovered: Bool

    package init(minute: Minute, usage: UsageMinute, isCovered: Bool) {
        self.minute = minute
        self.usage = usage
        self.isCovered = isCovered
    }

    /// Reads the minutes of a range that have a datapoint, a day at most.
    static func read(
        series id: Int, _ range: Range<Minute>, in database: Database
    ) throws(StoreError) -> [SeriesMinute] {
        let covered = try CoverageTable(database).read(series: id, in: range)
        var minutes: [SeriesMinute] = []
        try MinuteTable(database).read(series: id, range) { minute, row in
            minutes.append(
                SeriesMinute(minute: minute, usage: row.usage, isCovered: covered.contains(minute)))
        }
        return minutes
    }
}
