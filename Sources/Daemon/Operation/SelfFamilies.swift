import Alerting
import Exposition
import Notifications
import Polling
import QuotaModel
import Reading
import System

extension SelfMetrics {
    /// The families of `bedrock_exporter_…`, in the order of the catalog.
    ///
    /// - Parameter budget: The families between those of requests and of the store.
    package func families(budget: [MetricFamily] = []) -> [MetricFamily] {
        let state = current
        return pollFamilies(state) + requestFamilies(state) + budget + [
            MetricFamily(MetricCatalog.storageSize, optional: state.storageSizeBytes.map(Double.init)),
            MetricFamily(MetricCatalog.storageFailures, value: Double(state.storageFailures)),
            MetricFamily(MetricCatalog.reloads, value: Double(state.reloads)),
            MetricFamily(MetricCatalog.reloadFailures, value: Double(state.reloadFailures)),
            MetricFamily(MetricCatalog.lastReloadSuccessful, value: state.lastReloadSucceeded ? 1 : 0),
            MetricFamily(MetricCatalog.lastReloadSuccess, optional: state.lastReloadSuccess),
        ]
    }

    private func pollFamilies(_ state: State) -> [MetricFamily] {
        var up = MetricFamily(MetricCatalog.up)
        var duration = MetricFamily(MetricCatalog.pollDuration)
        var success = MetricFamily(MetricCatalog.lastSuccessfulPoll)
        var distrust = MetricFamily(MetricCatalog.accountSeriesDistrusted)
        for (region, poll) in state.polls.sorted(by: { $0.key < $1.key }) {
            let labels = LabelSet(region)
            up.add(labels, poll.isUp ? 1 : 0)
            duration.add(labels, poll.durationSeconds)
            success.add(labels, poll.lastSuccess)
            distrust.add(labels, poll.distrustsAccountSeries ? 1 : 0)
        }
        return [up, duration, success, distrust]
    }

    private func requestFamilies(_ state: State) -> [MetricFamily] {
        var requests = MetricFamily(MetricCatalog.awsRequests)
        for (key, count) in state.requests.sorted(by: { $0.key < $1.key }) {
            requests.add(LabelSet(key.region).adding("operation", key.operation), Double(count))
        }
        var failures = MetricFamily(MetricCatalog.awsRequestFailures)
        for (key, count) in state.failures.sorted(by: { $0.key < $1.key }) {
            let labels = LabelSet(key.region).adding("operation", key.operation).adding("code", key.code)
            failures.add(labels, Double(count))
        }
        var billed = MetricFamily(MetricCatalog.awsBilledMetrics)
        var cost = MetricFamily(MetricCatalog.awsEstimatedCost)
        for (region, count) in state.billedMetrics.sorted(by: { $0.key < $1.key }) {
            billed.add(LabelSet(region), Double(count))
            cost.add(LabelSet(region), CloudWatchPrice.dollars(count))
        }
        return [requests, failures, billed, cost] + callerFamilies(state)
    }

    /// Empty where no callers are read.
    private func callerFamilies(_ state: State) -> [MetricFamily] {
        var bytes = MetricFamily(MetricCatalog.logsScannedBytes)
        var cost = MetricFamily(MetricCatalog.logsEstimatedCost)
        var windows = MetricFamily(MetricCatalog.callerWindows)
        for (region, reading) in state.callers.sorted(by: { $0.key < $1.key }) {
            let labels = LabelSet(region)
            bytes.add(labels, Double(reading.scannedBytes))
            cost.add(labels, LogsPrice.dollars(reading.scannedBytes))
            windows.add(labels.adding("state", "read"), Double(reading.windowsRead))
            windows.add(labels.adding("state", "unknown"), Double(reading.windowsUnknown))
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
