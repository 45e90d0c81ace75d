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
        router.addPrefix("GET", "/pages/") { request in .text(200, "page \(request.path)") }
        router.addPrefix("GET", "/pages/long/") { _ in .text(200, "long") }
        router.add("GET", "/pages/exact") { _ in .text(200, "exact") }
        return router
    }

    static let routes: [(String, String, Int, String)] = [
        ("GET", "/metrics", 200, "metrics"), ("HEAD", "/metrics", 200, "metrics"),
        ("POST", "/-/reload", 200, "reload"), ("PUT", "/-/reload", 200, "put"),
        ("GET", "/pages/x", 200, "page /pages/x"), ("GET", "/pages/", 200, "page /pages/"),
        ("GET", "/pages/long/x", 200, "long"), ("GET", "/pages/exact", 200, "exact"),
        ("GET", "/pages", 404, "{\"error\":\"not found\"}"),
        ("GET", "/metrics/", 404, "{\"error\":\"not found\"}"),
        ("GET", "/", 404, "{\"error\":\"not found\"}"), ("OPTIONS", "*", 404, "{\"error\":\"not found\"}"),
        ("get", "/metrics", 405, "{\"error\":\"method not allowed\"}"),
        ("POST", "/pages/x", 405, "{\"error\":\"method not allowed\"}"),
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
}
