import AWSClient
import AWSSimulator
import Glibc
import QuotaModel
import SimulatedFaults
import TestBench
import Testing

@testable import Polling
@testable import SQLite
@testable import UsageStore

@Suite("Region poller when AWS fails", .timeLimit(.minutes(5)))
struct RegionPollerFailureTests {
    private let noon = PollBench.noon

    private func traffic(_ requests: Double = 100, hours: Int = 2) -> Traffic {
        var traffic = Traffic()
        traffic.addGolden(requests, noon.advanced(by: -60 * hours)..<noon.advanced(by: 1))
        return traffic
    }

    @Test("discovery that fails later leaves the known series polled, and tries again with growing pauses")
    func discoveryFails() async throws {
        var traffic = traffic()
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        bench.simulator.faults.add(.internalFailure, operation: .listMetrics, times: nil)
        bench.simulator.faults.add(.accessDenied, operation: .listInferenceProfiles, times: nil)
        bench.simulator.log.reset()
        for minute in 0..<4 {
            let now = noon.advanced(by: 16 + minute)
            traffic.addGolden(20, noon.advanced(by: 1)..<now.advanced(by: 1))
            bench.show(traffic.scenario)
            bench.clock.now = Double(now.epochSeconds + 30)
            await poller.poll()
            #expect(bench.isUp())
            #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        }
        let tries = bench.simulator.log.entries.filter { $0.operation == .listMetrics && $0.status == 500 }
        #expect(tries.count == 3)
        #expect(bench.logged.value.count { $0.contains("Listing metrics failed") } == 3)
        try await bench.stop()
    }

    @Test("that there are no credentials is logged whole, once for all Regions of the account")
    func noCredentials() async throws {
        let bench = try await PollBench(traffic())
        let home = "/home/" + String(repeating: "x", count: 400)
        let environment = AWSEnvironment(
            variables: [
                "AWS_ENDPOINT_URL": bench.endpoint, "NO_PROXY": "127.0.0.1",
                "AWS_EC2_METADATA_DISABLED": "true",
            ],
            homeDirectory: home, readFile: { _, _ in nil })
        let pollers = try bench.pollers([Traffic.region, Traffic.other], environment: environment)
        for _ in 0..<3 {
            for poller in pollers { await poller.poll() }
            bench.clock.advance(60)
        }
        #expect(!bench.isUp() && !bench.isUp(Traffic.other))
        let lines = bench.logged.value.filter { $0.contains("Poll failed") }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.contains("region=\(Traffic.region),\(Traffic.other) "))
        #expect(line.contains("\(home)/.aws/config") && line.contains("AWS_EC2_METADATA_DISABLED"))
        #expect(line.hasSuffix("\"\n") && !line.contains("…"))
        bench.clock.advance(3600)
        for poller in pollers { await poller.poll() }
        #expect(bench.logged.value.count { $0.contains("Poll failed") } == 2)
        try await bench.stop()
    }

