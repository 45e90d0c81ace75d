import Exposition

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
        return [requests, failures, billed, cost]
    }
}

extension LabelSet {
    init(_ region: RegionKey) {
        self.init([("account", region.account), ("region", region.region)])
    }
}

extension MetricFamily {
    /// A family of one sample, or of none while the figure is not known.
    init(_ descriptor: MetricDescriptor, optional value: Double?) {
        self.init(descriptor)
        add(.none, value)
    }
}
