import QuotaModel
import System
import UsageStore

extension WatchThresholds {
    /// What the exporter says, else what it usually has.
    init(_ settings: WatchDocuments.Settings?) {
        warning = settings?.warning ?? Self.usual.warning
        critical = settings?.critical ?? Self.usual.critical
    }
}

extension WatchPool {
    /// - Parameter standard: For an exporter that does not tell each pool's own thresholds.
    init(_ pool: WatchDocuments.Pool, standard: WatchThresholds) {
        id = ID(
            account: VisibleText.escaped(pool.account), region: VisibleText.escaped(pool.region),
            scope: VisibleText.escaped(pool.scope), model: VisibleText.escaped(pool.model))
        modelIDs = pool.modelIds.map(VisibleText.escaped)
        burndownRate = pool.burndownRate
        burndownSource = VisibleText.escaped(pool.burndownSource)
        quotas = pool.quotas.map(Quota.init)
        thresholds = WatchThresholds(
            warning: pool.warning ?? standard.warning, critical: pool.critical ?? standard.critical)
    }
}

extension WatchPool.Quota {
    init(_ quota: WatchDocuments.Quota) {
        kind = VisibleText.escaped(quota.quota)
        code = quota.quotaCode.map(VisibleText.escaped)
        limit = quota.limit
        limitSource = VisibleText.escaped(quota.limitSource)
        usage = quota.usage
        usageSource = quota.usageSource.map(VisibleText.escaped)
        ratio = quota.utilizationRatio
        let given = quota.peakUtilizationRatio
        peaks = [
            WatchPool.Peak(window: "5m", ratio: given?.fiveMinutes),
            WatchPool.Peak(window: "1h", ratio: given?.hour),
            WatchPool.Peak(window: "24h", ratio: given?.day),
        ]
        minute = WatchDocuments.seconds(quota.minute)
    }
}

extension WatchReading.Region {
    init(_ region: WatchDocuments.Region) {
        account = VisibleText.escaped(region.account)
        self.region = VisibleText.escaped(region.region)
        isUp = region.up
        failure = region.failure.map(VisibleText.escaped)
        lastSuccessfulPoll = WatchDocuments.seconds(region.lastSuccessfulPoll)
        deliveryLagSeconds = region.deliveryLagSeconds
    }
}

extension WatchReading.Unmapped {
    init(_ unmapped: WatchDocuments.Unmapped) {
        account = VisibleText.escaped(unmapped.account)
        region = VisibleText.escaped(unmapped.region)
        modelID = VisibleText.escaped(unmapped.modelId)
        reason = VisibleText.escaped(unmapped.reason)
    }
}

extension WatchReading.Alert {
    /// Nil for one that does not fire, and for a warning while the critical alert that includes it fires.
    init?(_ alert: WatchDocuments.Alert) {
        guard alert.state == "firing", alert.includedIn == nil else { return nil }
        let labels = alert.labels
        let words = [
            labels?.region, labels?.scope, labels?.modelId ?? labels?.model.map(WatchNames.short),
            labels?.quota, labels?.account,
        ]
        name = VisibleText.escaped(alert.alert)
        severity = VisibleText.escaped(alert.severity)
        since = WatchDocuments.seconds(alert.since)
        subject = VisibleText.escaped(words.compactMap { $0 }.joined(separator: " "))
    }
}

extension WatchDocuments.Usage {
    /// The last minutes of each pool; `start` is the first of them.
    func histories(minutes: Int) -> [WatchPool.ID: WatchHistory] {
        guard let first = WatchDocuments.seconds(start) else { return [:] }
        var found: [WatchPool.ID: WatchHistory] = [:]
        for row in rows {
            guard let scope = row.scope, let model = row.model, let time = WatchDocuments.seconds(row.start)
            else { continue }
            let id = WatchPool.ID(
                account: VisibleText.escaped(row.account), region: VisibleText.escaped(row.region),
                scope: scope,
                model: model)
            let place = Int((time - first) / 60)
            guard (0..<minutes).contains(place) else { continue }
            var history = found[id] ?? WatchHistory(ratios: Array(repeating: nil, count: minutes))
            history.ratios[place] = row.quotas.ratio
            if let throttles = row.throttles { history.throttles = (history.throttles ?? 0) + throttles }
            found[id] = history
        }
        return found
    }
}
