import AWSClient
import HTTPClient
import QuotaModel
import Synchronization
import TestBench
import Testing
import UsageStore

@testable import Reading
@testable import System

/// Answers requests only when so many have gathered: calls one after the other would wait for ever.
private final class GatheringTransport: HTTPTransport {
    private struct State {
        var waiting: [CheckedContinuation<Void, Never>] = []
        var begun = 0
        var underWay = 0
        var most = 0
    }

    private let state = Mutex(State())
    private let gathered: Int
    private let total: Int
    private let refused: Range<Int>

    /// - Parameters:
    ///   - total: Requests that will come.
    ///   - refused: The minutes at which those begin that are not permitted.
    init(gathered: Int = CloudWatchCalls.requestsSideBySide, total: Int, refused: Range<Int> = 0..<0) {
        self.gathered = gathered
        self.total = total
        self.refused = refused
    }

    var begun: Int { state.withLock { $0.begun } }
    var most: Int { state.withLock { $0.most } }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                state.begun += 1
                state.underWay += 1
                state.most = max(state.most, state.underWay)
                state.waiting.append(continuation)
                guard state.waiting.count == gathered || state.begun == total else { return [] }
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in ready { continuation.resume() }
        }
        // So that others would begin, if they might.
        for _ in 0..<100 { await Task.yield() }
        defer { state.withLock { $0.underWay -= 1 } }
        let body = String(decoding: request.body, as: UTF8.self)
        let start = Int(body.split(separator: "\"StartTime\":")[1].prefix { $0.isNumber }) ?? 0
        guard !refused.contains(start / 60) else {
            let text = #"{"__type":"AccessDeniedException","message":"no"}"#
            return TransportResponse(status: 403, body: Array(text.utf8))
        }
        let text =
            #"{"MetricDataResults":[{"Id":"q0","Timestamps":[\#(start)],"Values":[\#(start / 60)],"StatusCode":"Complete"}]}"#
        return TransportResponse(status: 200, body: Array(text.utf8))
    }
}

@Suite("Requests of one read side by side", .timeLimit(.minutes(5)))
struct SideBySideTests {
    private struct Keys: CredentialsProvider {
        func credentials() async throws(CredentialsError) -> AWSCredentials {
            AWSCredentials(accessKeyID: "AKIATESTTESTTESTTEST", secretAccessKey: "secret")
        }
    }

    private func calls(_ transport: GatheringTransport, _ store: UsageStore) -> CloudWatchCalls {
        let caller = AWSCaller(
            transport: transport, credentials: Keys(),
            endpoints: EndpointResolver(accountURL: nil, environment: [:], profile: ProfileEndpoints()),
            retries: RetryPolicy(maximumAttempts: 1))
        let services = ReadServices(
            store: store, log: Log(level: .error, write: { _ in }), clock: .system, metrics: SelfMetrics(),
            meter: SpendingMeter())
        return CloudWatchCalls(
            CloudWatchClient(caller: caller, region: "us-east-1"),
            RegionKey(account: "prod", region: "us-east-1"), services: services)
    }

    /// Requests of a metric each, told apart by where they begin.
    private func requests(_ count: Int, minutes: Int = 16) -> [(
        queries: [MetricQuery], window: Range<Minute>
    )] {
        let query = MetricQuery(
            id: "q0", namespace: "AWS/Bedrock", metricName: "Invocations", dimensions: [], statistic: "Sum")
        return (1...count).map { index in
            ([query], Minute(index: index)..<Minute(index: index + minutes))
        }
    }

    @Test("as many as are allowed are under way together, and each answer is that of its request")
    func order() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let transport = GatheringTransport(total: 20)
        var outcome = ReadOutcome()
        let answers = await calls(transport, store).ask(requests(20), &outcome)
        #expect(answers.map { $0?.series["q0"]?.points.map(\.value) } == (1...20).map { [Double($0)] })
        #expect(transport.most == CloudWatchCalls.requestsSideBySide)
        #expect(outcome.billedMetrics == 20)
        #expect(outcome.failure == nil)
        try await store.close()
    }

    @Test("what others brought is kept when one fails")
    func failure() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let transport = GatheringTransport(total: 8, refused: 3..<4)
        var outcome = ReadOutcome()
        let answers = await calls(transport, store).ask(requests(8), &outcome)
        #expect(answers.map { $0 == nil } == (1...8).map { $0 == 3 })
        #expect((outcome.failure as? AWSError)?.kind == .accessDenied)
        #expect(outcome.billedMetrics == 7)
        try await store.close()
    }

    @Test("after a failure no further one begins")
    func end() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let together = CloudWatchCalls.requestsSideBySide
        let transport = GatheringTransport(total: 20, refused: 1..<together + 1)
        var outcome = ReadOutcome()
        let answers = await calls(transport, store).ask(requests(20), &outcome)
        #expect(answers.count == 20 && answers.allSatisfy { $0 == nil })
        #expect(transport.begun == together)
        try await store.close()
    }

    @Test("large answers come one after the other")
    func bound() async throws {
        let folder = try TestFolder()
        let store = try UsageStore.open(path: folder.database)
        let transport = GatheringTransport(gathered: 1, total: 3)
        var outcome = ReadOutcome()
        let large = requests(3, minutes: CloudWatchCalls.pointsSideBySide)
        let answers = await calls(transport, store).ask(large, &outcome)
        #expect(answers.count == 3 && answers.allSatisfy { $0 != nil })
        #expect(transport.most == 1)
        try await store.close()
    }
}
