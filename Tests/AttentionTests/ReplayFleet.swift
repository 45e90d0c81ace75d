import AWSClient
import AWSSimulator
import Alerting
import QuotaModel
import TestBench
import Testing
import UsageStore

@testable import Polling
@testable import Reading
@testable import System

/// One way of polling the day: real pollers, a real store, the real rules.
final class ReplayFleet {
    /// When an alert began or ended, told without the running number of transitions.
    struct Event: Hashable, Comparable, CustomStringConvertible {
        let minute: Minute
        let what: String

        static func < (a: Self, b: Self) -> Bool { (a.minute, a.what) < (b.minute, b.what) }
        var description: String { "\(minute.index % 1440 / 60):\(minute.index % 60) \(what)" }
    }

    let store: UsageStore
    let clock: ManualClock
    let simulator: SimulatedAWS
    let metrics = SelfMetrics()
    let board = SnapshotBoard()
    private(set) var events: [Event] = []
    private let folder: TestFolder
    private let rules = AlertRules()
    private let pollers: [RegionPoller]
    private var machine = AlertStateMachine()
    private var errors: [QuotaPool: ErrorHistory] = [:]

    init(
        isAdaptive: Bool, regions: ArraySlice<String>, start: Minute, simulator: SimulatedAWS,
        clock: ManualClock
    ) throws {
        folder = try TestFolder()
        store = try UsageStore.open(path: folder.database)
        self.clock = clock
        self.simulator = simulator
        let counter = RequestCounter(account: "prod", metrics: metrics)
        let caller = AWSCaller(
            transport: DirectTransport(simulator: simulator, now: { clock.now }),
            credentials: FixedCredentials(), endpoints: EndpointResolver(), observer: counter,
            surroundings: CallSurroundings(
                epochSeconds: { Int(clock.now) }, uptime: { .zero }, sleep: { _ in }, random: { 0.5 }))
        let session = AccountSession(
            configuredName: "prod", regions: Array(regions), caller: caller, requests: counter)
        let services = PollServices(
            store: store, board: board, metrics: metrics, log: Log(level: .error, write: { _ in }),
            clock: PollClock(now: { clock.now }, sleep: { _ in }),
            plan: PollPlan(
                settings: PollingSettings {
                    $0.backfill = .minutes(24 * 60)
                    $0.isAdaptive = isAdaptive
                }),
            slots: PollSlots(8), roster: FleetRoster([session]), overrides: ReplayDay.overrides,
            rates: BurndownTable(), alertRules: rules, published: {})
        pollers = regions.map { RegionPoller(account: session, region: $0, services: services, phase: 0) }
    }

    /// Polls every Region once, and sets what is known then against the rules.
    func poll() async throws {
        for poller in pollers {
            await poller.poll()
            try await evaluate(poller)
        }
    }

    private func evaluate(_ poller: RegionPoller) async throws {
        let region = await poller.region
        let key = RegionKey(account: "prod", region: region)
        let snapshot = try #require(board.snapshot(at: clock.now).regions.first { $0.key == key })
        let usage = try #require(await poller.usage)
        let minute = Minute(containingEpochSeconds: Int(clock.now))
        let rows = try await store.window(
            account: "prod", region: region, minute.advanced(by: -30)..<minute.advanced(by: 1))
        var observation = AlertObservation(
            account: "prod", region: region, now: clock.now, settled: await poller.settledMinute,
            upSince: clock.now)
        for pool in snapshot.pools {
            note(rows, of: pool)
            observation.pools.append(
                PoolObservation(
                    pool: pool.pool, quotas: pool.quotas.map { ObservedQuota(quota: $0.quota) },
                    history: usage[pool.pool]?.history ?? PoolHistory(),
                    errors: errors[pool.pool] ?? ErrorHistory(),
                    rate: pool.rate))
        }
        let tracked = machine.tracked(account: "prod", region: region)
        let findings = AlertEvaluator(rules: rules).findings(of: observation, tracked: tracked)
        let transitions = machine.evaluate(
            findings, account: "prod", region: region, rules: rules, now: clock.now)
        events += transitions.map {
            Event(minute: minute, what: "\($0.kind) \($0.identity) since \($0.startsAt)")
        }
    }

    private func note(_ rows: [String: [RecordedMinute]], of pool: PoolSnapshot) {
        var counts: [Minute: ErrorHistory.Counts] = [:]
        for row in pool.modelIDs.flatMap({ rows[$0] ?? [] }) {
            counts[row.minute, default: .init()].throttles += row.usage.throttles ?? 0
            counts[row.minute, default: .init()].clientErrors += row.usage.clientErrors ?? 0
        }
        for (minute, count) in counts { errors[pool.pool, default: ErrorHistory()][minute] = count }
    }

    /// Everything stored of the stretch.
    func rows(_ regions: ArraySlice<String>, _ range: Range<Minute>) async throws -> [String:
        [RecordedMinute]]
    {
        var all: [String: [RecordedMinute]] = [:]
        for region in regions {
            for (modelID, rows) in try await store.window(account: "prod", region: region, range) {
                all["\(region)/\(modelID)"] = rows
            }
        }
        return all
    }

    func coverage(_ regions: ArraySlice<String>, _ range: Range<Minute>) async throws -> [String:
        MinuteRanges]
    {
        var all: [String: MinuteRanges] = [:]
        for region in regions {
            for (modelID, covered) in try await store.coverage(account: "prod", region: region) {
                all["\(region)/\(modelID)"] = covered.intersection(range)
            }
        }
        return all
    }
}
