import AWSSimulator
import QuotaModel
import SimulatedFaults
import TestBench
import Testing
import UsageStore

@testable import Polling
@testable import Reading

@Suite("Tags and names of application profiles", .timeLimit(.minutes(5)))
struct ProfileTagTests {
    private let noon = PollBench.noon
    private let tags = ["team", "app"]

    private var traffic: Traffic {
        var traffic = Traffic()
        for modelID in [Traffic.sonnet, Traffic.profile] {
            traffic.addGolden(1, noon.advanced(by: -60)..<noon.advanced(by: 1), modelID: modelID)
        }
        return traffic
    }

    private func tags(_ bench: PollBench) throws -> [String: String]? {
        try bench.snapshot().identities[Traffic.profile]?.profile?.tags
    }

    @Test("are read once an interval, kept as far as they are configured, and shown by the next poll")
    func read() async throws {
        let bench = try await PollBench(traffic)
        let poller = try #require(try bench.pollers(profileTags: tags).first)
        await poller.poll()
        #expect(try tags(bench) == nil)
        #expect(bench.answered(.listTagsForResource) == 0)
        await poller.readTags()
        await poller.poll()
        #expect(try tags(bench) == ["team": "red"])
        await poller.readTags()
        #expect(bench.answered(.listTagsForResource) == 1)
        var scenario = traffic.scenario
        scenario.profiles[1].tags = ["team": "blue", "app": "x"]
        bench.show(scenario)
        bench.clock.advance(901)
        await poller.readTags()
        await poller.poll()
        #expect(try tags(bench) == ["team": "blue", "app": "x"])
        #expect(bench.answered(.listTagsForResource) == 2)
        #expect(!bench.logged.value.contains { $0.contains("tags") })
        try await bench.stop()
    }

    @Test("are there at once after a restart, while they cannot be read")
    func restart() async throws {
        let folder = try TestFolder()
        let before = try await PollBench(traffic, folder: folder)
        let poller = try #require(try before.pollers(profileTags: tags).first)
        await poller.poll()
        await poller.readTags()
        await poller.poll()
        try await before.stop()
        let bench = try await PollBench(traffic, folder: folder)
        bench.simulator.faults.add(.accessDenied, operation: .listTagsForResource, times: nil)
        let again = try #require(try bench.pollers(profileTags: tags).first)
        await again.poll()
        #expect(try tags(bench) == ["team": "red"])
        await again.readTags()
        await again.poll()
        #expect(try tags(bench) == ["team": "red"])
        try await bench.stop()
    }

    @Test("that are refused leave labels empty, one line in the log and nothing else")
    func refused() async throws {
        let bench = try await PollBench(traffic)
        bench.simulator.faults.add(.accessDenied, operation: .listTagsForResource, times: nil)
        let poller = try #require(try bench.pollers(profileTags: tags).first)
        for _ in 0..<5 {
            await poller.poll()
            await poller.readTags()
            bench.clock.advance(400)
        }
        #expect(bench.isUp())
        #expect(try tags(bench) == nil)
        #expect(try bench.snapshot().profileTags.map(\.label) == ["tag_team", "tag_app"])
        let identity = try #require(try bench.snapshot().identities[Traffic.profile])
        #expect(identity.profile?.shownName == "agent")
        #expect(bench.simulator.log.entries.count { $0.operation == .listTagsForResource } == 2)
        let told = bench.logged.value.filter { $0.contains("tags") }
        #expect(told.count == 1, "\(told)")
        #expect(told.first?.contains("AccessDenied") == true)
        try await bench.stop()
    }

    @Test("are not asked for unless they are configured, nor for profiles without traffic")
    func unasked() async throws {
        var silent = Traffic()
        silent.addGolden(1, noon.advanced(by: -60)..<noon.advanced(by: 1))
        for (traffic, tags) in [(traffic, []), (silent, tags)] {
            let bench = try await PollBench(traffic)
            let poller = try #require(try bench.pollers(profileTags: tags).first)
            await poller.poll()
            await poller.readTags()
            #expect(bench.simulator.log.entries.allSatisfy { $0.operation != .listTagsForResource })
            try await bench.stop()
        }
    }

    @Test("Every model ID with traffic is named, mapped or not, and the store keeps profiles' names")
    func names() async throws {
        var traffic = traffic
        traffic.addGolden(1, noon.advanced(by: -60)..<noon, modelID: "us.vendor.unknown-v1")
        traffic.addGolden(1, noon.advanced(by: -60)..<noon, modelID: "k3v9wq2n7xtp")
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        let identities = try bench.snapshot().identities
        #expect(
            Set(identities.keys) == [Traffic.sonnet, Traffic.profile, "us.vendor.unknown-v1", "k3v9wq2n7xtp"])
        #expect(
            identities["us.vendor.unknown-v1"]?.pool
                == ScopedModel(scope: .crossRegion, model: "vendor.unknown-v1"))
        #expect(identities["k3v9wq2n7xtp"].map { $0.pool == nil && $0.profile == nil } == true)
        // A profile that is deleted keeps its name in history.
        var scenario = traffic.scenario
        scenario.profiles.removeLast()
        bench.show(scenario)
        bench.clock.advance(901)
        await poller.poll()
        #expect(try bench.snapshot().identities[Traffic.profile]?.profile == nil)
        #expect(
            try await UsageReader.open(path: bench.store.path).series().map(\.profileName)
                == ["Global Anthropic Claude Sonnet 4.6", nil, "agent", nil])
        try await bench.stop()
    }
}
