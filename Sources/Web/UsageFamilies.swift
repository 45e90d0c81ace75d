import Exposition
import Polling
import QuotaModel
import System

/// A snapshot's families: usage of model IDs, quotas of pools, freshness of Regions.
package enum UsageFamilies {
    private static let counters: [(UsageMetric, MetricDescriptor)] = [
        (.invocations, MetricCatalog.invocations), (.inputTokens, MetricCatalog.inputTokens),
        (.outputTokens, MetricCatalog.outputTokens),
        (.cacheReadInputTokens, MetricCatalog.cacheReadInputTokens),
        (.cacheWriteInputTokens, MetricCatalog.cacheWriteInputTokens),
        (.clientErrors, MetricCatalog.clientErrors),
        (.serverErrors, MetricCatalog.serverErrors), (.throttles, MetricCatalog.throttles),
    ]

    package static func families(of snapshot: Snapshot) -> [MetricFamily] {
        modelFamilies(snapshot) + poolFamilies(snapshot) + [modelIDInfo(snapshot)] + regionFamilies(snapshot)
    }

    private static func modelFamilies(_ snapshot: Snapshot) -> [MetricFamily] {
        var families = counters.map { MetricFamily($0.1) }
        var latency = MetricFamily(MetricCatalog.latency)
        var firstToken = MetricFamily(MetricCatalog.timeToFirstToken)
        for region in snapshot.regions {
            for model in region.models {
                let labels = LabelSet(region.key).adding("model_id", model.modelID)
                for (index, counter) in counters.enumerated() {
                    families[index].add(labels, model.totals[counter.0].map(Double.init))
                }
                latency.add(labels, model.latencyMilliseconds.map { $0 / 1000 })
                firstToken.add(labels, model.timeToFirstTokenMilliseconds.map { $0 / 1000 })
            }
        }
        return families + [latency, firstToken]
    }

    private static func poolFamilies(_ snapshot: Snapshot) -> [MetricFamily] {
        var limit = MetricFamily(MetricCatalog.quotaLimit)
        var usage = MetricFamily(MetricCatalog.quotaUsage)
        var utilization = MetricFamily(MetricCatalog.quotaUtilization)
        var peak = MetricFamily(MetricCatalog.quotaPeakUtilization)
        var info = MetricFamily(MetricCatalog.quotaInfo)
        var mismatch = MetricFamily(MetricCatalog.burndownMismatch)
        var tokens = MetricFamily(MetricCatalog.quotaTokens)
        for region in snapshot.regions {
            for (pool, total) in region.quotaTokens.sorted(by: { $0.key < $1.key }) {
                let labels = LabelSet(region.key).adding("scope", pool.scope.rawValue)
                tokens.add(labels.adding("model", pool.model), total)
            }
        }
        for pool in snapshot.regions.flatMap(\.pools) {
            let poolLabels = LabelSet([
                ("account", pool.pool.account), ("region", pool.pool.region),
                ("scope", pool.pool.scope.rawValue), ("model", pool.pool.model),
            ])
            if let found = pool.mismatch {
                mismatch.add(
                    poolLabels.adding("table_rate", PlainNumber.shown(found.tableRate))
                        .adding("measured_rate", PlainNumber.shown(found.measuredRate)), 1)
            }
            for use in pool.quotas {
                let labels = poolLabels.adding("quota", use.quota.kind.rawValue)
                limit.add(labels, use.quota.limit)
                usage.add(labels, use.usage)
                utilization.add(labels, use.ratio)
                for window in PeakWindow.allCases {
                    peak.add(labels.adding("window", window.rawValue), use.peaks[window])
                }
                info.add(infoLabels(labels, use.quota, pool.rate), 1)
            }
        }
        return [limit, usage, utilization, peak, info, mismatch, tokens]
    }

    private static func modelIDInfo(_ snapshot: Snapshot) -> MetricFamily {
        var info = MetricFamily(MetricCatalog.modelIDInfo)
        for region in snapshot.regions {
            for pool in region.pools {
                for modelID in pool.modelIDs {
                    let profile = region.profiles[modelID]
                    let labels = LabelSet(region.key).adding("model_id", modelID)
                        .adding("scope", pool.pool.scope.rawValue).adding("model", pool.pool.model)
                        .adding("profile_name", profile?.name ?? "")
                        .adding("profile_type", profile?.kind.rawValue.lowercased() ?? "")
                    info.add(labels, 1)
                }
            }
        }
        return info
    }

    private static func infoLabels(_ labels: LabelSet, _ quota: Quota, _ rate: BurndownRate) -> LabelSet {
        labels.adding("quota_code", quota.code ?? "").adding("limit_source", quota.source.rawValue)
            .adding("matched_by", quota.match?.rawValue ?? "")
            .adding("burndown_rate", PlainNumber.shown(rate.value)).adding(
                "burndown_source", rate.source.rawValue)
    }

    private static func regionFamilies(_ snapshot: Snapshot) -> [MetricFamily] {
        var unmapped = MetricFamily(MetricCatalog.unmappedModel)
        var newest = MetricFamily(MetricCatalog.newestDatapoint)
        var lag = MetricFamily(MetricCatalog.deliveryLag)
        for region in snapshot.regions {
            let labels = LabelSet(region.key)
            for model in region.unmapped {
                let modelLabels = labels.adding("model_id", model.modelID)
                unmapped.add(modelLabels.adding("reason", model.reason.rawValue), 1)
            }
            newest.add(labels, region.newestDatapoint.map { Double($0.epochSeconds) })
            lag.add(labels, region.deliveryLagSeconds)
        }
        return [unmapped, newest, lag]
    }
}
