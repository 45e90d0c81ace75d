import Alerting
import QuotaModel
import UsageStore

/// What alerts need of a Region's minutes besides the pools' histories: errors, and who the traffic comes from.
struct AlertTraffic {
    /// The newest minutes that shares are made of.
    private static let sharedMinutes = 15

    /// Of pools that had any.
    private(set) var errors: [QuotaPool: ErrorHistory] = [:]
    /// The newest minute with a request, by model ID without a pool.
    private(set) var lastUnmappedMinute: [String: Minute] = [:]
    /// Quota tokens of the newest minutes, by model ID with a pool.
    private var recentTokens: [String: Double] = [:]
    private var newestEnd: Minute?

    /// Takes the window's minutes in place of what was known of them.
    mutating func update(
        _ window: RegionUsage.Window, pools: [String: QuotaPool], rate: (QuotaPool) -> Double
    ) {
        // Windows come in any order; shares are made of the newest one.
        let isNewest = newestEnd.map { window.range.upperBound >= $0 } ?? true
        if isNewest {
            newestEnd = window.range.upperBound
            recentTokens = [:]
        }
        let recent = window.range.upperBound.advanced(by: -Self.sharedMinutes)
        var found: [QuotaPool: [Minute: ErrorHistory.Counts]] = [:]
        for (modelID, rows) in window.rows {
            guard let pool = pools[modelID] else {
                noteUnmapped(modelID, rows)
                continue
            }
            let rate = rate(pool)
            for row in rows where window.range.contains(row.minute) {
                Self.add(row, to: &found[pool, default: [:]])
                guard isNewest, row.minute >= recent else { continue }
                recentTokens[modelID, default: 0] += QuotaTokens(of: row.usage, rate: rate)?.value ?? 0
            }
        }
        replaceErrors(in: window.range, by: found)
    }

    private mutating func noteUnmapped(_ modelID: String, _ rows: [RecordedMinute]) {
        for row in rows.reversed() where row.usage.invocations ?? 0 > 0 {
            lastUnmappedMinute[modelID] = max(lastUnmappedMinute[modelID] ?? row.minute, row.minute)
            return
        }
    }

    private static func add(_ row: RecordedMinute, to counts: inout [Minute: ErrorHistory.Counts]) {
        let throttles = row.usage.throttles ?? 0
        let clientErrors = row.usage.clientErrors ?? 0
        guard throttles > 0 || clientErrors > 0 else { return }
        counts[row.minute, default: ErrorHistory.Counts()].throttles += throttles
        counts[row.minute, default: ErrorHistory.Counts()].clientErrors += clientErrors
    }

    private mutating func replaceErrors(
        in range: Range<Minute>, by found: [QuotaPool: [Minute: ErrorHistory.Counts]]
    ) {
        for (pool, counts) in found where !counts.isEmpty || errors[pool] != nil {
            var history = errors[pool] ?? ErrorHistory()
            for minute in range { history[minute] = counts[minute] ?? ErrorHistory.Counts() }
            errors[pool] = history
        }
    }

    /// The model IDs' parts of their pool's recent quota tokens; none without any.
    func shares(of modelIDs: [String]) -> [ModelShare] {
        let total = modelIDs.reduce(0) { $0 + (recentTokens[$1] ?? 0) }
        guard total > 0 else { return [] }
        return modelIDs.compactMap { modelID in
            recentTokens[modelID].map { ModelShare(modelID: modelID, share: $0 / total) }
        }
    }
}
