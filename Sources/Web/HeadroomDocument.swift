import Polling
import QuotaModel
import System

/// `GET /api/v1/headroom`: what is left now, with the pools of the same model that have most room.
package struct HeadroomDocument: Encodable, Sendable {
    package struct Pool: Encodable, Sendable {
        let account: String
        let region: String
        let scope: String
        let model: String
        let quotas: [Quota]
        /// Of all quotas with a figure; what pools are ordered by.
        let highestRatio: Double?

        private enum CodingKeys: CodingKey {
            case account, region, scope, model, quotas
        }
    }

    package struct Quota: Encodable, Sendable {
        let quota: String
        let limit: Double
        /// Null while it is not known, or too old to be called current.
        let used: Nullable<Double>
        /// Never below zero.
        let remaining: Nullable<Double>
        let ratio: Nullable<Double>
        /// The minute that `used` belongs to, by its first second; of a day its newest minute.
        let asOf: Nullable<String>
        /// Whether that minute changes no more; else `used` is a lower bound.
        let settled: Bool
        /// Requests that AWS throttled in the last minutes; null where CloudWatch has no such metric.
        let throttled: Nullable<Double>
    }

    let modelId: String
    let pools: [Pool]
    let alternatives: [Pool]
}

extension HeadroomDocument.Pool {
    init(_ pool: PoolSnapshot, of region: RegionSnapshot, now: Double) {
        account = pool.pool.account
        self.region = pool.pool.region
        scope = pool.pool.scope.rawValue
        model = pool.pool.model
        let isCurrent = !region.isOutdated(at: now)
        quotas = pool.quotas.map { HeadroomDocument.Quota($0, of: pool, isCurrent: isCurrent) }
        highestRatio = isCurrent ? pool.quotas.compactMap(\.ratio).max() : nil
    }
}

extension HeadroomDocument.Quota {
    fileprivate init(_ use: QuotaUse, of pool: PoolSnapshot, isCurrent: Bool) {
        let usage = isCurrent ? use.usage : nil
        quota = use.quota.kind.rawValue
        limit = use.quota.limit
        used = Nullable(usage)
        remaining = Nullable(usage.map { max(0, use.quota.limit - $0) })
        ratio = Nullable(isCurrent ? use.ratio : nil)
        asOf = Nullable(
            usage == nil ? nil : pool.minute.map { JSONDocument.time(Double($0.epochSeconds)) })
        settled = usage != nil && use.coveredMinutes == use.expectedMinutes
        throttled = Nullable(isCurrent ? pool.recentThrottles : nil)
    }
}
