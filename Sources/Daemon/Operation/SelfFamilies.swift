import Alerting
import Exposition
import Notifications
import Polling
import QuotaModel
import Reading
import System

extension SelfMetrics.State {
    /// The families of `bedrock_exporter_…` that tell of no Region, in the order of the catalog.
    var families: [MetricFamily] {
        [
            MetricFamily(MetricCatalog.storageSize, optional: storageSizeBytes.map(Double.init)),
            MetricFamily(MetricCatalog.storageFailures, value: Double(storageFailures)),
            MetricFamily(MetricCatalog.reloads, value: Double(reloads)),
            MetricFamily(MetricCatalog.reloadFailures, value: Double(reloadFailures)),
            MetricFamily(MetricCatalog.lastReloadSuccessful, value: lastReloadSucceeded ? 1 : 0),
            MetricFamily(MetricCatalog.lastReloadSuccess, optional: lastReloadSuccess),
        ]
    }
}

extension SelfMetrics.Region {
    /// The families of `bedrock_exporter_…` that tell of a Region, in the order of the catalog.
    func families(of key: RegionKey) -> [MetricFamily] {
        let labels = LabelSet(key)
        return pollFamilies(labels) + requestFamilies(labels) + callerFamilies(labels)
    }

    private func pollFamilies(_ labels: LabelSet) -> [MetricFamily] {
        var up = MetricFamily(MetricCatalog.up)
        var duration = MetricFamily(MetricCatalog.pollDuration)
        var success = MetricFamily(MetricCatalog.lastSuccessfulPoll)
        var distrust = MetricFamily(MetricCatalog.accountSeriesDistrusted)
        if let poll {
            up.add(labels, poll.isUp ? 1 : 0)
            duration.add(labels, poll.durationSeconds)
            success.add(labels, poll.lastSuccess)
            distrust.add(labels, poll.distrustsAccountSeries ? 1 : 0)
        }
        return [up, duration, success, distrust]
    }

    private func requestFamilies(_ labels: LabelSet) -> [MetricFamily] {
        var requests = MetricFamily(MetricCatalog.awsRequests)
        for (operation, count) in self.requests.sorted(by: { $0.key < $1.key }) {
            requests.add(labels.adding("operation", operation), Double(count))
        }
        var failures = MetricFamily(MetricCatalog.awsRequestFailures)
        for (failure, count) in self.failures.sorted(by: { $0.key < $1.key }) {
            let labels = labels.adding("operation", failure.operation).adding("code", failure.code)
            failures.add(labels, Double(count))
        }
        var billed = MetricFamily(MetricCatalog.awsBilledMetrics)
        var cost = MetricFamily(MetricCatalog.awsEstimatedCost)
        billed.add(labels, billedMetrics.map(Double.init))
        cost.add(labels, billedMetrics.map { CloudWatchPrice.dollars($0) })
        return [requests, failures, billed, cost]
    }

    /// Empty where no callers are read.
    private func callerFamilies(_ labels: LabelSet) -> [MetricFamily] {
        var bytes = MetricFamily(MetricCatalog.logsScannedBytes)
        var cost = MetricFamily(MetricCatalog.logsEstimatedCost)
        var windows = MetricFamily(MetricCatalog.callerWindows)
        if let callers {
            bytes.add(labels, Double(callers.scannedBytes))
            cost.add(labels, LogsPrice.dollars(callers.scannedBytes))
            windows.add(labels.adding("state", "read"), Double(callers.windowsRead))
            windows.add(labels.adding("state", "unknown"), Double(callers.windowsUnknown))
        }
        return [bytes, cost, windows]
    }
}

extension BuildInfo {
    static var family: MetricFamily {
        var family = MetricFamily(MetricCatalog.buildInfo)
        family.add(
            LabelSet([
                ("version", version), ("swiftversion", compiler), ("os", "linux"), ("arch", architecture),
            ]), 1)
        return family
    }
}

extension MonthlyBudget {
    /// The families of `bedrock_exporter_…` about the budget, in the order of the catalog.
    func families() -> [MetricFamily] {
        let report = report()
        return [
            MetricFamily(
                MetricCatalog.pollInterval, optional: report.pollIntervalSeconds.map { Double($0) }),
            MetricFamily(MetricCatalog.monthCost, value: CloudWatchPrice.dollars(report.spent)),
            MetricFamily(
                MetricCatalog.monthlyBudget, optional: report.budget.map { CloudWatchPrice.dollars($0) }),
            MetricFamily(
                MetricCatalog.projectedMonthCost,
                optional: report.projected.map { CloudWatchPrice.dollars($0) }),
            MetricFamily(
                MetricCatalog.budgetStep, optional: report.budget.map { _ in Double(report.pace.step) }),
        ]
    }
}

extension DeliveryMetrics {
    /// In the order of the catalog; without receivers all are empty.
    func families() -> [MetricFamily] {
        var attempts = MetricFamily(MetricCatalog.notifications)
        var failures = MetricFamily(MetricCatalog.notificationFailures)
        var dropped = MetricFamily(MetricCatalog.notificationsDropped)
        var length = MetricFamily(MetricCatalog.notificationQueueLength)
        for (name, receiver) in all.sorted(by: { $0.key < $1.key }) {
            let labels = LabelSet([("receiver", name)])
            attempts.add(labels, Double(receiver.attempts))
            for (reason, count) in receiver.failures.sorted(by: { $0.key < $1.key }) {
                failures.add(labels.adding("reason", reason), Double(count))
            }
            dropped.add(labels, Double(receiver.dropped))
            length.add(labels, Double(receiver.queueLength))
        }
        return [attempts, failures, dropped, length]
    }
}

extension AlertBoard {
    /// `bedrock_alert_firing`.
    var family: MetricFamily {
        var family = MetricFamily(MetricCatalog.alertFiring)
        for alert in firing { family.add(LabelSet(alert), 1) }
        return family
    }
}

extension LabelSet {
    /// The labels of an alert, those that it does not have left out.
    init(_ identity: AlertIdentity) {
        let pairs: [(name: String, value: String?)] = [
            ("alert", identity.kind.rawValue), ("severity", identity.severity.rawValue),
            ("account", identity.account), ("region", identity.region), ("scope", identity.scope?.rawValue),
            ("model", identity.model), ("quota", identity.quota?.rawValue),
            ("cause", identity.cause?.rawValue), ("model_id", identity.modelID),
        ]
        self.init(
            pairs.compactMap { pair in pair.value.map { (pair.name, $0) } },
            of: RegionKey(account: identity.account, region: identity.region))
    }
}
