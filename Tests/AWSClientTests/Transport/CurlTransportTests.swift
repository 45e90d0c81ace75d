import Glibc
import Synchronization
import Testing

@testable import AWSClient
@testable import HTTPClient

@Suite("Curl transport", .timeLimit(.minutes(5)))
struct CurlTransportTests {
    private func transport(
        _ change: (inout CurlOptions) -> Void = { _ in }
    ) throws -> CurlTransport {
        var options = CurlOptions(version: "1.2.3")
        change(&options)
        return try CurlTransport(options)
    }

    private func failure(
        _ transport: CurlTransport, _ request: TransportRequest
    ) async -> TransportError? {
        do throws(TransportError) {
            _ = try await transport.send(request)
            return nil
        } catch {
            return error
        }
    }

    @Test("a POST reaches the server with its headers and body, and the answer comes back whole")
    func exchange() async throws {
        let server = try LoopbackServer { _ in
            [
                .answer(
                    "{\"a\":1}", status: "404 Not Found",
                    headers: "X-One:  a b \r\nx-one: second\r\nEmpty:\r\n")
            ]
        }
        defer { server.stop() }
        let response = try await transport().send(
            TransportRequest(
                method: "POST", url: server.url + "/x?a=1",
                headers: [("X-Amz-Target", "T.Op"), ("Content-Type", "text/plain")],
                body: Array("body".utf8)))
        #expect(response.status == 404)
        #expect(response.headers["x-one"] == "second")
        #expect(response.headers["empty"] == "")
        #expect(String(decoding: response.body, as: UTF8.self) == "{\"a\":1}")
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("POST /x?a=1 HTTP/1.1\r\n"))
        #expect(request.header("x-amz-target") == "T.Op")
        #expect(request.header("user-agent") == "bedrock-quota-exporter/1.2.3")
        #expect(request.header("accept-encoding") == "identity")
        #expect(request.header("authorization") == nil)
        #expect(request.body == Array("body".utf8))
    }

    @Test("methods and empty bodies are sent as asked", arguments: ["GET", "POST", "PUT"])
    func methods(method: String) async throws {
        let server = try LoopbackServer { _ in [.answer("ok")] }
        defer { server.stop() }
        let response = try await transport().send(
            TransportRequest(method: method, url: server.url + "/latest"))
        #expect(response.status == 200)
        let request = try #require(server.requests.first)
        #expect(request.head.hasPrefix("\(method) /latest HTTP/1.1"))
        #expect(request.header("content-length") == (method == "GET" ? nil : "0"))
    }

    @Test("a connection is used again, also by a handle that had another request before")
    func keepAlive() async throws {
        let server = try LoopbackServer { _ in [.answer("ok")] }
        defer { server.stop() }
        let transport = try transport()
        for number in 0..<20 {
            let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "s", sessionToken: "t")
            let signing =
                number.isMultiple(of: 2)
                ? SigningScope(service: "sts", region: "us-east-1", credentials: keys) : nil
            _ = try await transport.send(TransportRequest(method: "POST", url: server.url, signing: signing))
        }
        #expect(server.connections == 1)
        for (number, request) in server.requests.enumerated() {
            #expect((request.header("authorization") != nil) == number.isMultiple(of: 2))
            #expect((request.header("x-amz-security-token") != nil) == number.isMultiple(of: 2))
        }
    }

    @Test("a connection that the server closed meanwhile is replaced")
    func staleConnection() async throws {
        let server = try LoopbackServer { _ in [.answer("ok"), .close] }
        defer { server.stop() }
        let transport = try transport()
        for _ in 0..<5 {
            #expect(try await transport.send(TransportRequest(method: "GET", url: server.url)).status == 200)
        }
        #expect(server.connections == 5)
    }

    @Test("a server that never answers ends in a timeout of the asked length")
    func timeout() async throws {
        let server = try LoopbackServer { _ in [.wait(milliseconds: 120_000), .close] }
        defer { server.stop() }
        let error = await failure(
            try transport(), TransportRequest(method: "GET", url: server.url, timeout: .milliseconds(300)))
        guard case .timedOut(let host, let seconds) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(host == "127.0.0.1:\(server.port)")
        #expect((0.3..<60).contains(seconds))
    }

    @Test("a body that drips in is cut off by the total timeout")
    func slowBody() async throws {
        let server = try LoopbackServer { _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")]
                + (0..<1200).flatMap { _ in [.send("x"), .wait(milliseconds: 50)] as [LoopbackServer.Step] }
        }
        defer { server.stop() }
        let error = await failure(
            try transport(), TransportRequest(method: "GET", url: server.url, timeout: .milliseconds(400)))
        #expect(error?.failureCode == "timeout")
    }

    @Test("a stalled transfer is given up after the low-speed time")
    func lowSpeed() async throws {
        let server = try LoopbackServer { _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx"), .wait(milliseconds: 120_000)]
        }
        defer { server.stop() }
        let error = await failure(
            try transport { $0.lowSpeedSeconds = 1 },
            TransportRequest(method: "GET", url: server.url, timeout: .seconds(110)))
        #expect(error?.failureCode == "timeout")
    }

    @Test(
        "an answer that breaks off is a failure, never a short body",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
            "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nX: y\r\n", "HTTP/1.1 200 OK", "HTTP", "",
            "garbage\r\n\r\n",
        ])
    func cut(answer: String) async throws {
        let server = try LoopbackServer { _ in [.send(answer), .close] }
        defer { server.stop() }
        let error = await failure(try transport(), TransportRequest(method: "GET", url: server.url))
        #expect(error?.failureCode == "connection_failed")
    }

    @Test("a reset connection is a failure")
    func reset() async throws {
        let server = try LoopbackServer { _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1"), .reset]
        }
        defer { server.stop() }
        let error = await failure(try transport(), TransportRequest(method: "GET", url: server.url))
        #expect(error?.failureCode == "connection_failed")
    }

    @Test("bytes beyond the content length do not reach the answer")
    func excess() async throws {
        let server = try LoopbackServer { _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"), .close]
        }
        defer { server.stop() }
        let response = try await transport().send(TransportRequest(method: "GET", url: server.url))
        #expect(response.body == Array("abc".utf8))
    }

    @Test(
        "an answer above the limit is refused, announced or not",
        arguments: ["Content-Length: 1001\r\n", "Transfer-Encoding: chunked\r\n", ""])
    func oversized(header: String) async throws {
        let filler = String(repeating: "x", count: 1001)
        let server = try LoopbackServer { _ in
            let body = header.hasPrefix("T") ? "3e9\r\n\(filler)\r\n0\r\n\r\n" : filler
            return [.send("HTTP/1.1 200 OK\r\n\(header)\r\n\(body)"), .close]
        }
        defer { server.stop() }
        let transport = try transport()
        let error = await failure(
            transport, TransportRequest(method: "GET", url: server.url, maximumResponseBytes: 1000))
        #expect(error == .responseTooLarge(host: "127.0.0.1:\(server.port)", limitBytes: 1000))
        let whole = try await transport.send(
            TransportRequest(method: "GET", url: server.url, maximumResponseBytes: 1001))
        #expect(whole.body.count == 1001)
    }

    @Test("endless headers are refused")
    func headerFlood() async throws {
        let line = "X-Filler: \(String(repeating: "y", count: 1000))\r\n"
        let server = try LoopbackServer { _ in
            [.send("HTTP/1.1 200 OK\r\n")] + (0..<100).map { _ in .send(line) } + [.close]
        }
        defer { server.stop() }
        let error = await failure(try transport(), TransportRequest(method: "GET", url: server.url))
        #expect(error?.failureCode == "response_too_large")
    }

    @Test("an interim answer is passed over")
    func interim() async throws {
        let server = try LoopbackServer { _ in
            [
                .send("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"),
                .answer("ok", headers: "X-Late: 2\r\n"),
            ]
        }
        defer { server.stop() }
        let response = try await transport().send(TransportRequest(method: "GET", url: server.url))
        #expect(response.status == 200)
        #expect(response.headers["x-early"] == nil)
        #expect(response.headers["x-late"] == "2")
    }

    @Test("trailers are not taken for headers")
    func trailers() async throws {
        let server = try LoopbackServer { _ in
            [
                .send("HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
                .send("2\r\nok\r\n0\r\nX-A: 2\r\nX-B: 3\r\n\r\n"),
            ]
        }
        defer { server.stop() }
        let response = try await transport().send(TransportRequest(method: "GET", url: server.url))
        #expect(response.body == Array("ok".utf8))
        #expect(response.headers["x-a"] == "1")
        #expect(response.headers["x-b"] == nil)
    }

    @Test("connections are not inherited by programs that are started")
    func closeOnExec() async throws {
        let server = try LoopbackServer { _ in [.answer("ok")] }
        defer { server.stop() }
        let transport = try transport()
        _ = try await transport.send(TransportRequest(method: "GET", url: server.url))
        var toServer = 0
        for descriptor in 0..<Int32(256) {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getpeername(descriptor, $0, &length) == 0
                }
            }
            guard isConnected, Int(UInt16(bigEndian: address.sin_port)) == server.port else { continue }
            toServer += 1
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
        #expect(toServer == 1)
    }

    @Test("a redirect is an answer and is not followed")
    func redirect() async throws {
        let server = try LoopbackServer { _ in
            [.answer("", status: "302 Found", headers: "Location: /elsewhere\r\n")]
        }
        defer { server.stop() }
        let response = try await transport().send(TransportRequest(method: "GET", url: server.url))
        #expect(response.status == 302)
        #expect(server.requests.count == 1)
    }

    @Test("a closed port cannot be connected to")
    func refused() async throws {
        let server = try LoopbackServer { _ in [] }
        let url = server.url
        server.stop()
        var error: TransportError?
        // The listener closes in its own thread.
        for _ in 0..<6000 {
            error = await failure(
                try transport(), TransportRequest(method: "GET", url: url, timeout: .seconds(1)))
            if error?.failureCode == "cannot_connect" { break }
            usleep(10_000)
        }
        #expect(error?.failureCode == "cannot_connect")
    }

    @Test(
        "what must not be sent is refused before it is",
        arguments: [
            ("ftp://127.0.0.1/x", [("A", "b")]), ("file:///etc/passwd", []),
            ("http://user:pw@127.0.0.1/", []),
            ("http://127.0.0.1:99999/", []), ("http:///", []), ("not a url", []),
            ("http://127.0.0.1/a b", []), ("http://127.0.0.1/\r\nX: y", []),
            ("http://127.0.0.1/", [("A", "b\r\nC: d")]),
            ("http://127.0.0.1/", [("A", "")]), ("http://127.0.0.1/", [("", "b")]),
        ] as [(String, [(String, String)])])
    func badRequests(url: String, headers: [(String, String)]) async throws {
        let request = TransportRequest(
            method: "GET", url: url, headers: headers.map { (name: $0.0, value: $0.1) })
        let error = await failure(try transport(), request)
        #expect(error?.failureCode == "bad_request", "\(String(describing: error))")
    }

    @Test("a body above the limit is refused")
    func largeBody() async throws {
        let request = TransportRequest(
            method: "POST", url: "http://127.0.0.1:1/", body: [UInt8](repeating: 0, count: 1 << 20))
        #expect(await failure(try transport(), request)?.failureCode == "bad_request")
    }

    @Test("a cancelled task ends its transfer and closes the connection")
    func cancellation() async throws {
        let arrived = Mutex(false)
        let server = try LoopbackServer { _ in
            arrived.withLock { $0 = true }
            return [.wait(milliseconds: 120_000), .answer("late")]
        }
        defer { server.stop() }
        let transport = try transport()
        let url = server.url
        let task = Task { await failure(transport, TransportRequest(method: "GET", url: url)) }
        while !arrived.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        let start = ContinuousClock.now
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(start.duration(to: .now) < .seconds(60))
    }

    @Test("a task that was cancelled before sends nothing, and waiting ones are let go")
    func earlyCancellation() async throws {
        let isReleased = Mutex(false)
        let server = try LoopbackServer { _ in
            for _ in 0..<12_000 where !isReleased.withLock({ $0 }) { usleep(5000) }
            return [.answer("ok")]
        }
        defer { server.stop() }
        let transport = try transport { $0.maximumConcurrent = 1 }
        let url = server.url
        let first = Task { await failure(transport, TransportRequest(method: "GET", url: url)) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        let waiting = Task { await failure(transport, TransportRequest(method: "GET", url: url)) }
        try await Task.sleep(for: .milliseconds(20))
        waiting.cancel()
        #expect(await waiting.value == .cancelled)
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure(transport, TransportRequest(method: "GET", url: url))
        }
        #expect(await early.value == .cancelled)
        isReleased.withLock { $0 = true }
        #expect(await first.value == nil)
        #expect(server.requests.count == 1)
    }

    @Test("cancelling at any moment leaves nobody waiting and mixes up no answers")
    func cancellationStorm() async throws {
        let server = try LoopbackServer { request in
            [.wait(milliseconds: request.number % 4), .answer(String(decoding: request.body, as: UTF8.self))]
        }
        defer { server.stop() }
        let transport = try transport {
            $0.maximumConcurrent = 8
            $0.maximumConcurrentPerHost = 4
        }
        let url = server.url
        let outcomes = await withTaskGroup(of: String.self) { group in
            for number in 0..<300 {
                group.addTask {
                    let task = Task { () async throws(TransportError) -> Bool in
                        let request = TransportRequest(
                            method: "POST", url: url, body: Array("n\(number)".utf8))
                        return try await transport.send(request).body == Array("n\(number)".utf8)
                    }
                    if number.isMultiple(of: 2) {
                        if number.isMultiple(of: 4) { try? await Task.sleep(for: .microseconds(number * 40)) }
                        task.cancel()
                    }
                    switch await task.result {
                    case .success(let isOwn): return isOwn ? "own" : "other"
                    case .failure(let error): return (error as? TransportError)?.failureCode ?? "unknown"
                    }
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(Set(outcomes.keys).isSubset(of: ["own", "cancelled"]))
        #expect(outcomes.values.reduce(0, +) == 300)
        #expect(outcomes["own", default: 0] >= 150)
    }

    @Test("many requests run at once, no more than allowed, and each gets its own answer")
    func concurrency() async throws {
        let server = try LoopbackServer { request in
            [.wait(milliseconds: 30), .answer(String(decoding: request.body, as: UTF8.self))]
        }
        defer { server.stop() }
        let transport = try transport {
            $0.maximumConcurrent = 6
            $0.maximumConcurrentPerHost = 6
        }
        let url = server.url
        let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<120 {
                group.addTask {
                    let request = TransportRequest(method: "POST", url: url, body: Array("n\(number)".utf8))
                    return (number, String(decoding: try await transport.send(request).body, as: UTF8.self))
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers.count == 120)
        for (number, answer) in answers { #expect(answer == "n\(number)") }
        #expect(server.mostConcurrent <= 6)
        #expect(server.mostConcurrent >= 2)
        #expect(server.connections <= 6)
    }

    @Test("a host that hangs leaves room for the others", .timeLimit(.minutes(5)))
    func perHostLimit() async throws {
        let dead = try LoopbackServer { _ in [.wait(milliseconds: 120_000), .close] }
        let live = try LoopbackServer { _ in [.answer("ok")] }
        defer {
            dead.stop()
            live.stop()
        }
        let transport = try transport {
            $0.maximumConcurrent = 3
            $0.maximumConcurrentPerHost = 2
        }
        let deadURL = dead.url
        let stuck = (0..<6).map { _ in
            Task {
                let request = TransportRequest(method: "GET", url: deadURL, timeout: .seconds(110))
                return await failure(transport, request)
            }
        }
        while dead.requests.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await transport.send(TransportRequest(method: "GET", url: live.url)).status == 200)
        #expect(dead.requests.count == 2, "those that hang still hang")
        for task in stuck { task.cancel() }
    }

    @Test("one request more than may wait is refused")
    func waitingLimit() async throws {
        let isReleased = Mutex(false)
        let server = try LoopbackServer { _ in
            for _ in 0..<12_000 where !isReleased.withLock({ $0 }) { usleep(5000) }
            return [.answer("ok")]
        }
        defer { server.stop() }
        let transport = try transport {
            $0.maximumConcurrent = 1
            $0.maximumWaiting = 2
        }
        let url = server.url
        let outcomes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    await failure(transport, TransportRequest(method: "GET", url: url))?.failureCode ?? "none"
                }
            }
            var outcomes = [String: Int]()
            for await outcome in group {
                outcomes[outcome, default: 0] += 1
                if outcomes["bad_request"] == 7 { isReleased.withLock { $0 = true } }
            }
            return outcomes
        }
        // One runs and two wait; when all arrive before the first runs, only the two are taken.
        #expect(outcomes == ["none": 3, "bad_request": 7] || outcomes == ["none": 2, "bad_request": 8])
    }

    @Test("a signed request carries scope, token and the skewed time, and an unreadable key never shows")
    func signing() async throws {
        let server = try LoopbackServer { _ in [.answer("ok")] }
        defer { server.stop() }
        let keys = AWSCredentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "se:cr/et+", sessionToken: "to/ken==")
        let request = TransportRequest(
            method: "POST", url: server.url + "/", headers: [("Content-Type", "application/x-amz-json-1.0")],
            body: Array("{}".utf8),
            signing: SigningScope(
                service: "monitoring", region: "ap-southeast-3", credentials: keys,
                clockSkewSeconds: -86_400 * 10))
        _ = try await transport().send(request)
        let sent = try #require(server.requests.first)
        let date = try #require(sent.header("x-amz-date"))
        let skewed = SigningTime.text(epochSeconds: time(nil) - 86_400 * 10)
        #expect(date.prefix(8) == skewed.prefix(8))
        #expect(sent.header("x-amz-security-token") == "to/ken==")
        let authorization = try #require(sent.header("authorization"))
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\(date.prefix(8))/ap-southeast-3/monitoring/aws4_request, "
                    + "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="))
        #expect(!sent.head.contains("se:cr/et+"))
    }

    @Test("an answer of 401 or 403 to a signed request is handed over as it is", arguments: [401, 403])
    func denied(status: Int) async throws {
        let server = try LoopbackServer { _ in
            [.answer("no", status: "\(status) No", headers: "WWW-Authenticate: Basic realm=\"x\"\r\n")]
        }
        defer { server.stop() }
        let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "s")
        let response = try await transport().send(
            TransportRequest(
                method: "POST", url: server.url, body: Array("{}".utf8),
                signing: SigningScope(service: "sts", region: "us-east-1", credentials: keys)))
        #expect(response.status == status)
        #expect(server.requests.count == 1)
    }

    @Test("a CA bundle that cannot be read is told at the start")
    func missingBundle() {
        #expect(throws: TransportError.self) {
            try CurlTransport(CurlOptions(environment: ["AWS_CA_BUNDLE": "/nonexistent/ca.pem"]))
        }
    }

    @Test(
        "the CA bundle is the given one, else AWS_CA_BUNDLE, else SSL_CERT_FILE",
        arguments: [
            ("a", ["AWS_CA_BUNDLE": "b", "SSL_CERT_FILE": "c"], "a"),
            (nil, ["AWS_CA_BUNDLE": "b", "SSL_CERT_FILE": "c"], "b"), ("", ["SSL_CERT_FILE": "c"], "c"),
            (nil, ["AWS_CA_BUNDLE": ""], nil),
        ] as [(String?, [String: String], String?)])
    func bundle(given: String?, environment: [String: String], expected: String?) {
        #expect(CurlOptions(caBundle: given, environment: environment).caBundle == expected)
    }

    @Test("a transport that is let go ends its thread and its connections")
    func release() async throws {
        let server = try LoopbackServer { _ in [.answer("ok")] }
        defer { server.stop() }
        let before = threads()
        for _ in 0..<20 {
            let transport = try transport()
            _ = try await transport.send(TransportRequest(method: "GET", url: server.url))
        }
        var left = threads()
        for _ in 0..<3000 where left > before + 10 {
            usleep(20_000)
            left = threads()
        }
        #expect(left <= before + 10)
    }

    private func threads() -> Int {
        guard let directory = opendir("/proc/self/task") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
