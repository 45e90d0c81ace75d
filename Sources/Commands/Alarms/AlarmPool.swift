import Alerting
import QuotaModel
import UsageStore

/// A pool for which native alarms are made.
package struct AlarmPool: Sendable {
    package var pool: QuotaPool
    /// By share of the pool, largest first.
    package var modelIDs: [AlarmModelID]
    package var quotas: [Quota]
    package var rate: BurndownRate

    package init(pool: QuotaPool, modelIDs: [AlarmModelID], quotas: [Quota], rate: BurndownRate) {
        self.pool = pool
        self.modelIDs = modelIDs
        self.quotas = quotas
        self.rate = rate
    }
}

/// A model ID with the metrics that it has.
package struct AlarmModelID: Sendable {
    package var modelID: String
    /// CloudWatch's name of its cache-write metric, of the two spellings the one with data; nil for none.
    package var cacheWriteMetric: String?

    package init(modelID: String, cacheWriteMetric: String? = nil) {
        self.modelID = modelID
        self.cacheWriteMetric = cacheWriteMetric
    }
}

/// The metrics and the expression of one alarm: the share of a quota that one minute uses.
struct AlarmExpression {
    struct Metric {
        let id: String
        let name: String
        let modelID: String
    }

    private(set) var metrics: [Metric] = []
    /// Model IDs that did not fit into an alarm.
    private(set) var leftOut: [String] = []
    let text: String

    /// Nil for a quota that a minute's metrics cannot show, or that permits nothing.
    init?(_ pool: AlarmPool, _ quota: Quota) {
        guard quota.limit > 0 else { return nil }
        var sum: [String] = []
        for (index, model) in pool.modelIDs.enumerated() {
            guard let parts = Self.parts(of: model, index, quota.kind, rate: pool.rate.value) else {
                return nil
            }
            guard metrics.count + parts.count <= AlertLimits.metricsPerAlarm else {
                leftOut.append(model.modelID)
                continue
            }
            metrics += parts.map(\.metric)
            // A metric without traffic in a minute has no datapoint, and a sum with a missing part is missing.
            sum += parts.map { "\($0.weight)FILL(\($0.metric.id), 0)" }
        }
        guard !sum.isEmpty else { return nil }
        text = "(\(sum.joined(separator: " + "))) / \(Figure.number(quota.limit))"
    }

    private static func parts(
        of model: AlarmModelID, _ index: Int, _ kind: QuotaKind, rate: Double
    ) -> [(metric: Metric, weight: String)]? {
        let metric = { (letter: String, name: String) in
            Metric(id: "\(letter)\(index + 1)", name: name, modelID: model.modelID)
        }
        switch kind {
        case .requestsPerMinute: return [(metric("n", "Invocations"), "")]
        case .tokensPerMinute:
            let cache = model.cacheWriteMetric.map { [(metric("w", $0), "")] } ?? []
            return [
                (metric("i", "InputTokenCount"), ""),
                (metric("o", "OutputTokenCount"), "\(Figure.number(rate)) * "),
            ] + cache
        // An alarm sees periods of its own, not the day since 00:00 UTC.
        case .tokensPerDay, .inputTokensPerMinute, .outputTokensPerMinute: return nil
        // No metric counts jobs.
        case .batchJobs, .customModelBatchJobs: return nil
        }
    }
}

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
        // CloudWatch's alarms are made of series of {ModelId} alone: no parts, and no other endpoint.
        for pool in members.keys.compactMap({ $0 }).sorted()
        where pool.scope.route == pool.scope && pool.scope.isWeighed {
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
