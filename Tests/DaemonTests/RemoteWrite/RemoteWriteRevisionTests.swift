import QuotaModel
import Testing

@testable import RemoteWrite

@Suite("Minutes that change after remote write has sent them")
struct RemoteWriteRevisionTests {
    private let bench: RemoteWriteBench
    private let invocations = "bedrock_minute_invocations"
    private let quotaTokens = "bedrock_minute_quota_tokens"

    init() async throws {
        bench = try RemoteWriteBench()
        try await bench.list()
        try await bench.assign()
        bench.turn(to: 30)
        try await bench.record(0..<31)
    }

    private func usage(_ invocations: Double, input: Double, output: Double? = nil) -> UsageMinute {
        var usage = UsageMinute()
        usage.invocations = invocations
        usage.inputTokens = input
        usage.outputTokens = output
        return usage
    }

    @Test("A pool is weighed by the rate that was noted of it, whatever the table says")
    func weight() async throws {
        try await bench.store.recordRates(
            account: RemoteWriteBench.account, region: RemoteWriteBench.region,
            [
                (
                    ScopedModel(scope: .global, model: RemoteWriteBench.sonnet),
                    BurndownRate(value: 7, source: .measured)
                )
            ], at: 5)
        try await bench.revise(3, usage(1, input: 100, output: 1000))
        try await bench.drain(try bench.sender())
        #expect(bench.receivedOfPool(quotaTokens)[3] == 7100)
    }

    @Test("They are sent again a while after their first change, of the model ID and of its pool, and once")
    func corrected() async throws {
        bench.receiver.takeOldSamples()
        let sender = try bench.sender()
        try await bench.drain(sender)
        #expect(bench.receivedOfPool(quotaTokens)[10] == 100)
        try await bench.revise(10, usage(70, input: 500))
        try await bench.revise(10, usage(71, input: 500))
        try await bench.drainRevisions(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<25))
        bench.time.advance(RemoteWriteLimits.revisionSeconds + 1)
        try await bench.drainRevisions(sender)
        #expect(bench.received(invocations)[10] == [10, 71])
        #expect(bench.receivedOfPool(quotaTokens)[10] == 500)
        #expect(bench.metrics["r"].correctedMinutes == 2)
        let requests = bench.receiver.requests.count
        try await bench.drainRevisions(sender)
        #expect(bench.receiver.requests.count == requests)
        // Where sending goes on has not moved.
        bench.turn(to: 60)
        try await bench.record(31..<60)
        try await bench.drain(sender)
        #expect(bench.received(invocations).map { $0[0] } == (0..<55).map(Double.init))
        #expect(bench.metrics["r"].droppedSamples == 0 && bench.metrics["r"].uncorrectedMinutes == 0)
    }

    @Test("A receiver that refuses them is asked once, and they are counted")
    func refused() async throws {
        let sender = try bench.sender()
        try await bench.drain(sender)
        for offset in 5..<25 { try await bench.revise(offset, usage(70, input: 500)) }
        bench.time.advance(RemoteWriteLimits.revisionSeconds + 1)
        let requests = bench.receiver.requests.count
        try await bench.drainRevisions(sender)
        #expect(bench.receiver.requests.count == requests + 20)
        #expect(bench.metrics["r"].uncorrectedMinutes == 40 && bench.metrics["r"].correctedMinutes == 0)
        #expect(bench.metrics["r"].droppedSamples == 0)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<25))
        #expect(bench.log.count { $0.contains("cannot correct minutes") } == 2)
    }

    @Test("What was skipped as unknown is sent when it becomes known after all")
    func skipped() async throws {
        bench.receiver.takeOldSamples()
        bench.turn(to: 60)
        try await bench.record(40..<100)
        let sender = try bench.sender()
        try await bench.drain(sender)
        bench.time.advance(RemoteWriteLimits.holeSeconds)
        try await bench.drain(sender)
        #expect(bench.received(invocations).count == 31 + 60)
        try await bench.record(31..<40)
        try await bench.drainRevisions(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<100))
    }

    @Test("A pool whose rate is measured later gets its newest day again")
    func rate() async throws {
        bench.receiver.takeOldSamples()
        try await bench.revise(3, usage(1, input: 100, output: 1000))
        let sender = try bench.sender()
        try await bench.drain(sender)
        #expect(bench.receivedOfPool(quotaTokens)[3] == 5100)
        let rate = BurndownRate(value: 7, source: .measured)
        try await bench.store.recordRates(
            account: RemoteWriteBench.account, region: RemoteWriteBench.region,
            [(ScopedModel(scope: .global, model: RemoteWriteBench.sonnet), rate)], at: 5)
        try await bench.drainRevisions(sender)
        #expect(bench.receivedOfPool(quotaTokens)[3] == 7100)
    }
}
