import QuotaModel
import SQLite

/// Reads pools' minutes as the judge of throttling wants them.
struct ThrottleScan {
    let database: Database
    let catalog: StoreCatalog

    /// The minutes of the pool's model IDs with a throttle or a server error, ascending.
    func errorMinutes(_ pool: StoreCatalog.Pool, in range: Range<Minute>) throws(StoreError) -> [Minute] {
        if let only = pool.members.first, pool.members.count == 1 {
            return try errors(of: only.id, in: range)
        }
        var minutes: Set<Minute> = []
        for series in pool.members { minutes.formUnion(try errors(of: series.id, in: range)) }
        return minutes.sorted()
    }

    private func errors(of series: Int, in range: Range<Minute>) throws(StoreError) -> [Minute] {
        var minutes: [Minute] = []
        try database.query(
            """
            SELECT minute FROM minutes WHERE series_id = ?1 AND minute >= ?2 AND minute < ?3
                AND (throttles > 0 OR server_errors > 0) ORDER BY minute
            """,
            [
                .integer(series), .integer(range.lowerBound.epochSeconds),
                .integer(range.upperBound.epochSeconds),
            ]
        ) { row in minutes.append(row.minute(0)) }
        return minutes
    }

    /// The known minutes of a range, ascending.
    func minutes(of pool: StoreCatalog.Pool, in range: Range<Minute>) throws(StoreError) -> [ThrottleMinute] {
        struct Sums {
            var throttles = 0.0
            var serverErrors = 0.0
            var latency = 0.0
            var weight = 0.0
        }
        var sums = [Sums](repeating: Sums(), count: range.count)
        let uses = try PoolUseMinute.read(pool, range, in: database) { minute, usage in
            let index = range.lowerBound.distance(to: minute)
            sums[index].throttles += usage.throttles ?? 0
            sums[index].serverErrors += usage.serverErrors ?? 0
            guard let latency = usage.latencyMilliseconds else { return }
            let weight = max(usage.invocations ?? 0, 1)
            sums[index].latency += latency * weight
            sums[index].weight += weight
        }
        return uses.map { use in
            let sum = sums[range.lowerBound.distance(to: use.minute)]
            return ThrottleMinute(
                minute: use.minute, quotaTokens: use.quotaTokens, requests: use.requests,
                throttles: sum.throttles, serverErrors: sum.serverErrors,
                latencyMilliseconds: sum.weight > 0 ? sum.latency / sum.weight : nil,
                isCovered: use.isCovered, tokensLimit: use.limits[.tokensPerMinute],
                requestsLimit: use.limits[.requestsPerMinute])
        }
    }

    /// Where a pool's limits came from that held at a minute: as `LimitHistory` has it, the first ones before any was seen.
    ///
    /// - Parameter changes: Those of the pool.
    func limitSources(at minute: Minute, _ changes: [QuotaChange]) -> [QuotaKind: LimitSource] {
        var sources: [QuotaKind: LimitSource] = [:]
        for change in changes {
            let holds = Minute(containingEpochSeconds: change.seenFrom.advanced(by: 59)) <= minute
            if holds || sources[change.kind] == nil { sources[change.kind] = change.quota?.source }
        }
        return sources
    }
}
