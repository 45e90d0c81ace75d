import Testing

@testable import HTTPServer

@Suite("HTTP server stop")
struct HTTPServerStopTests {
    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("Stopping refuses new connections and closes idle ones at once")
    func idle() async throws {
        let server = HTTPServer(handler: echo)
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let client = try await blocking { [get] in
            let client = try BlockingClient(port: port)
            try client.send(get)
            #expect(try client.response().status == 200)
            return client
        }
        let start = ContinuousClock.now
        await server.stop(drain: .seconds(300))
        #expect(ContinuousClock.now - start < .seconds(60))
        try await blocking {
            let rest = try client.readToEnd()
            #expect(rest == "")
            #expect(throws: BlockingClient.Failure.self) { try BlockingClient(port: port) }
        }
    }

    @Test("A running request is finished within the drain, and its connection closed")
    func drains() async throws {
        let gate = Gate()
        let server = HTTPServer { _ in
            await gate.pass()
            return .text(200, "finished")
        }
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let client = try await blocking { [get] in
            let client = try BlockingClient(port: port)
            try client.send(get + get)
            return client
        }
        await gate.arrived(1)
        async let stopped: Void = server.stop(drain: .seconds(100))
        async let stoppedToo: Void = server.stop(drain: .seconds(200))
        try await blocking {
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end, (try? BlockingClient(port: port)) != nil { pause() }
            #expect(ContinuousClock.now < end, "nobody may connect while the last request runs")
        }
        await gate.open()
        let text = try await blocking { try client.readToEnd() }
        #expect(text.contains("\r\nConnection: close\r\n") && text.hasSuffix("\r\n\r\nfinished"))
        #expect(!text.dropFirst().contains("HTTP/1.1"), "the pipelined second request is not begun")
        _ = await (stopped, stoppedToo)
    }

    @Test("What still runs at the drain deadline is cancelled and cut")
    func deadline() async throws {
        let cancelled = Recorder<Bool>()
        let started = Gate()
        await started.open()
        let server = HTTPServer { _ in
            await started.pass()
            do { try await Task.sleep(for: .seconds(300)) } catch { cancelled.add(true) }
            return .text(200, "too late")
        }
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let client = try await blocking { [get] in
            let client = try BlockingClient(port: port)
            try client.send(get)
            return client
        }
        await started.arrived(1)
        let start = ContinuousClock.now
        await server.stop(drain: .milliseconds(100))
        #expect(ContinuousClock.now - start < .seconds(60))
        let wasCancelled = try await eventually { !cancelled.values.isEmpty }
        #expect(wasCancelled)
        await #expect(throws: BlockingClient.Failure.self) { try await blocking { try client.response() } }
    }

    @Test("A request that is half received when the stop comes is still answered")
    func halfReceived() async throws {
        let server = HTTPServer(handler: echo)
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let client = try await blocking {
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHo")
            pause()
            return client
        }
        async let stopped: Void = server.stop(drain: .seconds(5))
        let status = try await blocking {
            pause()
            try client.send("st: a\r\n\r\n")
            return try client.response().status
        }
        #expect(status == 200)
        await stopped
    }

    @Test("Stopping a server that never started returns")
    func neverStarted() async {
        await HTTPServer(handler: echo).stop(drain: .seconds(10))
    }

    @Test("The port can be taken again at once")
    func restart() async throws {
        // Another test may be given the port in between; not five times in a row.
        for attempt in 1...5 {
            let port = try await withServer { [get] port in
                let client = try BlockingClient(port: port)
                try client.send(get)
                _ = try client.response()
                return port
            }
            do {
                try await withServer(on: "127.0.0.1:\(port)") { #expect($0 == port) }
                return
            } catch  where attempt < 5 {
                continue
            }
        }
    }
}
