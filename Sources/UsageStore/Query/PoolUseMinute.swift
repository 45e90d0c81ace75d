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
    ///
    /// - Parameter body: Called with each stored minute of each of the pool's model IDs.
    static func read(
        _ pool: StoreCatalog.Pool, _ range: Range<Minute>, in database: Database,
        _ body: (Minute, UsageMinute) -> Void = { _, _ in }
    ) throws(StoreError) -> [PoolUseMinute] {
        var whole = MinuteValues(range)
        var uncovered = MinuteRanges()
        let pieces = Pieces(bounds: [range.lowerBound, range.upperBound])
        for (series, isPart) in pool.members.map({ ($0, false) }) + pool.parts.map({ ($0, true) }) {
            var scan = SeriesScan(database, series: series.id, pool: pool, pieces: pieces)
            if isPart {
                whole.subtract(try scan.read(range))
            } else {
                whole.add(try scan.read(range, body))
            }
            guard let first = series.firstCovered, first < range.upperBound else { continue }
            var end = range.upperBound
            // What CloudWatch lists no more adds nothing after its last covered minute.
            if !series.isListed, let last = try CoverageTable(database).read(series: series.id).span {
                end = min(end, last.upperBound)
            }
            guard max(first, range.lowerBound) < end else { continue }
            for gap in scan.covered.gaps(in: max(first, range.lowerBound)..<end) {
                uncovered.insert(gap)
            }
        }
        let limits = pool.limits.filter { pool.pool.scope.quotaKinds.contains($0.key) }
        // Mostly the limits are the same in all minutes.
        let constant =
            limits.values.allSatisfy { $0.isConstant(in: range) }
            ? limits.compactMapValues { $0.limit(at: range.lowerBound) } : nil
        return range.filter(whole.isKnown).map { minute in
            let index = range.lowerBound.distance(to: minute)
            return PoolUseMinute(
                minute: minute, quotaTokens: whole.tokens[index], requests: whole.requests[index],
                isCovered: !uncovered.contains(minute),
                limits: constant ?? limits.compactMapValues { $0.limit(at: minute) })
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
