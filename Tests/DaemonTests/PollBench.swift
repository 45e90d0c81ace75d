import AWSClient
import AWSSimulator
import Configuration
import Glibc
import QuotaModel
import Synchronization
import TestBench
import Testing
import UsageStore

@testable import Notifications
@testable import Polling
@testable import Reading
@testable import System

/// Traffic that a test asks for, in exact figures, and what must come of it.
struct Traffic {
    static let region = "ap-southeast-1"
    static let other = "ap-southeast-3"
    static let model = "anthropic.claude-sonnet-4-6"
    static let sonnet = "global.anthropic.claude-sonnet-4-6"
    static let profile = "q7x2m9k4v1zd"
    static let tokensPerMinute = 6_000_000.0

    /// By Region, model ID, metric, minute.
    var table: [String: [String: [String: [Int: Double]]]] = [:]

    subscript(region: String, modelID: String, metric: String, minute: Minute) -> Double? {
        get { table[region]?[modelID]?[metric]?[minute.index] }
        set {
            table[region, default: [:]][modelID, default: [:]][metric, default: [:]][minute.index] = newValue
        }
    }

    /// A number of the golden requests: 10,000 in and 5,000 out, 35,000 quota tokens each at rate 5.
    mutating func addGolden(
        _ requests: Double, _ minutes: Range<Minute>, region: String = Self.region,
        modelID: String = Self.sonnet
    ) {
        for minute in minutes {
            self[region, modelID, "Invocations", minute] = requests
            self[region, modelID, "InputTokenCount", minute] = requests * 10_000
            self[region, modelID, "OutputTokenCount", minute] = requests * 5000
        }
    }

    func sum(
        _ metric: String, region: String = Self.region, modelID: String = Self.sonnet,
        before end: Minute? = nil
    ) -> Int {
        let values = table[region]?[modelID]?[metric] ?? [:]
        return values.reduce(0) { $0 + ($1.key < end?.index ?? .max ? Int($1.value) : 0) }
    }

    var scenario: SimulatedScenario {
        var scenario = SimulatedScenario()
        scenario.series = SimulatedSeries.table(table)
        scenario.quotas = [
            SimulatedQuota(
                code: "L-7BEE40FB",
                name: "Global cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.6",
                defaultValue: 5_000_000, appliedValue: Self.tokensPerMinute),
            SimulatedQuota(
                code: "L-F6E116D7",
                name:
                    "Global cross-region model inference requests per minute for Anthropic Claude Sonnet 4.6",
                defaultValue: 10_000),
        ]
        scenario.profiles = [
            SimulatedProfile(
                regions: [Self.region, Self.other], id: Self.sonnet,
                name: "Global Anthropic Claude Sonnet 4.6",
                modelID: Self.model, modelRegions: ["", "*"]),
            SimulatedProfile(
                regions: [Self.region], kind: .application, id: Self.profile, name: "agent",
                modelID: Self.model,
                modelRegions: ["", "*"], tags: ["team": "red", "cost-center": "4711"]),
        ]
        scenario.models = [
            SimulatedModel(
                id: Self.model, name: "Claude Sonnet 4.6", provider: "Anthropic",
                inferenceTypes: ["INFERENCE_PROFILE"])
        ]
        return scenario
    }
}

/// Pollers against a simulated AWS, on a clock that only the test moves.
final class PollBench: Sendable {
    let folder: TestFolder
    let clock: ManualClock
    let simulator: SimulatedAWS
    let endpoint: String
    let store: UsageStore
    let board = SnapshotBoard()
    let metrics = SelfMetrics()
    let logged = Shared<[String]>([])
    let plan: PollPlan
    let budget: MonthlyBudget

    /// 12:00:30 of a day.
    static let noon = Minute(index: 29_500_560)
    var minute: Minute { Minute(containingEpochSeconds: Int(clock.now)) }
    /// The minute whose figures are current.
    var settled: Minute { minute.advanced(by: -4) }

