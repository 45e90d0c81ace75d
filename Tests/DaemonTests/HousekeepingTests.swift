import Configuration
import QuotaModel
import Synchronization
import Testing
import UsageStore

@testable import Daemon

@Suite("Housekeeping", .timeLimit(.minutes(1)))
struct HousekeepingTests {
    private let now = PollBench.noon

    private func run(_ store: UsageStore, until condition: (RunningState, [String]) async throws -> Bool)
        async throws
    {
        let state = RunningState(configuration: .defaults, now: { 0 })
        let logged = Shared<[String]>([])
        let clock = PollClock(
            now: { [now] in Double(now.epochSeconds) },
            sleep: { _ in try await Task.sleep(for: .milliseconds(2)) })
        let house = Housekeeping(
            store: store, state: state, clock: clock,
            log: Log(write: { line in logged.change { $0.append(line) } }))
        let task = Task { await house.run() }
        #expect(try await eventually { try await condition(state, logged.value) })
        task.cancel()
        await task.value
    }

    @Test("deletes what is older than the retention in small steps; counters stay")
    func retention() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let old = now.advanced(by: -410 * 1440)
        var usage = UsageMinute()
        usage.invocations = 1
        let minutes = (0..<5000).map { RecordedMinute(minute: old.advanced(by: $0), usage: usage) }
        let new = RecordedMinute(minute: now.advanced(by: -1), usage: usage)
        try await store.record(
            PollRecord(
                account: "prod", region: "r", recordedAt: 0,
                series: [SeriesRecord(modelID: "m", minutes: minutes + [new], covered: [])]))
        let all = old..<now
        try await run(store) { state, _ in
            let rows = try await store.window(account: "prod", region: "r", all)
            return rows["m"]?.count == 1 && state.metrics.current.storageSizeBytes != nil
        }
        #expect(try await store.totals(account: "prod", region: "r")["m"]?[.invocations] == 5001)
        try await store.close()
    }

    @Test("a store that fails is counted and logged, and housekeeping goes on")
    func failure() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        try await store.close()
        try await run(store) { state, logged in
            state.metrics.current.storageFailures == 1
                && logged.contains { $0.contains("Deleting old minutes failed") }
        }
    }
}

struct FleetRosterTests {
    private func roster(_ accounts: [(String?, [String])]) throws -> FleetRoster {
        var configuration = Configuration()
        configuration.accounts = accounts.map { name, regions in
            var account = AccountConfiguration()
            account.name = name
            account.regions = regions
            return account
        }
        return FleetRoster(
            try AccountFactory(
                environment: PollBench.environment("http://127.0.0.1:1"), metrics: SelfMetrics()
            )
            .sessions(for: configuration))
    }

    private func key(_ account: String, _ region: String) -> RegionKey {
        RegionKey(account: account, region: region)
    }

    @Test("named accounts are known at once; others may be anybody in their Regions until each is identified")
    func holds() throws {
        let roster = try roster([("prod", ["a", "b"]), (nil, ["b", "c"])])
        #expect(roster.mayHold(key("prod", "a")))
        #expect(!roster.mayHold(key("prod", "c")))
        #expect(!roster.mayHold(key("111122223333", "a")))
        #expect(roster.mayHold(key("111122223333", "b")))
        #expect(roster.mayHold(key("unknown", "c")))
        roster.identified(key("111122223333", "b"))
        #expect(roster.mayHold(key("111122223333", "b")))
        #expect(!roster.mayHold(key("unknown", "b")))
        #expect(!roster.mayHold(key("444455556666", "b")))
        #expect(roster.mayHold(key("444455556666", "c")))
        roster.identified(key("prod", "a"))
        #expect(roster.mayHold(key("unknown", "c")))
    }

    @Test("two accounts without names in one Region: what was known stays until both are identified")
    func twoNameless() throws {
        let roster = try roster([(nil, ["a"]), (nil, ["a"])])
        roster.identified(key("1", "a"))
        #expect(roster.mayHold(key("2", "a")))
        roster.identified(key("3", "a"))
        #expect(!roster.mayHold(key("2", "a")))
        #expect(roster.mayHold(key("1", "a")))
    }
}

struct AccountFactoryTests {
    private func regions(_ variables: [String: String], configured: [String] = []) throws -> [String] {
        var configuration = Configuration()
        configuration.accounts[0].regions = configured
        let environment = PollBench.environment("http://127.0.0.1:1")
        let factory = AccountFactory(
            environment: .init(
                variables: environment.variables.merging(variables) { $1 }, homeDirectory: "",
                readFile: { _, _ in nil }), metrics: SelfMetrics())
        return try factory.sessions(for: configuration).flatMap(\.regions)
    }

    @Test(
        "Regions come from the configuration, else from the environment, else they are the five of the Global launch"
    )
    func regions() throws {
        #expect(
            try regions([:]) == [
                "ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2",
            ])
        #expect(try regions(["AWS_REGION": "us-east-1"]) == ["us-east-1"])
        #expect(try regions(["AWS_REGION": "us-east-1"], configured: ["eu-west-1"]) == ["eu-west-1"])
    }

    @Test("a profile that does not exist is an error")
    func profile() {
        var configuration = Configuration()
        configuration.accounts[0].profile = "nowhere"
        #expect(throws: (any Error).self) {
            try AccountFactory(
                environment: PollBench.environment("http://127.0.0.1:1"), metrics: SelfMetrics()
            )
            .sessions(for: configuration)
        }
    }
}
