import Glibc
import Testing

@testable import HTTPServer

@Suite("HTTP server over loopback")
struct HTTPServerTests {
    @Test("A connection is kept for further requests, and Date is sent")
    func keepAlive() async throws {
        try await withServer { port in
            let client = try BlockingClient(port: port)
            for index in 0..<3 {
                try client.send("GET /\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try client.response()
                #expect(response.status == 200)
                #expect(response.text == "GET /\(index) ")
                #expect(response.header("Date") == "Sun, 06 Nov 1994 08:49:37 GMT")
                #expect(response.header("Connection") == nil)
            }
        }
    }

    @Test("Pipelined requests are answered in order, also when a later one is faster")
    func pipelining() async throws {
        try await withServer { request in
            if request.path == "/0" { try? await Task.sleep(for: .milliseconds(50)) }
            return .text(200, request.path)
        } _: { port in
            let client = try BlockingClient(port: port)
            try client.send((0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            for index in 0..<50 { #expect(try client.response().text == "/\(index)") }
        }
    }

    @Test("HEAD has the length of the body and no body")
    func head() async throws {
        try await withServer { port in
            let client = try BlockingClient(port: port)
            try client.send("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\nGET /g HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try client.response(toHead: true)
            #expect(response.header("Content-Length") == "8")
            #expect(try client.response().text == "GET /g ")
        }
    }

    @Test("Connection: close is honoured")
    func close() async throws {
        try await withServer { port in
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let text = try client.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test("An HTTP/1.0 client is served and closed, unless it asks to stay")
    func http10() async throws {
        try await withServer { port in
            let closing = try BlockingClient(port: port)
            try closing.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try closing.readToEnd().hasSuffix("\r\nConnection: close\r\n\r\nGET / "))
            let staying = try BlockingClient(port: port)
            for _ in 0..<2 {
                try staying.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                #expect(try staying.response().header("Connection") == "keep-alive")
            }
        }
    }

    @Test("A client that shuts down its write side still gets every answer")
    func halfClose() async throws {
        try await withServer { request in
            try? await Task.sleep(for: .milliseconds(20))
            return .text(200, request.path)
        } _: { port in
            let client = try BlockingClient(port: port)
            try client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            client.shutdownWrite()
            let text = try client.readToEnd()
            #expect(text.contains("\r\n\r\n/1HTTP/1.1") && text.hasSuffix("\r\n\r\n/2"))
        }
    }

    @Test("A request that ends too early is answered with 400")
    func halfRequest() async throws {
        try await withServer { port in
            for text in [
                "GET / HTT", "GET / HTTP/1.1\r\nHost",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx",
            ] {
                let client = try BlockingClient(port: port)
                try client.send(text)
                client.shutdownWrite()
                #expect(try client.readToEnd().hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            }
        }
    }

    @Test("A body of 1 MB goes both ways, with a length and chunked")
    func bigBodies() async throws {
        try await withServer {
            .json(200, $0.body)
        } _: { port in
            let body = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let client = try BlockingClient(port: port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
            try client.send(body)
            #expect(try client.response().body == body)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n80000\r\n")
            try client.send(Array(body[..<0x80000]) + Array("\r\n80000\r\n".utf8) + Array(body[0x80000...]))
            try client.send("\r\n0\r\n\r\n")
            #expect(try client.response().body == body)
        }
    }

    @Test("Expect: 100-continue is answered before the body")
    func continues() async throws {
        try await withServer { port in
            let client = try BlockingClient(port: port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try client.response().status == 100)
            try client.send("ok")
            #expect(try client.response().text == "POST / ok")
        }
    }

    static let errors: [(String, Int, String)] = [
        ("GET / HTTP/1.1\r\n\r\n", 400, "Host"), ("GET / HTTP/3.0\r\n\r\n", 505, "HTTP/1.1"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}", 400, "not an HTTP request"),
        ("GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\n\r\n", 414, "8192"),
        ("GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 17000))\r\n\r\n", 431, "16384"),
        ("GET / HTTP/1.1\r\n\(String(repeating: "X: y\r\n", count: 101))\r\n", 431, "100"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nx", 413, "1048576"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "chunked"),
        ("POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417, "100-continue"),
    ]

    @Test("Each refusal has its status, a short reason, and closes", arguments: errors)
    func refusals(request: String, status: Int, reason: String) async throws {
        let recorder = Recorder<HTTPServerEvent>()
        try await withServer(onEvent: { recorder.add($0) }) { port in
            let client = try BlockingClient(port: port)
            try client.send(request)
            let text = try client.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 \(status) "))
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(text.components(after: "\r\n\r\n").contains(reason))
        }
        guard case .rejected("127.0.0.1", status, _)? = recorder.values.first else {
            return #expect(Bool(false), "no event")
        }
    }

    @Test("A refusal reaches a client that is still sending")
    func refusalWhileSending() async throws {
        try await withServer { port in
            let client = try BlockingClient(port: port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n")
            try client.send([UInt8](repeating: 0x78, count: 4_000_000))
            #expect(try client.response().status == 413)
        }
    }

    @Test("IPv6, and both families on all interfaces")
    func addresses() async throws {
        let remote: HTTPHandler = { .text(200, $0.remoteAddress) }
        try await withServer(on: "[::1]:0", handler: remote) { port in
            let client = try BlockingClient(port: port, ipv6: true)
            try client.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try client.response().text == "::1")
        }
        try await withServer(on: ":0", handler: remote) { port in
            for (ipv6, expected) in [(false, "127.0.0.1"), (true, "::1")] {
                let client = try BlockingClient(port: port, ipv6: ipv6)
                try client.send("GET / HTTP/1.0\r\n\r\n")
                #expect(try client.response().text == expected)
            }
        }
    }

    @Test("What was answered is reported")
    func events() async throws {
        let recorder = Recorder<HTTPServerEvent>()
        try await withServer(onEvent: { recorder.add($0) }) { port in
            let client = try BlockingClient(port: port)
            try client.send("GET /x?y HTTP/1.0\r\n\r\n")
            _ = try client.readToEnd()
        }
        #expect(
            recorder.values == [
                .responded(
                    remoteAddress: "127.0.0.1", method: "GET", target: "/x?y", status: 200, bodyBytes: 7)
            ])
    }

    @Test("A server starts once")
    func startsOnce() async throws {
        let server = HTTPServer(handler: echo)
        try server.start(ListenAddress("127.0.0.1:0"))
        #expect(throws: HTTPServerError.alreadyStarted) { try server.start(ListenAddress("127.0.0.1:0")) }
        await server.stop(drain: .zero)
        #expect(throws: HTTPServerError.alreadyStarted) { try server.start(ListenAddress("127.0.0.1:0")) }
        await server.stop(drain: .zero)
    }
}

extension String {
    /// What follows the first occurrence of the separator, or nothing.
    func components(after separator: String) -> String {
        guard let range = firstRange(of: separator) else { return "" }
        return String(self[range.upperBound...])
    }

    private func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<(index(start, offsetBy: text.count)) }
            start = index(after: start)
        }
        return nil
    }
}
