import HTTPServer
import Testing
import UsageStore

@testable import History
@testable import Web

@Suite("Streams of history", .timeLimit(.minutes(5)))
struct HistoryStreamTests {
    private static let parameters = try? UsageParameters.read(
        [("start", "2025-02-21"), ("end", "2025-02-22"), ("format", "json")].map {
            (name: $0.0, value: $0.1)
        },
        surface: .commandLine, formats: [.json], now: 1_789_043_696)

    private static let endless = FakeHistory.fullRow(["prod", "ap-southeast-1", "global", "sonnet"])

    private static func stream(_ source: FakeHistory, allowance: Duration? = nil) throws -> UsageStream {
        UsageAnswer.stream(try #require(parameters), series: [], source: source, allowance: allowance)
    }

    @Test("no row is made before the first pull")
    func lazy() async throws {
        let source = FakeHistory(endless: Self.endless)
        let stream = try Self.stream(source)
        try await Task.sleep(for: .milliseconds(20))
        #expect(source.queries.isEmpty)
        stream.abandon()
        await #expect(throws: CancellationError.self) { try await stream.next() }
        #expect(source.queries.isEmpty)
    }

    @Test("a reader that stops reading stops the rows; one that goes away ends the query")
    func backPressure() async throws {
        let source = FakeHistory(endless: Self.endless)
        let stream = try Self.stream(source)
        let first = try #require(try await stream.next())
        #expect(first.count >= HistoryLimits.chunkBytes)
        // One chunk was taken, one waits, one is in hand.
        for _ in 0..<4 {
            try await Task.sleep(for: .milliseconds(50))
            #expect(source.rowsTaken * 300 < 4 * HistoryLimits.chunkBytes)
        }
        #expect(try await stream.next() != nil)
        stream.abandon()
        #expect(try await holdsSoon { source.queriesEnded == 1 })
        let last = source.rowsTaken
        try await Task.sleep(for: .milliseconds(50))
        #expect(source.rowsTaken == last)
    }

    @Test("cancelling a pull that waits ends it and the query")
    func cancelled() async throws {
        let source = FakeHistory(endless: Self.endless)
        let stream = try Self.stream(source)
        let reader = Task {
            while try await stream.next() != nil {}
        }
        #expect(try await holdsSoon { source.rowsTaken > 0 })
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        #expect(try await holdsSoon { source.queriesEnded == 1 })
    }

    @Test("what the source throws arrives after what was sent before")
    func failing() async throws {
        let source = FakeHistory(failure: FakeHistory.Broken()) { _ in
            [UsageRow](repeating: Self.endless, count: 2000)
        }
        let stream = try Self.stream(source)
        var bytes = 0
        await #expect(throws: FakeHistory.Broken.self) {
            while let chunk = try await stream.next() { bytes += chunk.count }
        }
        #expect(bytes > HistoryLimits.chunkBytes)
    }

    @Test("an answer that takes too long is cut off")
    func outOfTime() async throws {
        let stream = try Self.stream(FakeHistory(endless: Self.endless), allowance: .milliseconds(50))
        await #expect(throws: UsageStream.OutOfTime.self) {
            while try await stream.next() != nil {}
        }
    }

    // MARK: The endpoint

    private static func endpoint(_ source: FakeHistory) -> UsageEndpoint {
        UsageEndpoint(open: { source }, now: { 1_789_043_696 })
    }

    private static func request(_ items: [(String, String)] = [], method: String = "GET") -> HTTPRequest {
        HTTPRequest(method: method, path: "/api/v1/usage", query: items.map { (name: $0.0, value: $0.1) })
    }

    private static func respond(
        _ endpoint: UsageEndpoint, _ items: [(String, String)] = [], method: String = "GET"
    ) async -> HTTPResponse {
        await endpoint.respond(to: request(items, method: method)) { .text($0, $1) }
    }

    private static func body(_ response: HTTPResponse) async throws -> String {
        switch response.body {
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .stream(let stream):
            var bytes: [UInt8] = []
            while let chunk = try await stream.next() { bytes += chunk }
            stream.onFinish()
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test("answers with JSON or CSV")
    func formats() async throws {
        let endpoint = Self.endpoint(FakeHistory { _ in [Self.endless] })
        let json = await Self.respond(endpoint)
        #expect(json.status == 200 && json.header("Content-Type") == "application/json")
        let jsonText = try await Self.body(json)
        #expect(jsonText.hasSuffix("\n],\"empty\":null}\n"))
        let csv = await Self.respond(endpoint, [("format", "csv")])
        #expect(csv.header("Content-Type") == "text/csv; charset=utf-8; header=present")
        let csvText = try await Self.body(csv)
        #expect(csvText.hasPrefix("start,account,region,scope,model,invocations,"))
    }

    @Test(
        "what cannot be answered has a status and words",
        arguments: [
            (
                [("step", "1s")], 400,
                "step: \"1s\" is not a step; allowed: whole minutes from 1m to 1d, such as 1m, 5m, 1h, 1d"
            ),
            ([("account", "x")], 400, "account: \"x\" is not in the store; there: prod"),
            (
                [("start", "2026-01-01"), ("step", "1m")], 400,
                "this asks for 363,634 rows (363,634 steps of 1 groups), and at most 100,000 are answered; take a longer "
                    + "step, a shorter range or a filter"
            ),
            ([], 500, "the disk is gone"),
        ])
    func refusals(items: [(String, String)], status: Int, message: String) async throws {
        let source = FakeHistory(failure: FakeHistory.Broken())
        let endpoint = Self.endpoint(source)
        // Three times, so that a place which is not given back shows.
        for _ in 0..<3 {
            let response = await Self.respond(endpoint, items)
            #expect(response.status == status)
            #expect(try await Self.body(response) == message)
        }
    }

    @Test("two at the same time; a third is asked to come back; a finished one makes room")
    func places() async throws {
        let endpoint = Self.endpoint(FakeHistory(endless: Self.endless))
        let first = await Self.respond(endpoint)
        let second = await Self.respond(endpoint)
        #expect(first.status == 200 && second.status == 200)
        let third = await Self.respond(endpoint)
        #expect(third.status == 503 && third.header("Retry-After") == "1")
        #expect(try await Self.body(third) == "2 usage requests are being answered; try again in a second")
        guard case .stream(let stream) = first.body else { return #expect(Bool(false)) }
        stream.onFinish()
        let fourth = await Self.respond(endpoint, method: "HEAD")
        #expect(fourth.status == 200)
        for response in [second, fourth] {
            guard case .stream(let stream) = response.body else { return #expect(Bool(false)) }
            stream.onFinish()
        }
    }

    @Test("a connection that is cut ends the query and frees its place")
    func cut() async throws {
        let source = FakeHistory(endless: Self.endless)
        let endpoint = Self.endpoint(source)
        let server = HTTPServer { request in
            await endpoint.respond(to: request) { .text($0, $1) }
        }
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        for round in 1...4 {
            let client = try LoopbackSocket(port: port)
            try client.send("GET /api/v1/usage HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try await client.read()
            #expect(head.contains("200") && head.contains("chunked"))
            client.close()
            #expect(try await holdsSoon { source.queriesEnded == round })
        }
        await server.stop(drain: .zero)
    }
}
