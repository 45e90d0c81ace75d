import Exposition
import Polling
import QuotaModel
import System

/// A snapshot's families: usage of model IDs, quotas of pools, freshness of Regions.
package enum UsageFamilies {
    package static func families(
        of snapshot: Snapshot, _ metrics: WebSettings.Metrics = .all
    ) -> [MetricFamily] {
        let pools = poolFamilies(snapshot)
        let others = regionFamilies(snapshot) + lifecycleFamilies(snapshot) + batchFamilies(snapshot)
        switch metrics {
        case .all: return modelFamilies(snapshot) + pools + [modelIDInfo(snapshot)] + others
        case .quotas: return pools + others
        }
    }

    private static func modelFamilies(_ snapshot: Snapshot) -> [MetricFamily] {
        let latencies = [MetricFamily(MetricCatalog.latency), MetricFamily(MetricCatalog.timeToFirstToken)]
        return counters(snapshot, of: .runtime) + addingLatencies(snapshot, to: latencies)
            + UsageSource.all.dropFirst().flatMap { counters(snapshot, of: $0) }
    }

    private static func counters(_ snapshot: Snapshot, of source: UsageSource) -> [MetricFamily] {
        let counters = MetricCatalog.counters(of: source)
        var families = counters.map { MetricFamily($0.1) }
        // All counters of a source have the same labels.
        guard let label = counters.first?.1.labels.last else { return families }
        for region in snapshot.regions {
            let regionLabels = LabelSet(region.key)
            for model in region.models {
                let name = SeriesName(model.modelID)
                guard name.source.name == source.name else { continue }
                let labels = regionLabels.adding(label, name.modelID)
                for (index, (metric, _)) in counters.enumerated() {
                    families[index].add(labels, model.totals[metric].map(Double.init))
                }
            }
        }
        return families
    }

    private static func addingLatencies(
        _ snapshot: Snapshot, to families: [MetricFamily]
    ) -> [MetricFamily] {
        var families = families
        for region in snapshot.regions {
            let regionLabels = LabelSet(region.key)
            for model in region.models where SeriesName.isRuntime(model.modelID) {
                let labels = regionLabels.adding("model_id", model.modelID)
                families[0].add(labels, model.latencyMilliseconds.map { $0 / 1000 })
                families[1].add(labels, model.timeToFirstTokenMilliseconds.map { $0 / 1000 })
            }
        }
        return families
    }

    private static func poolFamilies(_ snapshot: Snapshot) -> [MetricFamily] {
        var limit = MetricFamily(MetricCatalog.quotaLimit)
        var usage = MetricFamily(MetricCatalog.quotaUsage)
        var utilization = MetricFamily(MetricCatalog.quotaUtilization)
        var peak = MetricFamily(MetricCatalog.quotaPeakUtilization)
        var info = MetricFamily(MetricCatalog.quotaInfo)
        var mismatch = MetricFamily(MetricCatalog.burndownMismatch)
        var tokens = MetricFamily(MetricCatalog.quotaTokens)
        var callers = MetricFamily(MetricCatalog.callerQuotaTokens)
        for region in snapshot.regions {
            let regionLabels = LabelSet(region.key)
            for (pool, total) in region.quotaTokens.sorted(by: { $0.key < $1.key }) {
                var labels = regionLabels.adding("scope", pool.scope.rawValue)
                labels.add("model", pool.model)
                tokens.add(labels, total)
            }
            for total in region.callerTokens {
                var labels = regionLabels.adding("scope", total.pool.scope.rawValue)
                labels.add("model", total.pool.model)
                labels.add("caller_kind", total.kind)
                labels.add("caller", total.caller)
                callers.add(labels, total.quotaTokens)
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
        for region in snapshot.regions {
            for model in region.batch.uses {
                let modelLabels = LabelSet(region.key).adding("scope", InferenceScope.batch.rawValue)
                    .adding("model", model.model)
                for use in model.quotas {
                    let labels = modelLabels.adding("quota", use.quota.kind.rawValue)
                    limit.add(labels, use.quota.limit)
                    usage.add(labels, use.usage)
                    utilization.add(labels, use.ratio)
                    info.add(infoLabels(labels, use.quota, nil), 1)
                }
            }
        }
        for region in snapshot.regions {
            guard let quota = region.dailyQuota?.quota else { continue }
            let labels = LabelSet(region.key).adding("scope", "cross_model").adding("model", "*")
                .adding("quota", quota.kind.rawValue)
            limit.add(labels, quota.limit)
            info.add(infoLabels(labels, quota, nil), 1)
        }
        return [limit, usage, utilization, peak, info, mismatch, tokens, callers]
    }

    private static func modelIDInfo(_ snapshot: Snapshot) -> MetricFamily {
        var info = MetricFamily(MetricCatalog.modelIDInfo)
        for region in snapshot.regions {
            let regionLabels = LabelSet(region.key)
            for (modelID, identity) in region.identities.sorted(by: { $0.key < $1.key }) {
                let profile = identity.profile
                var labels = regionLabels.adding("model_id", modelID)
                labels.add("scope", identity.pool?.scope.rawValue ?? "")
                labels.add("model", identity.pool?.model ?? "")
                labels.add("profile_name", profile?.shownName ?? "")
                labels.add("profile_type", profile?.kind.label ?? "")
                for tag in region.profileTags { labels.add(tag.label, profile?.tags?[tag.key] ?? "") }
                info.add(labels, 1)
            }
        }
        return info
    }

    private static func infoLabels(_ labels: LabelSet, _ quota: Quota, _ rate: BurndownRate?) -> LabelSet {
        var labels = labels.adding("quota_code", quota.code ?? "")
        labels.add("limit_source", quota.source.rawValue)
        labels.add("matched_by", quota.match?.rawValue ?? "")
        let shown = rate.flatMap { $0.source == .none ? nil : PlainNumber.shown($0.value) }
        labels.add("burndown_rate", shown ?? "")
        labels.add("burndown_source", rate?.source.rawValue ?? "")
        return labels
    }

    private static func lifecycleFamilies(_ snapshot: Snapshot) -> [MetricFamily] {
        var legacy = MetricFamily(MetricCatalog.legacyModel)
        var end = MetricFamily(MetricCatalog.modelEndOfLife)
        for region in snapshot.regions {
            // Of the pools of one model all say the same.
            let lifecycles = Dictionary(
                region.pools.compactMap { pool in pool.lifecycle.map { (pool.pool.model, $0) } },
                uniquingKeysWith: { first, _ in first })
            for (model, lifecycle) in lifecycles.sorted(by: { $0.key < $1.key }) {
                let labels = LabelSet(region.key).adding("model", model)
                if lifecycle.isLegacy == true { legacy.add(labels, 1) }
                end.add(labels, lifecycle.endOfLife)
            }
        }
        return [legacy, end]
    }

    private static func batchFamilies(_ snapshot: Snapshot) -> [MetricFamily] {
        var jobs = MetricFamily(MetricCatalog.batchJobs)
        var records = MetricFamily(MetricCatalog.batchRecords)
        var listed = MetricFamily(MetricCatalog.batchListed)
        for region in snapshot.regions {
            for use in region.batch.uses {
                let labels = LabelSet(region.key).adding("model", use.model)
                for status in BatchJob.Status.allCases {
                    jobs.add(labels.adding("status", status.label), use.jobs[status].map(Double.init))
                }
                for (result, count) in use.records.byResult {
                    records.add(labels.adding("result", result), count.map(Double.init))
                }
            }
            listed.add(LabelSet(region.key), region.batch.listedAt)
        }
        return [jobs, records, listed]
    }

    private static func regionFamilies(_ snapshot: Snapshot) -> [MetricFamily] {
        var unmapped = MetricFamily(MetricCatalog.unmappedModel)
        var newest = MetricFamily(MetricCatalog.newestDatapoint)
        var lag = MetricFamily(MetricCatalog.deliveryLag)
        var daily = MetricFamily(MetricCatalog.dailyTokensLowerBound)
        for region in snapshot.regions {
            let labels = LabelSet(region.key)
            for model in region.unmapped {
                let modelLabels = labels.adding("model_id", model.modelID)
                unmapped.add(modelLabels.adding("reason", model.reason.rawValue), 1)
            }
            newest.add(labels, region.newestDatapoint.map { Double($0.epochSeconds) })
            lag.add(labels, region.deliveryLagSeconds)
            daily.add(labels.adding("accounting", "unknown"), region.dailyQuota?.leastUse)
        }
        return [daily, unmapped, newest, lag]
    }
}
