import QuotaModel

/// One known minute of a pool, all its model IDs added up.
package struct PoolUseMinute: Equatable, Sendable {
    package let minute: Minute
    package let quotaTokens: Double
    /// Invocations.
    package let requests: Double
    /// Every model ID that is expected by then, see `UsageRow.coverage`, is covered: the figures are exact.
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

    /// Reads the known minutes of a range, a day at most.
    static func read(
        _ pool: StoreCatalog.Pool, _ range: Range<Minute>, in database: Database
    ) throws(StoreError) -> [PoolUseMinute] {
        var whole = MinuteValues(range)
        var uncovered = MinuteRanges()
        let pieces = Pieces(bounds: [range.lowerBound, range.upperBound])
        for series in pool.members {
            var scan = SeriesScan(database, series: series.id, rate: pool.rate, pieces: pieces)
            whole.add(try scan.read(range))
            guard let first = series.firstCovered, first < range.upperBound else { continue }
            let covered = try CoverageTable(database).read(series: series.id, in: range)
            for gap in covered.gaps(in: max(first, range.lowerBound)..<range.upperBound) {
                uncovered.insert(gap)
            }
        }
        return range.filter(whole.isKnown).map { minute in
            let index = range.lowerBound.distance(to: minute)
            return PoolUseMinute(
                minute: minute, quotaTokens: whole.tokens[index], requests: whole.requests[index],
                isCovered: !uncovered.contains(minute),
                limits: pool.limits.compactMapValues { $0.limit(at: minute) })
        }
    }
}
