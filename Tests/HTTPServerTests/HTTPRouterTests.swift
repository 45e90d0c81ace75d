import Dispatch
import Glibc
import Synchronization
import Testing

@testable import HTTPServer

@Suite("HTTP router")
struct HTTPRouterTests {
    private func router() -> HTTPRouter {
        var router = HTTPRouter { _, status, message in
            .json(status, Array("{\"error\":\"\(message)\"}".utf8))
        }
        router.add("GET", "/metrics") { _ in .text(200, "metrics") }
        router.add("POST", "/-/reload") { _ in .text(200, "reload") }
        router.add("PUT", "/-/reload") { _ in .text(200, "put") }
        return router
    }

    static let routes: [(String, String, Int, String)] = [
        ("GET", "/metrics", 200, "metrics"), ("HEAD", "/metrics", 200, "metrics"),
        ("POST", "/-/reload", 200, "reload"), ("PUT", "/-/reload", 200, "put"),
        ("GET", "/metrics/", 404, "{\"error\":\"not found\"}"),
        ("GET", "/", 404, "{\"error\":\"not found\"}"), ("OPTIONS", "*", 404, "{\"error\":\"not found\"}"),
        ("get", "/metrics", 405, "{\"error\":\"method not allowed\"}"),
    ]

    @Test("Path and method decide", arguments: routes)
    func dispatches(method: String, path: String, status: Int, body: String) async {
        let response = await router().respond(to: HTTPRequest(method: method, path: path))
        #expect(response.status == status)
        guard case .bytes(let bytes) = response.body else { return #expect(Bool(false), "a stream") }
        #expect(String(decoding: bytes, as: UTF8.self) == body)
    }

    @Test("405 names the allowed methods")
    func allow() async {
        #expect(
            await router().respond(to: HTTPRequest(method: "DELETE", path: "/metrics")).header("allow")
                == "GET, HEAD")
        #expect(
            await router().respond(to: HTTPRequest(method: "GET", path: "/-/reload")).header("Allow")
                == "POST, PUT")
        #expect(await router().respond(to: HTTPRequest(method: "HEAD", path: "/-/reload")).status == 405)
    }

    @Test(
        "Only quick routes run on the loop, and only if the server begins at once", arguments: [true, false])
    func quickRoutes(beginsAtOnce: Bool) async throws {
        // Events are delivered on the loop.
        let loop = Mutex<pthread_t?>(nil)
        let place: HTTPHandler = { _ in
            .text(200, loop.withLock { $0 } == pthread_self() ? "loop" : "elsewhere")
        }
        var router = HTTPRouter()
        router.add("GET", "/quick", isQuick: true, place)
        router.add("GET", "/slow", place)
        try await withServer(
            handler: router.handler, onEvent: { _ in loop.withLock { $0 = pthread_self() } },
            beginsAtOnce: beginsAtOnce
        ) { port in
            let client = try BlockingClient(port: port)
            func answer(_ path: String) throws -> String {
                try client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.response().text
            }
            #expect(try answer("/quick") == "elsewhere", "no event has told which thread is the loop's")
            for _ in 0..<10 {
                #expect(try answer("/quick") == (beginsAtOnce ? "loop" : "elsewhere"))
                #expect(try answer("/slow") == "elsewhere")
            }
        }
    }

    @Test(
        "Pipelined requests of quick and other routes are answered in order by a server that begins at once")
    func pipelined() async throws {
        var router = HTTPRouter()
        router.add("GET", "/quick", isQuick: true) { _ in .text(200, "quick") }
        router.add("GET", "/slow") { _ in .text(200, "slow") }
        let paths = (0..<50).map { $0 % 3 == 1 ? "slow" : "quick" }
        try await withServer(handler: router.handler, beginsAtOnce: true) { port in
            let client = try BlockingClient(port: port)
            try client.send(paths.map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            for path in paths { #expect(try client.response().text == path) }
        }
    }

    @Test("While another route's handler is stuck, a quick route is answered")
    func stuck() async throws {
        var router = HTTPRouter()
        let release = DispatchSemaphore(value: 0)
        router.add("GET", "/quick", isQuick: true) { _ in .text(200, "quick") }
        router.add("GET", "/stuck") { _ in
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "stuck").async {
                    release.wait()
                    continuation.resume()
                }
            }
            return .text(200, "late")
        }
        try await withServer(handler: router.handler, beginsAtOnce: true) { port in
            let stuck = try BlockingClient(port: port)
            try stuck.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
            let client = try BlockingClient(port: port)
            try client.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().text == "quick")
            release.signal()
            #expect(try stuck.response().text == "late")
        }
    }
}
