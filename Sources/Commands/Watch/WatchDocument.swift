import FoundationEssentials
import System

/// `watch --once --format=json`: one reading, its parts as `/api/v1/pools`, `status` and `alerts` name them.
struct WatchDocument: Encodable {
    struct Pool: Encodable {
        let account: String
        let region: String
        let scope: String
        let model: String
        let modelIds: [String]
        let burndownRate: Nullable<Double>
        let burndownSource: String
        let warning: Double
        let critical: Double
        /// Of the last minutes that `watch` looks at.
        let recentThrottles: Nullable<Double>
        let quotas: [Quota]
    }

    struct Quota: Encodable {
        let quota: String
        let quotaCode: Nullable<String>
        let limit: Double
        let limitSource: String
        let usage: Nullable<Double>
        let usageSource: Nullable<String>
        let utilizationRatio: Nullable<Double>
        let peakUtilizationRatio: [String: Nullable<Double>]
        let minute: Nullable<String>
    }

    struct Region: Encodable {
        let account: String
        let region: String
        let up: Bool
        let failure: Nullable<String>
        let lastSuccessfulPoll: Nullable<String>
        let deliveryLagSeconds: Nullable<Double>
    }

    struct Unmapped: Encodable {
        let account: String
        let region: String
        let modelId: String
        let profileName: Nullable<String>
        let reason: String
    }

    struct Alert: Encodable {
        let alert: String
        let severity: String
        let state: String
        let since: Nullable<String>
        let labels: [String: String]
    }

    /// When it was read.
    let time: String
    let exporter: String
    /// Whether every Region was polled with success, which the exit code tells as well.
    let ready: Bool
    let regions: [Region]
    /// The highest utilization first.
    let pools: [Pool]
    let unmapped: [Unmapped]
    /// Those that fire; null where the exporter has no list of them.
    let alerts: Nullable<[Alert]>

    init(_ reading: WatchReading, pools: [WatchPool], source: String, now: Double) {
        time = JSONDocument.time(now)
        exporter = source
        ready = reading.isReady
        regions = reading.regions.map { region in
            Region(
                account: region.account, region: region.region, up: region.up,
                failure: Nullable(region.failure),
                lastSuccessfulPoll: Self.time(region.lastSuccessfulPoll),
                deliveryLagSeconds: Nullable(region.deliveryLagSeconds))
        }
        self.pools = pools.map(Pool.init)
        unmapped = reading.unmapped.map { model in
            Unmapped(
                account: model.account, region: model.region, modelId: model.modelId,
                profileName: Nullable(model.profileName), reason: model.reason)
        }
        alerts = Nullable(
            reading.alerts?.map { alert in
                Alert(
                    alert: alert.alert, severity: alert.severity, state: alert.state,
                    since: Self.time(alert.since), labels: alert.labels ?? [:])
            })
    }

    fileprivate static func time(_ date: Date?) -> Nullable<String> {
        Nullable(date.map { JSONDocument.time($0.timeIntervalSince1970) })
    }
}

extension WatchDocument.Pool {
    fileprivate init(_ pool: WatchPool) {
        self.init(
            account: pool.account, region: pool.region, scope: pool.scope, model: pool.model,
            modelIds: pool.modelIds, burndownRate: Nullable(pool.burndownRate),
            burndownSource: pool.burndownSource, warning: pool.thresholds.warning,
            critical: pool.thresholds.critical, recentThrottles: Nullable(pool.history?.throttles),
            quotas: pool.quotas.map { quota in
                WatchDocument.Quota(
                    quota: quota.quota, quotaCode: Nullable(quota.quotaCode), limit: quota.limit,
                    limitSource: quota.limitSource, usage: Nullable(quota.usage),
                    usageSource: Nullable(quota.usageSource),
                    utilizationRatio: Nullable(quota.utilizationRatio),
                    peakUtilizationRatio: (quota.peakUtilizationRatio ?? [:]).mapValues { Nullable($0) },
                    minute: WatchDocument.time(quota.minute))
            })
    }
}
