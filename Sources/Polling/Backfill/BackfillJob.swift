import AWSClient
import QuotaModel
import Reading
import SQLite
import System
import UsageStore

/// The `backfill` command's work: one request after the other over all Regions, newest first, until nothing is missing.
///
/// Only what the store does not cover is asked for, and every answer is stored before the next request is sent: a job
/// that is killed has at most one request to ask again.
package actor BackfillJob {
    /// How a job ended.
    package struct Result: Equatable, Sendable {
        /// What was asked for.
        package var done = BackfillEstimate()
        /// Nothing is missing any more.
        package var isComplete = true
        package var wasStopped = false
        /// Regions and series that could not be read, and why.
        package var problems: [String] = []
        /// Why model IDs may have no pool; their history is complete without.
        package var remarks: [String] = []
    }

    /// What is told while it runs.
    package struct Progress: Equatable, Sendable {
        package var done: BackfillEstimate
        package var total: BackfillEstimate
        package var key: RegionKey
        package var resolution: BackfillPlan.Resolution
        package var window: Range<Minute>
    }

    /// The reach of CloudWatch moves on: a plan older than this is made anew.
    private static let planLifetimeSeconds = 1800.0
    /// At most this many requests a second, a tenth of what CloudWatch allows an account in a Region.
    private static let secondsBetweenRequests = 0.2
    /// So many failed calls in a row mean that the network or AWS is down.
    private static let failuresInARow = 5
    /// Series whose queries fail are tried so often.
    private static let maximumRounds = 4
    private static let shownProblems = 20

    private let store: UsageStore
    private let clock: PollClock
    private let plan: BackfillPlan
    private var regions: [BackfillRegion] = []
    private let quotas: QuotaSettings
    private let meter: SpendingMeter
    /// By the place of their Regions.
    private var pools: [BackfillPools] = []
    private var result = Result()
    private var failuresInARow = 0

    /// - Parameters:
    ///   - quotas: What the configuration says of pools.
    ///   - meter: What the sessions' requests are counted by; the counts are stored with each request.
    package init(
        store: UsageStore, clock: PollClock, plan: BackfillPlan, quotas: QuotaSettings,
        meter: SpendingMeter = SpendingMeter()
    ) {
        self.store = store
        self.clock = clock
        self.plan = plan
        self.quotas = quotas
        self.meter = meter
    }

    // MARK: Before

    /// What one Region is about to be asked for.
    package struct Preview: Equatable, Sendable {
        package let key: RegionKey
        package let seriesCount: Int
        package let estimate: BackfillEstimate
        /// Series-periods that are missing, by resolution.
        package let missing: [BackfillPlan.Resolution: Int]
    }

    /// Looks up the series of the accounts' Regions and what is missing of them.
    ///
    /// - Parameter isWanted: Which Regions to take.
    /// - Returns: One preview a Region that can be read; why others cannot is a problem of the result.
    package func prepare(
        _ sessions: [AccountSession], where isWanted: @Sendable (RegionKey) -> Bool
    ) async throws -> [Preview] {
        for session in sessions {
            for name in session.regions {
                do {
                    let key = RegionKey(account: try await session.label(region: name), region: name)
                    guard isWanted(key), !regions.contains(where: { $0.key == key }) else { continue }
                    regions.append(
                        try await BackfillRegion.discover(
                            key, cloudWatch: session.cloudWatch(name), store: store, at: Int(clock.now())))
                    pools.append(BackfillPools(account: session, settings: quotas, key: key))
                } catch let error as StoreError {
                    throw error
                } catch {
                    if Task.isCancelled { throw CancellationError() }
                    problem("\(session.configuredName.map { "\($0) " } ?? "")\(name): \(error)")
                }
            }
        }
        return try await previews()
    }

    private func previews() async throws -> [Preview] {
        var previews: [Preview] = []
        for region in regions {
            let requests = try await region.requests(plan, now: clock.now())
            var missing: [BackfillPlan.Resolution: Int] = [:]
            for request in requests {
                missing[request.resolution, default: 0] +=
                    request.read.window.count / request.resolution.minutes * request.read.modelIDs.count
            }
            previews.append(
                Preview(
                    key: region.key, seriesCount: region.names.count,
                    estimate: BackfillEstimate(requests, queriesPerSeries: region.costs), missing: missing))
        }
        return previews
    }

    /// Why Regions could not be prepared.
    package var problems: [String] { result.problems }

    // MARK: The work

    /// A request with the place of its Region.
    private struct Errand {
        let region: Int
        let request: BackfillPlan.Request
    }

    /// Reads what is missing. Throws only what the store says; everything else is a problem of the result.
    ///
    /// - Parameter isStopped: Asked before each request; true ends the job after the one under way.
    package func run(
        isStopped: @Sendable () -> Bool, report: @Sendable (Progress) -> Void
    ) async throws -> Result {
        for (region, pools) in zip(regions, pools) where !isStopped() {
            let modelIDs = Set(region.names.keys)
            result.remarks += try await pools.record(modelIDs, in: store, at: Int(clock.now()))
        }
        for _ in 0..<Self.maximumRounds {
            var tasks = try await missing()
            while !tasks.isEmpty {
                let isWhole = try await work(through: tasks, isStopped, report)
                guard !result.wasStopped, failuresInARow < Self.failuresInARow else {
                    return try await ended()
                }
                if isWhole { break }
                tasks = try await missing()
            }
            guard let pause = pauseForFailed() else { break }
            try await clock.sleep(pause)
        }
        return try await ended()
    }

    private func ended() async throws -> Result {
        let left = try await missing(includingPaused: true)
        result.isComplete = left.isEmpty
        for region in regions {
            for (modelID, reason) in region.failed.sorted(by: { $0.key < $1.key }) {
                problem("\(region.key.account) \(region.key.region) \(modelID): \(reason)")
            }
        }
        return result
    }

    private func missing(includingPaused: Bool = false) async throws -> [Errand] {
        var tasks: [Errand] = []
        for (index, region) in regions.enumerated() where includingPaused || region.refusal == nil {
            tasks += try await region.requests(plan, now: clock.now()).map {
                Errand(region: index, request: $0)
            }
        }
        return tasks.sorted { a, b in
            (b.request.read.window.upperBound, a.region) < (a.request.read.window.upperBound, b.region)
        }
    }

    /// - Returns: False when the plan has grown old before its end.
    private func work(
        through tasks: [Errand], _ isStopped: @Sendable () -> Bool, _ report: @Sendable (Progress) -> Void
    ) async throws -> Bool {
        let made = clock.now()
        let total = tasks.reduce(result.done) { sum, task in
            sum + BackfillEstimate([task.request], queriesPerSeries: regions[task.region].costs)
        }
        for task in tasks {
            var request = task.request
            // A series whose newer part failed waits, so that its history grows without holes.
            request.read.modelIDs = request.read.modelIDs.filter {
                regions[task.region].isDue($0, now: clock.now())
            }
            guard !request.read.modelIDs.isEmpty else { continue }
            guard !isStopped() else {
                result.wasStopped = true
                return true
            }
            guard clock.now() - made < Self.planLifetimeSeconds else { return false }
            let started = clock.now()
            try await perform(request, in: task.region)
            try await meter.store(in: store)
            guard failuresInARow < Self.failuresInARow else { return true }
            report(
                Progress(
                    done: result.done, total: total, key: regions[task.region].key,
                    resolution: request.resolution, window: request.read.window))
            let pause = started + Self.secondsBetweenRequests - clock.now()
            if pause > 0 { try await clock.sleep(pause) }
        }
        return true
    }

    private func perform(_ request: BackfillPlan.Request, in index: Int) async throws {
        let edge = plan.plan.settledEdge(now: clock.now())
        result.done = result.done + BackfillEstimate([request], queriesPerSeries: regions[index].costs)
        let answered: (answer: MetricDataAnswer, records: [SeriesRecord])
        do throws(AWSError) {
            answered = try await regions[index].reader.ask(
                request, names: regions[index].names, settledEdge: edge)
        } catch {
            guard error.kind != .cancelled else { throw CancellationError() }
            failuresInARow += 1
            regions[index].note(request, failure: error, now: clock.now())
            if let refusal = regions[index].refusal {
                problem("\(regions[index].key.account) \(regions[index].key.region): \(refusal)")
            }
            return
        }
        failuresInARow = 0
        try await regions[index].reader.keep(answered.records, of: request, at: Int(clock.now()))
        regions[index].note(request, answered.answer, answered.records, now: clock.now())
    }

    /// How long until the next failed series may be tried again; nil when none is to be tried.
    private func pauseForFailed() -> Double? {
        regions.lazy.filter { $0.refusal == nil && !$0.failed.isEmpty }.map {
            $0.pause(now: self.clock.now())
        }.min()
    }

    private func problem(_ text: String) {
        guard result.problems.count < Self.shownProblems, !result.problems.contains(text) else { return }
        result.problems.append(text)
    }
}
