import QuotaModel
import Synchronization
import Testing
import UsageStore

@testable import HTTPClient
@testable import RemoteWrite
@testable import System

@Suite("Sender of remote write")
struct RemoteWriteSenderTests {
    private let bench: RemoteWriteBench

    init() async throws {
        bench = try RemoteWriteBench()
        try await bench.list()
    }

    private let invocations = "bedrock_minute_invocations"

    @Test("Settled minutes arrive once each, at the end of their minute, those that may change do not")
    func settled() async throws {
        bench.turn(to: 30)
        try await bench.record(0..<31)
        let sender = try bench.sender()
        try await bench.drain(sender)
        // The window of re-reading is five minutes.
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<25))
        #expect(bench.received("bedrock_minute_input_tokens") == RemoteWriteBench.expected(0..<25, times: 10))
        bench.turn(to: 31)
        try await bench.drain(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<26))
        #expect(bench.metrics["r"].samples == 3 * 26)
        #expect(bench.metrics["r"].newestTimestamp == RemoteWriteBench.at(26).epochSeconds)
        #expect(bench.receiver.problems.isEmpty && bench.receiver.repeats == 0)
    }

    @Test("The request is that of the specification")
    func headers() async throws {
        bench.turn(to: 10)
        try await bench.record(0..<10)
        try await bench.drain(try bench.sender("external_labels: { cluster: eu }, start: 1d"))
        let request = try #require(bench.receiver.requests.first)
        #expect(request.method == "POST" && request.path == "/api/v1/write")
        #expect(request.headers["Content-Encoding"] == "snappy")
        #expect(request.headers["Content-Type"] == "application/x-protobuf")
        #expect(request.headers["X-Prometheus-Remote-Write-Version"] == "0.1.0")
        #expect(request.headers["User-Agent"]?.hasPrefix("bedrock-quota-exporter/") == true)
        #expect(request.headers["Authorization"] == nil)
        let all = bench.receiver.samples.keys
        #expect(!all.isEmpty && all.allSatisfy { $0.contains(#"cluster="eu""#) })
    }

    @Test(
        "Without traffic a covered minute is zero for listed counts and nothing for others; a hole is nothing"
    )
    func zeros() async throws {
        bench.turn(to: 20)
        try await bench.record(0..<12, data: { $0 % 2 == 1 })
        try await bench.drain(try bench.sender())
        let expected = (1..<12).map { (offset: Int) -> [Double] in
            [Double(offset), offset % 2 == 1 ? Double(offset) : 0]
        }
        #expect(bench.received(invocations) == expected)
        #expect(
            bench.received("bedrock_minute_output_tokens").map { $0[1] } == Array(repeating: 0, count: 11))
        #expect(bench.received("bedrock_minute_cache_read_input_tokens").isEmpty)
        #expect(bench.received("bedrock_minute_invocation_latency_seconds").isEmpty)
    }

    @Test("A new receiver begins at the present unless it is told to look back")
    func start() async throws {
        bench.turn(to: 30)
        try await bench.record(0..<31)
        let sender = try bench.sender("start: 0s")
        try await bench.drain(sender)
        #expect(bench.receiver.samples.isEmpty)
        bench.turn(to: 40)
        try await bench.record(31..<41)
        try await bench.drain(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(30..<35))
    }

    @Test("Failures of the receiver are waited out with growing pauses, and nothing is lost or doubled")
    func outage() async throws {
        bench.turn(to: 20)
        try await bench.record(0..<20)
        bench.receiver.script([
            .answer(503), .answer(500), .answer(429, headers: [(name: "Retry-After", value: "17")]),
            .takeAnd(502), .answer(401),
        ])
        try await bench.drain(try bench.sender())
        // One more than at the beginning: the pauses took 88 s.
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<16))
        #expect(bench.time.pauses == [1, 2, 17, 8, 60])
        #expect(
            bench.metrics["r"].failures == ["503": 1, "500": 1, "429": 1, "502": 1, "401": 1])
        #expect(bench.metrics["r"].droppedSamples == 0)
        // The answer of the fourth was lost, so its samples came twice.
        #expect(bench.receiver.repeats == 3)
    }

    @Test("A receiver that is not there is waited for")
    func unreachable() async throws {
        bench.turn(to: 20)
        try await bench.record(0..<20)
        await bench.receiver.stop()
        let sender = try bench.sender()
        await #expect(throws: CancellationError.self) { try await bench.drain(sender) }
        #expect(bench.metrics["r"].failures.values.reduce(0, +) > 10)
        #expect(bench.metrics["r"].failures.keys.sorted() == ["cannot_connect"])
        #expect(bench.time.pauses.max() == 60)
    }

    @Test("What a receiver refuses is dropped and counted, its neighbours arrive")
    func refused() async throws {
        bench.turn(to: 20)
        let models = (0..<9).map { "us.vendor.model-\($0)" }
        try await bench.list(models, at: 3)
        for model in models { try await bench.record(0..<20, model: model) }
        bench.receiver.refuse(model: models[4])
        try await bench.drain(try bench.sender())
        for model in models where model != models[4] {
            #expect(bench.received(invocations, model: model) == RemoteWriteBench.expected(0..<15))
        }
        #expect(bench.received(invocations, model: models[4]).isEmpty)
        #expect(bench.metrics["r"].droppedSamples == 15 * 3)
        #expect((bench.metrics["r"].failures["400"] ?? 0) > 15)
    }

    @Test("A refusal of everything costs a bounded number of requests")
    func refusedAll() async throws {
        bench.turn(to: 6)
        let models = (0..<200).map { "us.vendor.model-\($0)" }
        try await bench.list(models, at: 3)
        for model in models {
            try await bench.record(0..<2, model: model)
            bench.receiver.refuse(model: model)
        }
        try await bench.drain(try bench.sender())
        #expect(bench.receiver.samples.isEmpty)
        #expect(bench.metrics["r"].droppedSamples == 200 * 3)
        #expect(bench.receiver.requests.count == 1 + 2 * RemoteWriteLimits.splitsPerBatch)
    }

    @Test("Many series go out in requests of bounded size")
    func large() async throws {
        bench.turn(to: 6)
        let models = (0..<1000).map { "us.vendor.model-\($0)" }
        try await bench.list(models, at: 3)
        try await bench.record(0..<1, models: models)
        try await bench.drain(try bench.sender())
        #expect(bench.receiver.requests.count == 2)
        #expect(bench.receiver.samples.count == 3000)
        #expect(bench.metrics["r"].samples == 3000)
    }

    /// Lets the receiver take a request and then dies before the answer is known.
    private final class DyingTransport: HTTPTransport {
        private let inner: any HTTPTransport
        private let requestsLeft: Mutex<Int>

        init(inner: any HTTPTransport, lifetime: Int) {
            self.inner = inner
            requestsLeft = Mutex(lifetime)
        }

        func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
            let response = try await inner.send(request)
            let dies = requestsLeft.withLock { left in
                left -= 1
                return left == 0
            }
            if dies { throw .cancelled }
            return response
        }
    }

    @Test(
        "Killed between the receiver's answer and the cursor, after any request, nothing is lost or doubled")
    func killed() async throws {
        bench.turn(to: 20)
        try await bench.record(0..<20)
        for lifetime in 1...8 {
            let dying = try bench.sender(
                transport: DyingTransport(inner: CurlTransport(), lifetime: lifetime))
            do { try await bench.drain(dying) } catch is CancellationError { continue }
        }
        try await bench.drain(try bench.sender())
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<15))
        #expect(bench.metrics["r"].droppedSamples == 0)
        #expect(bench.receiver.repeats > 0)
    }

    @Test("A hole is waited for; what catching up brings is sent in order, and later minutes after it")
    func holeFilled() async throws {
        bench.turn(to: 30)
        try await bench.record(0..<10)
        try await bench.record(15..<30)
        let sender = try bench.sender()
        try await bench.drain(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<10))
        try await bench.record(10..<15)
        try await bench.drain(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<25))
        #expect(bench.metrics["r"].skippedMinutes == 0)
    }

    @Test("A hole that stays is given up after an hour, counted and logged; other series do not wait for it")
    func holeGivenUp() async throws {
        let other = "us.vendor.model-1"
        try await bench.list([RemoteWriteBench.model, other], at: 3)
        bench.turn(to: 30)
        try await bench.record(0..<10)
        try await bench.record(15..<100)
        try await bench.record(0..<100, model: other)
        let sender = try bench.sender()
        try await bench.drain(sender)
        #expect(bench.received(invocations, model: other) == RemoteWriteBench.expected(0..<25))
        bench.time.advance(RemoteWriteLimits.holeSeconds - 1)
        try await bench.drain(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<10))
        bench.time.advance(1)
        try await bench.drain(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(Array(0..<10) + Array(15..<85)))
        #expect(bench.metrics["r"].skippedMinutes == 5)
        #expect(bench.log.contains { $0.contains("skips minutes") && $0.contains("minutes=5") })
    }

    @Test("A daemon that was away waits for the minutes that catching up brings newest first")
    func away() async throws {
        bench.turn(to: 20)
        try await bench.record(0..<20)
        try await bench.drain(try bench.sender())
        bench.turn(to: 3000)
        try await bench.record(2900..<3000)
        let sender = try bench.sender()
        try await bench.drain(sender)
        #expect(bench.received(invocations).count == 15 + 5)
        try await bench.record(1000..<2900)
        try await bench.drain(sender)
        try await bench.record(20..<1000)
        try await bench.drain(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<2995))
        #expect(bench.metrics["r"].skippedMinutes == 0)
    }

    @Test("A model ID that is seen late is sent from its first datapoint on")
    func late() async throws {
        bench.turn(to: 60)
        try await bench.record(0..<60)
        let sender = try bench.sender()
        try await bench.drain(sender)
        let late = "us.vendor.new"
        try await bench.list([RemoteWriteBench.model, late], at: 3)
        try await bench.record(-1440..<60, model: late, data: { $0 >= 40 })
        try await bench.drain(sender)
        #expect(bench.received(invocations, model: late) == RemoteWriteBench.expected(40..<55))
    }

    @Test("A pool's minute is the weighted sum of its model IDs, by the limit that held then")
    func pools() async throws {
        let second = "global.other"
        try await bench.list([RemoteWriteBench.model, second], at: 3)
        let pool = ScopedModel(scope: .global, model: RemoteWriteBench.sonnet)
        try await bench.record(0..<30)
        try await bench.record(0..<20, model: second)
        try await bench.store.recordAssignments(
            account: RemoteWriteBench.account, region: RemoteWriteBench.region,
            [RemoteWriteBench.model: pool, second: pool])
        for (limit, offset) in [(1000.0, 5), (2000.0, 10)] {
            let quota = Quota(kind: .tokensPerMinute, limit: limit, source: .applied, code: nil)
            try await bench.store.recordQuotas(
                account: RemoteWriteBench.account, region: RemoteWriteBench.region,
                [PoolQuota(scope: .global, model: RemoteWriteBench.sonnet, quota: quota)],
                at: RemoteWriteBench.at(offset).epochSeconds)
        }
        bench.turn(to: 30)
        try await bench.drain(try bench.sender())
        let labels = #"account="prod",model="anthropic.claude-sonnet-4-6""#
        let tokens = bench.receiver.samples[
            "bedrock_minute_quota_tokens{\(labels),region=\"ap-southeast-1\",scope=\"global\"}"]
        // Nothing of minute 20 on: one of the two model IDs is not known there.
        let expectedTokens = (0..<20).map { (offset: Int) -> Double in Double(20 * offset) }
        #expect(tokens?.map(\.value) == expectedTokens)
        let quota = #"\#(labels),quota="tokens_per_minute",region="ap-southeast-1",scope="global""#
        let limits = bench.receiver.samples["bedrock_minute_quota_limit{\(quota)}"]
        // Before the first sighting the first value counts, as in queries and exports.
        let expectedLimits = (0..<20).map { $0 < 10 ? 1000.0 : 2000 }
        #expect(limits?.map(\.value) == expectedLimits)
        let ratios = bench.receiver.samples["bedrock_minute_quota_utilization_ratio{\(quota)}"]
        let expectedRatios = (0..<20).map { (offset: Int) -> Double in
            let limit = offset < 10 ? 1000.0 : 2000
            return Double(20 * offset) / limit
        }
        #expect(ratios?.map(\.value) == expectedRatios)
    }

    @Test(
        "Secrets come from files, read anew, and appear nowhere else",
        arguments: [
            ("basic_auth: { username: u, password_file: /s }", "Basic dTpwNHNz"),
            ("bearer_token_file: /s", "Bearer p4ss"),
        ])
    func secrets(setting: String, header: String) async throws {
        bench.turn(to: 10)
        try await bench.record(0..<6)
        let files = Mutex<[[UInt8]?]>([nil, Array("two\nlines".utf8), Array("\n".utf8)])
        let sender = try bench.sender(
            "\(setting), start: 1d",
            readFile: { (path, _) throws(FileError) in
                #expect(path == "/s")
                return files.withLock { $0.isEmpty ? Array("p4ss\n".utf8) : $0.removeFirst() }
            })
        try await bench.drain(sender)
        #expect(bench.received(invocations) == RemoteWriteBench.expected(0..<5))
        #expect(bench.receiver.requests.allSatisfy { $0.headers["Authorization"] == header })
        #expect(bench.metrics["r"].failures == ["credentials": 3])
        #expect(!bench.log.contains { $0.contains("p4ss") || $0.contains("two") })
    }
}
