import Alerting
import QuotaModel
import UsageStore

/// What a Region's pools used at most on each of the last days: what forecasts are made of.
struct DailyUse: Sendable {
    private struct Day {
        let day: Int
        let peakTokens: Double?
        let peakRequests: Double?
        let tokens: Double?
    }

    private var days: [ScopedModel: [Day]] = [:]

    /// Reads the whole days before now out of rollups.
    static func read(_ region: RegionKey, before now: Minute, from reader: UsageReader) async throws
        -> DailyUse
    {
        let end = now.startOfDay
        let query = UsageQuery(
            range: end.advanced(by: -AlertLimits.forecastHistoryDays * minutesPerDay)..<end,
            stepMinutes: minutesPerDay, account: region.account, region: region.region,
            groupBy: [.scope, .model])
        var use = DailyUse()
        try await reader.rows(query) { use.add($0) }
        return use
    }

    private static let minutesPerDay = 1440

    mutating func add(_ row: UsageRow) {
        guard row.group.count == 2, let scope = InferenceScope(rawValue: row.group[0]) else { return }
        days[ScopedModel(scope: scope, model: row.group[1]), default: []].append(
            Day(
                day: row.step.lowerBound.index / Self.minutesPerDay, peakTokens: row.peakQuotaTokens?.value,
                peakRequests: row.peakInvocations?.value, tokens: row.quotaTokens))
    }

    /// The days' peaks by the limit of now, so that a raised quota does not look like falling use.
    func peaks(of pool: QuotaPool, _ quota: Quota) -> [DailyPeak] {
        guard quota.limit > 0 else { return [] }
        let days = days[ScopedModel(scope: pool.scope, model: pool.model)] ?? []
        return days.compactMap { day in
            let value: Double? =
                switch quota.kind {
                case .tokensPerMinute: day.peakTokens
                case .requestsPerMinute: day.peakRequests
                case .tokensPerDay: day.tokens
                // bedrock-mantle reports in a namespace of its own, which is not polled.
                case .inputTokensPerMinute, .outputTokensPerMinute: nil
                }
            return value.map { DailyPeak(day: day.day, ratio: $0 / quota.limit) }
        }
    }
}
