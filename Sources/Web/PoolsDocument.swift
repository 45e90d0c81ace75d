import Alerting
import Polling
import QuotaModel
import System

/// `GET /api/v1/pools`: every pool with its model IDs, quotas, use and where each figure comes from.
package struct PoolsDocument: Encodable {
    package struct Pool: Encodable {
        let account: String
        let region: String
        let scope: String
        let model: String
        let modelIds: [String]
        let burndownRate: Double
        let burndownSource: String
        /// Utilization from which alerts of this pool are raised.
        let warning: Double
        let critical: Double
        let quotas: [Use]
    }

    package struct Use: Encodable {
        let quota: String
        let quotaCode: Nullable<String>
        let limit: Double
        let limitSource: String
        let matchedBy: Nullable<String>
        let usage: Nullable<Double>
        let usageSource: Nullable<String>
        let utilizationRatio: Nullable<Double>
        let peakUtilizationRatio: Peaks
        /// Covered minutes by expected ones of the minutes that make up `usage`.
        let coverage: Nullable<Double>
        let minute: Nullable<String>
    }

    package struct Peaks: Encodable {
        let peaks: [PeakWindow: Double]

        private enum Key: String, CodingKey {
            case fiveMinutes = "5m"
            case hour = "1h"
            case day = "24h"
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(Nullable(peaks[.fiveMinutes]), forKey: .fiveMinutes)
            try container.encode(Nullable(peaks[.hour]), forKey: .hour)
            try container.encode(Nullable(peaks[.day]), forKey: .day)
        }
    }

    package struct Unmapped: Encodable {
        let account: String
        let region: String
        let modelId: String
        let reason: String
    }

    package let pools: [Pool]
    package let unmapped: [Unmapped]

    package init(_ snapshot: Snapshot, rules: AlertRules) {
        pools = snapshot.regions.flatMap(\.pools).map { Pool($0, rules: rules.rules(for: $0.pool)) }
        unmapped = snapshot.regions.flatMap { region in
            region.unmapped.map { model in
                Unmapped(
                    account: region.key.account, region: region.key.region, modelId: model.modelID,
                    reason: model.reason.rawValue)
            }
        }
    }
}

extension PoolsDocument.Pool {
    package init(_ pool: PoolSnapshot, rules: PoolRules) {
        account = pool.pool.account
        region = pool.pool.region
        scope = pool.pool.scope.rawValue
        model = pool.pool.model
        modelIds = pool.modelIDs
        burndownRate = pool.rate.value
        burndownSource = pool.rate.source.rawValue
        warning = rules.warning
        critical = rules.critical
        quotas = pool.quotas.map { PoolsDocument.Use($0, minute: pool.minute) }
    }
}

extension PoolsDocument.Use {
    package init(_ use: QuotaUse, minute: Minute?) {
        quota = use.quota.kind.rawValue
        quotaCode = Nullable(use.quota.code)
        limit = use.quota.limit
        limitSource = use.quota.source.rawValue
        matchedBy = Nullable(use.quota.match?.rawValue)
        usage = Nullable(use.usage)
        usageSource = Nullable(use.source?.rawValue)
        utilizationRatio = Nullable(use.ratio)
        peakUtilizationRatio = PoolsDocument.Peaks(peaks: use.peaks)
        coverage = Nullable(
            use.expectedMinutes > 0 ? Double(use.coveredMinutes) / Double(use.expectedMinutes) : nil)
        self.minute = Nullable(
            use.usage == nil ? nil : minute.map { JSONDocument.time(Double($0.epochSeconds)) })
    }
}
