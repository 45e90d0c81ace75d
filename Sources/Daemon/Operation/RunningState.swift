import Configuration
import Exposition
import HTTPServer
import Synchronization
import UsageStore

/// What pollers write and web requests read, safe from any thread; no request waits for AWS or the store.
final class RunningState: Sendable {
    let metrics = SelfMetrics()
    let board = SnapshotBoard()
    let page = RenderedPage()
    private let process: ProcessStatistics
    private let startedAt: Double
    private let now: @Sendable () -> Double
    private let isStopping = Atomic(false)
    private let configuration: Mutex<Configuration>

    init(configuration: Configuration, now: @escaping @Sendable () -> Double) {
        self.configuration = Mutex(configuration)
        self.now = now
        startedAt = now()
        process = ProcessStatistics(startTime: startedAt)
        metrics.configurationLoaded(at: startedAt)
    }

    /// Renders the whole page; called after each poll.
    func render() {
        page.update(usageFamilies: UsageFamilies.families(of: board.snapshot))
        renderSelf()
    }

    /// Renders the exporter's own part of the page.
    func renderSelf() {
        page.update(selfFamilies: [BuildInfo.family] + metrics.families() + process.families())
    }

    func take(_ configuration: Configuration) {
        self.configuration.withLock { $0 = configuration }
    }

    func beginStop() { isStopping.store(true, ordering: .releasing) }

    /// True once every Region's first poll has ended, well or badly, until the stop.
    var isReady: Bool { !isStopping.load(ordering: .acquiring) && metrics.allPolled }

    /// How long minutes are kept, by the configuration of now.
    var minuteRetention: TimeSpan { configuration.withLock { $0.storage.minuteRetention } }

    var configurationText: String { ConfigurationPage.render(configuration.withLock { $0 }) }

    func status() -> StatusDocument {
        let snapshots = Dictionary(board.snapshot.regions.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        let state = metrics.current
        let billed = metrics.billedMetrics
        return StatusDocument(
            version: BuildInfo.version, ready: isReady, started: JSONDocument.time(startedAt),
            now: JSONDocument.time(now()), storagePath: configuration.withLock { $0.storage.path },
            storageSizeBytes: Nullable(state.storageSizeBytes), billedMetrics: billed,
            estimatedCostDollars: Double(billed) / 1000 * CloudWatchPrice.dollarsPerThousandMetrics,
            regions: state.polls.sorted { $0.key < $1.key }.map { key, poll in
                StatusDocument.Region(key: key, poll: poll, snapshot: snapshots[key])
            })
    }
}
