import AWSClient
import QuotaModel
import Reading
import System

/// Tries what polling one Region of an account needs: its metrics, its lists, and what its figures rest on.
struct RegionCheck {
    let session: AccountSession
    let region: String
    /// The account's label.
    let account: String
    /// Whether the account itself can be asked.
    let canAsk: Bool
    let settings: FigureCheck.Settings
    let now: @Sendable () -> Double
    let report: CheckReport

    private var cloudWatch: CloudWatchClient { session.cloudWatch(region) }

    /// - Returns: Whether there are metrics of Bedrock.
    func run() async -> Bool {
        let (modelIDs, canRead) = await checkCloudWatch()
        let lists = InventoryCheck(session: session, region: region, now: now, report: report)
        let inventory = await canAsk ? lists.own(modelIDs) : lists.shared()
        let catalog = QuotaCatalog(
            inventory: inventory, observed: modelIDs, overrides: settings.overrides, account: account,
            region: region)
        if canAsk { await lists.checkTags(inventory.applicationProfiles(among: modelIDs)) }
        let figures = FigureCheck(settings: settings, region: region, catalog: catalog, report: report)
        for modelID in modelIDs.sorted() { report.tell(figures.line(for: modelID, now: now())) }
        if canRead { await figures.checkRates(modelIDs, cloudWatch, now: now) }
        return !modelIDs.isEmpty
    }

    /// The model IDs with metrics, and whether their datapoints can be read.
    private func checkCloudWatch() async -> (modelIDs: [String], canRead: Bool) {
        let listed = await runtimeSeries()
        // Who may not list one namespace may not list another: that has its line.
        let further = listed == nil ? [] : await furtherSeries()
        let modelIDs = listed ?? []
        return (modelIDs + further, await canRead(modelIDs.min() ?? "none"))
    }

    /// Nil where they cannot be listed.
    private func runtimeSeries() async -> [String]? {
        let subject = "\(region) cloudwatch:ListMetrics"
        let listing = await report.attempt(subject) {
            try await cloudWatch.listMetrics(namespace: UsageSource.runtime.namespace, recentlyActive: false)
                .metrics
        }
        guard let listing else { return nil }
        let modelIDs = Array(Discovery.series(in: listing).keys)
        report.ok(subject, "\(modelIDs.count) model IDs with metrics")
        let impossible = Discovery.impossibleModelIDs(in: listing)
        if let example = impossible.min() {
            report.warn(
                subject,
                "\(impossible.count) that Bedrock cannot have are left out, such as \(VisibleText.quoted(example))"
            )
        }
        return modelIDs
    }

    /// The series of other endpoints; nothing is said of those that nobody uses.
    private func furtherSeries() async -> [String] {
        var all: [String] = []
        for namespace in UsageSource.namespaces.dropFirst() {
            let subject = "\(region) cloudwatch:ListMetrics"
            let listing = await report.attempt(subject) {
                try await cloudWatch.listMetrics(namespace: namespace, recentlyActive: false)
            }
            let series = Discovery.series(in: listing?.metrics ?? [], of: namespace).keys.sorted()
            guard !series.isEmpty else { continue }
            report.ok(subject, "\(series.count) models with metrics in \(namespace)")
            all += series
        }
        return all
    }

    /// Reads a metric of the model ID, which need not have any.
    private func canRead(_ modelID: String) async -> Bool {
        let subject = "\(region) cloudwatch:GetMetricData"
        let end = Minute(containingEpochSeconds: Int(now())).epochSeconds
        let query = MetricQuery(
            id: "q0", namespace: UsageSource.runtime.namespace, metricName: "Invocations",
            dimensions: [MetricDimension(name: UsageSource.runtime.dimensions[0], value: modelID)],
            statistic: "Sum")
        let answer = await report.attempt(subject) {
            try await cloudWatch.getMetricData(queries: [query], start: end - 300, end: end)
        }
        guard let answer else { return false }
        switch answer.series["q0"]?.status {
        case .complete, .partial:
            report.ok(subject, "one metric read")
            return true
        case .failed(let reason): report.fail(subject, reason)
        case nil: report.fail(subject, "the answer lacks the metric")
        }
        return false
    }
}