    init(
        _ traffic: Traffic, folder: TestFolder? = nil, now: Double? = nil,
        settings: PollingSettings = PollingSettings { $0.backfill = .minutes(24 * 60) }
    ) async throws {
        let clock = ManualClock(now ?? Double(Self.noon.epochSeconds + 30))
        self.clock = clock
        budget = MonthlyBudget(now: { clock.now })
        self.folder = try folder ?? TestFolder()
        simulator = SimulatedAWS(scenario: traffic.scenario, clock: { clock.now })
        endpoint = try await simulator.start()
        store = try UsageStore.open(path: self.folder.database)
        plan = PollPlan(settings: settings)
    }

    func stop() async throws {
        await simulator.stop()
        try await store.close()
    }

    /// What CloudWatch and the others answer from now on.
    func show(_ scenario: SimulatedScenario) { simulator.update { $0 = scenario } }

    static func environment(_ endpoint: String) -> AWSEnvironment {
        AWSEnvironment(
            variables: [
                "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST", "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_ENDPOINT_URL": endpoint, "NO_PROXY": "127.0.0.1", "AWS_MAX_ATTEMPTS": "1",
            ], homeDirectory: "", readFile: { _, _ in nil })
    }

    func pollers(
        _ regions: [String] = [Traffic.region], account: String? = "prod", overrides: [QuotaOverride] = [],
        profileTags: [String] = [], alerts: AlertCenter? = nil, roster: FleetRoster? = nil,
        environment: AWSEnvironment? = nil, quotaListings: QuotaListings = QuotaListings()
    ) throws -> [RegionPoller] {
        var configuration = Configuration()
        configuration.accounts[0].name = account
        configuration.accounts[0].regions = regions
        configuration.accounts[0].profileTags = profileTags
        let pollClock = PollClock(
            now: { [clock] in clock.now }, sleep: { _ in try await Task.sleep(for: .seconds(3600)) })
        let sessions = try AccountFactory(
            environment: environment ?? Self.environment(endpoint), metrics: metrics, meter: budget.meter
        ).sessions(for: configuration.accounts)
        let log = Log(level: .warn, write: { [weak self] line in self?.logged.change { $0.append(line) } })
        let services = PollServices(
            store: store, board: board, metrics: metrics, log: log,
            clock: pollClock, plan: plan, slots: PollSlots(8), roster: FleetRoster(sessions),
            quotaListings: quotaListings, overrides: overrides, rates: BurndownTable(), budget: budget,
            alerts: alerts, published: {})
        return sessions.flatMap { session in
            session.regions.map { RegionPoller(account: session, region: $0, services: services, phase: 0) }
        }
    }

    func poller(_ region: String = Traffic.region, account: String? = "prod") throws -> RegionPoller {
        try #require(try pollers([region], account: account).first)
    }

    func snapshot(_ region: String = Traffic.region, account: String = "prod") throws -> RegionSnapshot {
        let key = RegionKey(account: account, region: region)
        return try #require(board.snapshot(at: clock.now).regions.first { $0.key == key })
    }

    func use(_ kind: QuotaKind = .tokensPerMinute, _ region: String = Traffic.region) throws -> QuotaUse {
        try #require(try snapshot(region).pools.flatMap(\.quotas).first { $0.quota.kind == kind })
    }

    func totals(_ modelID: String = Traffic.sonnet, _ region: String = Traffic.region) throws -> UsageTotals {
        try #require(try snapshot(region).models.first { $0.modelID == modelID }).totals
    }

    func isUp(_ region: String = Traffic.region) -> Bool {
        metrics.poll(RegionKey(account: "prod", region: region)).isUp
    }

    /// Requests that were answered well.
    func answered(_ operation: SimulatedOperation) -> Int {
        simulator.log.entries.count { $0.operation == operation && $0.status == 200 }
    }
}
