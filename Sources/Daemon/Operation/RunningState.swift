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
    private let allShown = Atomic(false)
    private let configuration: Mutex<Configuration>
    /// Held from the look at the figures until they are on the page: of two Regions that render at the same time, the
    /// one with older figures must not come last.
    private let rendering = Mutex(())

    init(configuration: Configuration, now: @escaping @Sendable () -> Double) {
        self.configuration = Mutex(configuration)
        self.now = now
        startedAt = now()
        process = ProcessStatistics(startTime: startedAt)
        metrics.configurationLoaded(at: startedAt)
    }

    /// Renders the whole page; called after each poll.
    func render() {
        rendering.withLock { _ in
            // Asked first: what has been polled by now is on the board already.
            let allPolled = metrics.allPolled
            page.update(usageFamilies: UsageFamilies.families(of: board.snapshot))
            updateSelf()
            allShown.store(allPolled, ordering: .releasing)
        }
    }

    /// Renders the exporter's own part of the page.
    func renderSelf() {
        rendering.withLock { _ in updateSelf() }
    }

    private func updateSelf() {
        page.update(selfFamilies: [BuildInfo.family] + metrics.families() + process.families())
    }

    /// Forgets the Regions that a reload took away.
    func keep(where isWatched: (RegionKey) -> Bool) {
        metrics.keepPolls(where: isWatched)
        board.keep(where: isWatched)
        render()
    }

    func take(_ configuration: Configuration) {
        self.configuration.withLock { $0 = configuration }
    }

    func beginStop() { isStopping.store(true, ordering: .releasing) }

    /// True once every Region's first poll, ended well or badly, is on the page, until the stop.
    var isReady: Bool { !isStopping.load(ordering: .acquiring) && allShown.load(ordering: .acquiring) }

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
