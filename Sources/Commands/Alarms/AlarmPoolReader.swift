import QuotaModel
import UsageStore

/// Gathers from the store what native alarms of CloudWatch are made of.
package struct AlarmPoolReader: Sendable {
    /// Traffic of this long decides which model IDs of a pool matter most.
    private static let shareMinutes = 14 * 1440

    private let reader: UsageReader
    private let now: Minute

    package init(_ reader: UsageReader, now: Minute) {
        self.reader = reader
        self.now = now
    }

    /// The pools of these series, with the quotas, rates and model IDs of today.
    package func pools(of series: [StoredSeries]) async throws -> [AlarmPool] {
        let names = try await reader.metricNames()
        var pools: [AlarmPool] = []
        let members = Dictionary(grouping: series) { $0.quotaPool }
        for pool in members.keys.compactMap({ $0 }).sorted() {
            let knowledge = try await reader.knowledge(account: pool.account, region: pool.region)
            let quotas = knowledge.quotas.filter { $0.scope == pool.scope && $0.model == pool.model }
            guard !quotas.isEmpty else { continue }
            let rate = knowledge.rates[pool.scopedModel]
            let tokens = try await quotaTokens(of: pool)
            let modelIDs = (members[pool] ?? []).map(\.key).sorted {
                (tokens[$1.modelID] ?? 0, $0.modelID) < (tokens[$0.modelID] ?? 0, $1.modelID)
            }
            pools.append(
                AlarmPool(
                    pool: pool,
                    modelIDs: modelIDs.map { key in
                        AlarmModelID(
                            modelID: key.modelID, cacheWriteMetric: Self.cacheWrite(names[key] ?? []))
                    },
                    quotas: quotas.map(\.quota),
                    rate: rate ?? BurndownTable().rate(ofModel: pool.model, scope: pool.scope)))
        }
        return pools
    }

    /// By model ID.
    private func quotaTokens(of pool: QuotaPool) async throws -> [String: Double] {
        let query = UsageQuery(
            range: now.advanced(by: -Self.shareMinutes)..<now, account: pool.account, region: pool.region,
            scope: pool.scope, model: pool.model, groupBy: [.modelID])
        var tokens: [String: Double] = [:]
        try await reader.rows(query) { row in tokens[row.group[0]] = row.quotaTokens }
        return tokens
    }

    /// Of two spellings that are both listed, the usual one.
    private static func cacheWrite(_ names: Set<String>) -> String? {
        UsageMetric.cacheWriteInputTokens.cloudWatchNames.first(where: names.contains)
    }
}