    @Test(
        "a store that loses its files or its counters fails the next poll, is an alert at once, and asks AWS nothing"
    )
    func lostStore() async throws {
        let traffic = traffic()
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        await poller.poll()
        #expect(bench.isUp())
        let path = bench.store.path
        #expect(rename(path, path + ".away") == 0)
        bench.simulator.log.reset()
        bench.clock.advance(60)
        await poller.poll()
        #expect(!bench.isUp() && bench.simulator.log.entries.isEmpty)
        #expect(
            bench.logged.value.contains { $0.contains("Poll failed") && $0.contains("deleted or moved away") }
        )
        #expect(access(path, F_OK) != 0)
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        #expect(await poller.state.isStoreLost)
        #expect(rename(path + ".away", path) == 0)
        await poller.poll()
        #expect(bench.isUp())
        let other = try Database(path: path, access: .readWrite)
        try other.run("UPDATE totals SET sum = 0, exposed = 0")
        await poller.poll()
        #expect(!bench.isUp() && bench.logged.value.contains { $0.contains("lower than before") })
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        try await bench.stop()
    }

    @Test("quotas that cannot be read: usage is counted and the model ID reported, no limit is guessed")
    func quotasFail() async throws {
        var traffic = traffic()
        traffic.addGolden(150, noon.advanced(by: -90)..<noon.advanced(by: -89))
        let bench = try await PollBench(traffic)
        bench.simulator.faults.add(.accessDenied, operation: .listServiceQuotas, times: nil)
        let poller = try bench.poller()
        await poller.poll()
        #expect(bench.isUp())
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        #expect(try bench.snapshot().pools.isEmpty)
        #expect(try bench.snapshot().unmapped.map(\.reason) == [.noQuota])
        bench.simulator.faults.removeAll()
        bench.clock.advance(60)
        await poller.poll()
        #expect(try bench.use().ratio == 3_500_000 / Traffic.tokensPerMinute)
        #expect(try bench.use().peaks[.hour] == 3_500_000 / Traffic.tokensPerMinute)
        #expect(try bench.use().peaks[.day] == 5_250_000 / Traffic.tokensPerMinute)
        #expect(try bench.snapshot().unmapped.isEmpty)
        try await bench.stop()
    }

    @Test(
        "Invariant 6: GetMetricData that fails in one Region leaves the other undisturbed, and recovers without loss",
        arguments: [
            Fault.throttle, .internalFailure, .serviceUnavailable, .accessDenied, .htmlBody(status: 502),
            .truncatedBody(bytes: 40), .wrongTypes, .cutBody(afterBytes: 30), .queryForbidden(.all),
        ])
    func oneRegionFails(fault: Fault) async throws {
        var traffic = traffic(hours: 1)
        traffic.addGolden(7, noon.advanced(by: -60)..<noon.advanced(by: 1), region: Traffic.other)
        let bench = try await PollBench(traffic)
        let pollers = try bench.pollers([Traffic.region, Traffic.other])
        for poller in pollers { await poller.poll() }
        let before = try bench.totals()
        bench.simulator.faults.add(fault, operation: .getMetricData, region: Traffic.region, times: nil)
        traffic.addGolden(9, noon.advanced(by: 1)..<noon.advanced(by: 6))
        traffic.addGolden(9, noon.advanced(by: 1)..<noon.advanced(by: 6), region: Traffic.other)
        bench.show(traffic.scenario)
        bench.clock.advance(300)
        for poller in pollers { await poller.poll() }
        #expect(!bench.isUp())
        #expect(bench.isUp(Traffic.other))
        #expect(try bench.totals() == before)
        #expect(try bench.snapshot().settledMinute == bench.settled.advanced(by: -5))
        #expect(
            try bench.totals(Traffic.sonnet, Traffic.other)[.invocations]
                == traffic.sum("Invocations", region: Traffic.other))
        #expect(try bench.snapshot(Traffic.other).settledMinute == bench.settled)
        #expect(bench.metrics.poll(RegionKey(account: "prod", region: Traffic.region)).failure != nil)
        #expect(bench.logged.value.contains { $0.contains("Poll failed") })
        bench.simulator.faults.removeAll()
        for poller in pollers { await poller.poll() }
        #expect(bench.isUp())
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        try await bench.stop()
    }

    @Test(
        "Invariant 6: one query that cannot be answered costs its own series and no other",
        arguments: [
            Fault.queryForbidden(.metric("InvocationThrottles")),
            .queryInternalError(.metric("InvocationThrottles")),
            .validationErrorForMetric("InvocationThrottles"),
        ])
    func oneQueryFails(fault: Fault) async throws {
        var traffic = traffic(hours: 1)
        traffic.addGolden(10, noon.advanced(by: -60)..<noon, modelID: Traffic.profile)
        traffic[Traffic.region, Traffic.profile, "InvocationThrottles", noon.advanced(by: -10)] = 1
        let bench = try await PollBench(traffic)
        bench.simulator.faults.add(fault, operation: .getMetricData, times: nil)
        let poller = try bench.poller()
        for _ in 0..<3 {
            await poller.poll()
            #expect(bench.isUp())
            bench.clock.advance(60)
        }
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        #expect(
            try bench.totals(Traffic.profile)[.invocations]
                == traffic.sum("Invocations", modelID: Traffic.profile))
        #expect(try bench.use().usage == 110 * 35_000)
        #expect(try bench.use().coveredMinutes == 0)
        bench.simulator.faults.removeAll()
        bench.clock.advance(3600)
        await poller.poll()
        #expect(try bench.totals(Traffic.profile)[.throttles] == 1)
        let coverage = try await bench.store.coverage(account: "prod", region: Traffic.region)
        #expect(coverage[Traffic.profile]?.contains(noon.advanced(by: -60)..<noon) == true)
        try await bench.stop()
    }

    @Test("a past that cannot be read does not keep the live figures from moving on")
    func catchUpFails() async throws {
        var traffic = traffic()
        let folder = try TestFolder()
        let before = try await PollBench(traffic, folder: folder)
        await (try before.poller()).poll()
        try await before.stop()
        traffic.addGolden(30, noon.advanced(by: 1)..<noon.advanced(by: 600))
        let bench = try await PollBench(
            traffic, folder: folder, now: Double(noon.advanced(by: 599).epochSeconds + 5))
        let poller = try bench.poller()
        // The live read is the first GetMetricData of the poll, the gap the second.
        bench.simulator.faults.add(.internalFailure, operation: .getMetricData, times: nil, skip: 1)
        await poller.poll()
        #expect(bench.isUp())
        #expect(try bench.snapshot().settledMinute == bench.settled)
        #expect(try bench.use().usage == 30 * 35_000)
        #expect(bench.logged.value.contains { $0.contains("Reading the past failed") })
        bench.simulator.faults.removeAll()
        await poller.poll()
        #expect(try bench.totals()[.invocations] ?? 0 < traffic.sum("Invocations"))
        bench.clock.advance(61)
        await poller.poll()
        #expect(try bench.totals()[.invocations] == traffic.sum("Invocations"))
        try await bench.stop()
    }

    @Test("a Region of one model with a query that is refused for ever stays up and shows a lower bound")
    func oneModelOneQueryFails() async throws {
        var traffic = traffic()
        traffic[Traffic.region, Traffic.sonnet, "InvocationThrottles", noon.advanced(by: -10)] = 1
        let bench = try await PollBench(traffic)
        bench.simulator.faults.add(
            .queryForbidden(.metric("InvocationThrottles")), operation: .getMetricData, times: nil)
        let poller = try bench.poller()
        for _ in 0..<3 {
            await poller.poll()
            #expect(bench.isUp())
            #expect(try bench.use().usage == 3_500_000)
            #expect(try bench.use().coveredMinutes == 0)
            bench.clock.advance(20)
        }
        try await bench.stop()
    }

    @Test("Invariant 4: a first read that fails is done later and counted all the same")
    func firstReadFails() async throws {
        var traffic = traffic()
        traffic.addGolden(10, noon.advanced(by: -120)..<noon.advanced(by: 1), modelID: Traffic.profile)
        let bench = try await PollBench(traffic)
        let poller = try bench.poller()
        bench.simulator.faults.add(
            .queryForbidden(.modelID(Traffic.profile)), operation: .getMetricData, times: nil)
        await poller.poll()
        #expect(bench.isUp())
        bench.simulator.faults.removeAll()
        bench.clock.advance(30)
        await poller.poll()
        // Read live, but its day is still to be read.
        #expect(try bench.totals(Traffic.profile)[.invocations] ?? 0 < 1210)
        #expect(try bench.use().usage == 110 * 35_000)
        bench.clock.advance(31)
        await poller.poll()
        #expect(
            try bench.totals(Traffic.profile)[.invocations]
                == traffic.sum("Invocations", modelID: Traffic.profile))
        #expect(try bench.use().coveredMinutes == 1)
        try await bench.stop()
    }

    @Test("Invariant 2: when polls fail for long, figures of use vanish; counters and limits stay")
    func staleness() async throws {
        let bench = try await PollBench(traffic(hours: 1))
        let poller = try bench.poller()
        await poller.poll()
        let totals = try bench.totals()
        bench.simulator.faults.add(.serviceUnavailable, times: nil)
        bench.clock.advance(600)
        await poller.poll()
        #expect(try bench.use().usage == 3_500_000)
        // Not even a poll has to end for that.
        bench.clock.advance(600)
        #expect(try bench.use().usage == nil)
        #expect(try bench.use().ratio == nil)
        #expect(try bench.use().peaks.isEmpty)
        #expect(try bench.use().quota.limit == 6_000_000)
        #expect(try bench.totals() == totals)
        await poller.poll()
        #expect(try bench.use().usage == nil)
        #expect(try bench.snapshot().settledMinute == nil)
        #expect(try bench.snapshot().newestDatapoint == noon)
        try await bench.stop()
    }

    @Test(
        "a poll that hangs ends at once when it is cancelled",
        arguments: [SimulatedOperation.getMetricData, .getCallerIdentity, .listMetrics])
    func hang(operation: SimulatedOperation) async throws {
        let bench = try await PollBench(traffic(hours: 1))
        bench.simulator.faults.add(.hang, operation: operation, times: nil)
        let pollers = try bench.pollers([Traffic.region, Traffic.other], account: nil)
        let tasks = pollers.map { poller in Task { await poller.run() } }
        #expect(await eventually { bench.simulator.log.count(operation) > 0 })
        let start = ContinuousClock.now
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(await pollers[0].state.count == 0)
        try await bench.stop()
    }
}
