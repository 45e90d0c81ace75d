import Synchronization
import Testing

@testable import HTTPServer

/// Counts to a number, a chunk each; remembers what the server did with it.
private final class CountingSource: Sendable {
    let pulls = Mutex(0)
    let finishes = Mutex(0)
    let limit: Int
    let chunk: [UInt8]?
    let failsAtEnd: Bool

    init(limit: Int, chunk: [UInt8]? = nil, failsAtEnd: Bool = false) {
        self.limit = limit
        self.chunk = chunk
        self.failsAtEnd = failsAtEnd
    }

    struct Broken: Error {}

    var response: HTTPResponse {
        let stream = HTTPBodyStream(
            next: {
                let index = self.pulls.withLock { pulls in
                    pulls += 1
                    return pulls
                }
                if index > self.limit, self.failsAtEnd { throw Broken() }
                return index > self.limit ? nil : self.chunk ?? Array("\(index),".utf8)
            }, onFinish: { self.finishes.withLock { $0 += 1 } })
        return HTTPResponse(status: 200, body: .stream(stream))
    }

    var pulled: Int { pulls.withLock { $0 } }
    var finished: Int { finishes.withLock { $0 } }
}

@Suite("HTTP server streams")
struct HTTPServerStreamTests {
    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("A stream is sent chunked, and the connection goes on")
    func chunked() async throws {
        let source = CountingSource(limit: 4)
        try await withServer {
            $0.path == "/" ? source.response : .text(200, "next")
        } _: { [get] port in
            let client = try BlockingClient(port: port)
            try client.send(get + "GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try client.response()
            #expect(response.header("Transfer-Encoding") == "chunked")
            #expect(response.text == "1,2,3,4,")
            #expect(try client.response().text == "next")
        }
        #expect(source.finished == 1)
    }

    @Test("Empty chunks do not end the body")
    func emptyChunks() async throws {
        let source = CountingSource(limit: 3, chunk: [])
        try await withServer { _ in
            source.response
        } _: { [get] port in
            let client = try BlockingClient(port: port)
            try client.send(get)
            #expect(try client.response().text == "")
        }
        #expect(source.pulled == 4)
    }

    @Test("An HTTP/1.0 client reads until close; HEAD pulls nothing")
    func otherFramings() async throws {
        let source = CountingSource(limit: 3)
        try await withServer { _ in
            source.response
        } _: { port in
            let head = try BlockingClient(port: port)
            try head.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try head.readToEnd().hasSuffix("\r\n\r\n"))
            #expect(source.pulled == 0 && source.finished == 1)
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try client.readToEnd().hasSuffix("Connection: close\r\n\r\n1,2,3,"))
        }
        #expect(source.finished == 2)
    }

    @Test(
        "A failing stream breaks the connection off, so that the client sees it", arguments: ["1.0", "1.1"])
    func failing(version: String) async throws {
        let source = CountingSource(limit: 2, failsAtEnd: true)
        try await withServer { _ in
            source.response
        } _: { port in
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/\(version)\r\nHost: a\r\n\r\n")
            #expect(throws: BlockingClient.Failure.self) { try client.response() }
        }
        #expect(source.finished == 1)
    }

    @Test("Nothing is pulled ahead of a client that does not read; when it goes, the stream ends")
    func backPressure() async throws {
        let source = CountingSource(limit: 1_000_000, chunk: [UInt8](repeating: 0x61, count: 1 << 20))
        try await withServer { _ in
            source.response
        } _: { [get] port in
            do {
                let client = try BlockingClient(port: port, receiveBuffer: 4096)
                try client.send(get)
                _ = try client.read(upTo: 100)
                pause(milliseconds: 300)
                // What the kernel's buffers take, and one chunk beyond.
                #expect(source.pulled < 12)
                client.resetOnClose()
            }
            for _ in 0..<3000 where source.finished == 0 { pause(milliseconds: 20) }
            #expect(source.finished == 1)
        }
        #expect(source.finished == 1)
    }

    @Test("A pull that runs when the client goes away is cancelled, and its place freed")
    func cancelsPull() async throws {
        let cancelled = Recorder<Bool>()
        let finished = Recorder<Bool>()
        var limits = HTTPServerLimits()
        limits.requestsInFlight = 1
        let stream = HTTPBodyStream(
            next: {
                do { try await Task.sleep(for: .seconds(300)) } catch { cancelled.add(true) }
                return nil
            }, onFinish: { finished.add(true) })
        try await withServer(limits: limits) { request in
            request.path == "/" ? HTTPResponse(status: 200, body: .stream(stream)) : .text(200, "free")
        } _: { [get] port in
            do {
                let client = try BlockingClient(port: port)
                try client.send(get)
                _ = try client.line()
                let other = try BlockingClient(port: port)
                try other.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try other.response().status == 503)
                client.resetOnClose()
            }
            for _ in 0..<3000 where finished.values.isEmpty { pause(milliseconds: 20) }
            #expect(cancelled.values == [true] && finished.values == [true])
            let other = try BlockingClient(port: port)
            try other.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try other.response().status == 200)
        }
    }

    @Test("A stop ends streams at the drain deadline")
    func stopCuts() async throws {
        let source = CountingSource(limit: 1_000_000, chunk: [UInt8](repeating: 0x61, count: 1 << 16))
        let server = HTTPServer { _ in source.response }
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let client = try await blocking { [get] in
            let client = try BlockingClient(port: port)
            try client.send(get)
            _ = try client.line()
            return client
        }
        await server.stop(drain: .milliseconds(50))
        let finished = try await eventually { source.finished == 1 }
        #expect(finished)
        await #expect(throws: BlockingClient.Failure.self) { try await blocking { try client.response() } }
    }
}
