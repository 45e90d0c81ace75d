import Alerting
import QuotaModel
import UsageStore

/// What a Region's pools used at most on each of the last days that are known whole: what forecasts are made of.
struct DailyUse: Sendable {
    private struct Day {
        let day: Int
        let peakTokens: Double?
        let peakRequests: Double?
        let tokens: Double?
    }

    private var days: [ScopedModel: [Day]] = [:]
    /// The day in which a pool was first known is not whole, and does not count.
    private let knownFrom: [ScopedModel: Minute]

    init(knownFrom: [ScopedModel: Minute] = [:]) {
        self.knownFrom = knownFrom
    }

    /// Reads the whole days before now out of rollups.
    static func read(_ region: RegionKey, before now: Minute, from reader: UsageReader) async throws
        -> DailyUse
    {
        let end = now.startOfDay
        let query = UsageQuery(
            range: end.advanced(by: -Forecast.historyDays * minutesPerDay)..<end,
            stepMinutes: minutesPerDay, account: region.account, region: region.region,
            groupBy: [.scope, .model])
        var knownFrom: [ScopedModel: Minute] = [:]
        for series in try await reader.series(of: region) {
            guard let pool = series.pool, let first = series.firstKnown else { continue }
            knownFrom[pool] = min(knownFrom[pool] ?? first, first)
        }
        var use = DailyUse(knownFrom: knownFrom)
        try await reader.rows(query) { use.add($0) }
        return use
    }

    private static let minutesPerDay = 1440

    mutating func add(_ row: UsageRow) {
        guard row.group.count == 2, let scope = InferenceScope(rawValue: row.group[0]) else { return }
        let pool = ScopedModel(scope: scope, model: row.group[1])
        guard row.step.lowerBound >= knownFrom[pool] ?? row.step.lowerBound else { return }
        days[pool, default: []].append(
            Day(
                day: row.step.lowerBound.index / Self.minutesPerDay,
                peakTokens: row.hasWholeMinutes ? row.peakQuotaTokens?.value : nil,
                peakRequests: row.hasWholeMinutes ? row.peakInvocations?.value : nil,
                tokens: row.isWhole ? row.quotaTokens : nil))
    }

    /// The days' peaks by the limit of now, so that a raised quota does not look like falling use.
    func peaks(of pool: QuotaPool, _ quota: Quota) -> [DailyPeak] {
        guard quota.limit > 0 else { return [] }
        let days = days[pool.scopedModel] ?? []
        return days.compactMap { day in
            let value: Double? =
                switch quota.kind.figure {
                case .tokens: day.peakTokens
                case .count: day.peakRequests
                case .day: day.tokens
                case .jobs: nil
                }
            return value.map { DailyPeak(day: day.day, ratio: $0 / quota.limit) }
        }
    }
}
