import AWSSimulator
import Configuration
import HTTPServer
import TestBench
import Testing

@testable import Daemon
@testable import Reading
@testable import System

@Suite("Regions that are watched unasked", .timeLimit(.minutes(5)))
struct NamedRegionTests {
    private func log(ofRegions regions: [String]) async throws -> [String] {
        let folder = try TestFolder()
        let simulator = SimulatedAWS(scenario: Traffic().scenario, clock: PollClock.system.now)
        let endpoint = try await simulator.start()
        var configuration = Configuration()
        configuration.web.listenAddress = ListenAddress(host: .ipv4("127.0.0.1"), port: 0)
        configuration.storage.path = folder.database
        configuration.accounts[0].regions = regions
        let lines = Shared<[String]>([])
        let daemon = try Daemon(
            Daemon.Surroundings(
                environment: PollBench.environment(endpoint), clock: .system,
                log: Log(write: { line in lines.change { $0.append(line) } }),
                loadConfiguration: { [configuration] in configuration }))
        _ = try await daemon.start()
        await daemon.stop()
        await simulator.stop()
        return lines.value
    }

    @Test(
        "without a Region anywhere the daemon says that it watches the five of the launch, and how to name others"
    )
    func unnamed() async throws {
        let line = try #require(try await log(ofRegions: []).first { $0.contains("No Region is named") })
        for region in AccountFactory.defaultRegions { #expect(line.contains(region)) }
        #expect(line.contains("AWS_REGION") && line.contains("regions: [us-east-1]"))
    }

    @Test("with one it says nothing")
    func named() async throws {
        #expect(try await log(ofRegions: [Traffic.region]).allSatisfy { !$0.contains("No Region is named") })
    }
}
