import AWSSimulator
import Exposition
import QuotaModel
import SimulatedFaults
import TestBench
import Testing

@testable import Polling
@testable import Reading
@testable import Web

@Suite("Batch jobs of a Region", .timeLimit(.minutes(5)))
struct BatchJobsTests {
    private let noon = PollBench.noon

    private func scenario(jobs: Int = 3) -> SimulatedScenario {
        var traffic = Traffic()
        traffic.addGolden(10, noon.advanced(by: -60)..<noon.advanced(by: 1))
        var scenario = traffic.scenario
        scenario.quotas.append(
            SimulatedQuota(
                code: "L-BA7C4",
                name:
                    "Sum of in-progress and submitted batch inference jobs using a base model for Claude Sonnet 4.6.",
                defaultValue: 20, appliedValue: 20))
        scenario.batchJobs = (0..<jobs).map {
            SimulatedBatchJob(
                region: Traffic.region, id: "job\($0)", modelID: Traffic.sonnet, ageSeconds: 600 + $0,
                status: "InProgress", records: 100, recordsPerMinute: 2, errorsPermille: 100)
        }
        return scenario
    }

    private func page(_ bench: PollBench) throws -> String {
        let snapshot = Snapshot(regions: [try bench.snapshot()])
        return String(
            decoding: PageEncoder.section(UsageFamilies.families(of: snapshot), format: .text), as: UTF8.self)
    }

    private func samples(_ bench: PollBench) throws -> String {
        try page(bench).split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
    }

    @Test("jobs stand against their quota in the families of quotas, and enter no pool")
    func families() async throws {
        let bench = try await PollBench(Traffic())
        bench.show(scenario())
        await (try bench.poller()).poll()
        let snapshot = try bench.snapshot()
        #expect(snapshot.pools.map(\.pool.scope) == [.global])
        #expect(snapshot.pools.flatMap(\.quotas).allSatisfy { $0.quota.kind != .batchJobs })
        let text = try page(bench)
        let place = #"account="prod",region="ap-southeast-1""#
        let quota = #"\#(place),scope="batch",model="\#(Traffic.model)",quota="batch_jobs""#
        for line in [
            "bedrock_quota_limit{\(quota)} 20", "bedrock_quota_usage{\(quota)} 3",
            "bedrock_quota_utilization_ratio{\(quota)} 0.15",
            #"bedrock_quota_info{\#(quota),quota_code="L-BA7C4",limit_source="applied",matched_by="name","#
                + #"burndown_rate="",burndown_source=""} 1"#,
            #"bedrock_batch_jobs{\#(place),model="\#(Traffic.model)",status="in_progress"} 3"#,
            #"bedrock_batch_records{\#(place),model="\#(Traffic.model)",result="pending"} 240"#,
            #"bedrock_batch_records{\#(place),model="\#(Traffic.model)",result="success"} 54"#,
            #"bedrock_batch_records{\#(place),model="\#(Traffic.model)",result="error"} 6"#,
            "bedrock_batch_listed_timestamp_seconds{\(place)} \(Int(bench.clock.now))",
        ] { #expect(text.contains(line + "\n"), "\(line)") }
        #expect(!text.contains(#"bedrock_quota_peak_utilization_ratio{\#(quota)"#))
        #expect(!text.contains(#"bedrock_quota_tokens_total{\#(place),scope="batch""#))
        try await bench.stop()
    }

    @Test("without the right to list jobs they are unknown, which is logged once, and all else goes on")
    func refused() async throws {
        let bench = try await PollBench(Traffic())
        bench.show(scenario())
        bench.simulator.faults.add(.accessDenied, operation: .listModelInvocationJobs, times: nil)
        let poller = try bench.poller()
        for hour in 0..<4 {
            bench.clock.now = Double(noon.epochSeconds + 30 + hour * 3600)
            await poller.poll()
            await poller.poll()
            #expect(bench.isUp())
        }
        #expect(bench.logged.value.count { $0.contains("Listing batch jobs failed") } == 1)
        let tries = bench.simulator.log.entries.filter { $0.operation == .listModelInvocationJobs }
        #expect(tries.count == 4, "asked again at each quota interval")
        let batch = try bench.snapshot().batch
        #expect(
            batch.listedAt == nil && batch.uses.isEmpty && batch.problem?.contains("access denied") == true)
        #expect(try bench.snapshot().pools.count == 1)
        #expect(try !samples(bench).contains("batch"))
        try await bench.stop()
    }

    @Test("jobs are listed every quota interval; what is too old is unknown, and so it is after a restart")
    func age() async throws {
        let bench = try await PollBench(Traffic())
        bench.show(scenario())
        let poller = try bench.poller()
        await poller.poll()
        bench.show(scenario(jobs: 5))
        bench.clock.advance(1800)
        await poller.poll()
        #expect(try bench.snapshot().batch.uses.first?.jobsInFlight == 3)
        bench.clock.advance(1800)
        await poller.poll()
        #expect(try bench.snapshot().batch.uses.first?.jobsInFlight == 5)

        bench.simulator.faults.add(.internalFailure, operation: .listModelInvocationJobs, times: nil)
        bench.clock.advance(7200)
        await poller.poll()
        #expect(try bench.snapshot().batch.uses.first?.jobsInFlight == 5)
        bench.clock.advance(960)
        await poller.poll()
        #expect(try bench.snapshot().batch.listedAt == nil)
        #expect(try !samples(bench).contains("batch"))

        await (try bench.poller()).poll()
        let batch = try bench.snapshot().batch
        #expect(batch.listedAt == nil && batch.uses.isEmpty && batch.problem != nil)
        bench.simulator.faults.removeAll()
        bench.clock.advance(120)
        let restarted = try bench.poller()
        await restarted.poll()
        #expect(try bench.snapshot().batch.uses.first?.jobsInFlight == 5)
        try await bench.stop()
    }

    @Test("the lifecycle of a model is shown again after a restart, before AWS has answered")
    func lifecycle() async throws {
        let bench = try await PollBench(Traffic())
        var scenario = scenario()
        scenario.models[0].isLegacy = true
        scenario.models[0].lifecycleTimes = ["endOfLifeTime": "2027-03-01T00:00:00Z"]
        bench.show(scenario)
        await (try bench.poller()).poll()
        let expected = ModelLifecycle(isLegacy: true, endOfLife: 1_803_859_200)
        #expect(try bench.snapshot().pools.map(\.lifecycle) == [expected])
        let place = #"account="prod",region="ap-southeast-1",model="\#(Traffic.model)""#
        #expect(try page(bench).contains("bedrock_legacy_model_info{\(place)} 1\n"))
        #expect(
            try page(bench).contains("bedrock_model_end_of_life_timestamp_seconds{\(place)} 1803859200\n"))

        bench.simulator.faults.add(.internalFailure, operation: .listFoundationModels, times: nil)
        await (try bench.poller()).poll()
        #expect(try bench.snapshot().pools.map(\.lifecycle) == [expected])
        try await bench.stop()
    }
}
