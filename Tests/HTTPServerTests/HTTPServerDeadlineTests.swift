import Testing

@testable import HTTPServer

@Suite("HTTP server deadlines")
struct HTTPServerDeadlineTests {
    private func limits(_ change: (inout HTTPServerLimits) -> Void) -> HTTPServerLimits {
        var limits = HTTPServerLimits()
        change(&limits)
        return limits
    }

    @Test("A slow header is answered with 408, however steadily it drips")
    func slowHeader() async throws {
        let limits = limits { $0.headerDeadline = .milliseconds(200) }
        try await withServer(limits: limits) { port in
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/1.1\r\n")
            let head = try dripUntilAnswered(client)
            #expect(head.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
        }
    }

    /// Sends a header byte every 20 ms until the server answers, for longer than a client waits for an answer.
    /// Were the deadline moved by each byte, there would be none.
    private func dripUntilAnswered(_ client: BlockingClient) throws -> String {
        let dripping = Recorder<Bool>()
        let sender = Task.detached {
            for _ in 0..<6000 where dripping.values.isEmpty {
                try client.send("x")
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        defer { sender.cancel() }
        let head = String(decoding: try client.read(), as: UTF8.self)
        dripping.add(true)
        return head
    }

    @Test("A slow body is answered with 408")
    func slowBody() async throws {
        let limits = limits { $0.bodyDeadline = .milliseconds(100) }
        try await withServer(limits: limits) { port in
            let client = try BlockingClient(port: port)
            try client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx")
            #expect(try client.readToEnd().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test("An idle connection is closed without a word, before and between requests")
    func idle() async throws {
        // Long enough for a request to be sent on a busy machine.
        let limits = limits { $0.idleDeadline = .seconds(1) }
        try await withServer(limits: limits) { port in
            let client = try BlockingClient(port: port)
            #expect(try client.readToEnd() == "")
            let second = try BlockingClient(port: port)
            try second.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try second.response().status == 200)
            #expect(try second.readToEnd() == "")
        }
    }

    @Test("A handler may take longer than every read deadline")
    func slowHandler() async throws {
        let limits = limits {
            $0.idleDeadline = .seconds(1)
            $0.headerDeadline = .seconds(1)
            $0.bodyDeadline = .seconds(1)
            $0.writeDeadline = .seconds(1)
        }
        try await withServer(limits: limits) { _ in
            try? await Task.sleep(for: .milliseconds(2500))
            return .text(200, "late")
        } _: { port in
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().text == "late")
        }
    }

    @Test("A client that never reads is cut at the write deadline")
    func neverReads() async throws {
        let limits = limits { $0.writeDeadline = .milliseconds(200) }
        let recorder = Recorder<HTTPServerEvent>()
        let body = [UInt8](repeating: 0x61, count: 32 << 20)
        try await withServer(
            limits: limits, handler: { _ in .json(200, body) }, onEvent: { recorder.add($0) }
        ) { port in
            let client = try BlockingClient(port: port, receiveBuffer: 4096)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for _ in 0..<600 where recorder.values.isEmpty { pause() }
            #expect(
                recorder.values == [
                    .cut(
                        remoteAddress: "127.0.0.1",
                        reason: "the client took too little within the write deadline")
                ])
        }
    }

    @Test("A client that reads slowly but steadily gets everything")
    func readsSlowly() async throws {
        let limits = limits { $0.writeDeadline = .seconds(3) }
        let body = [UInt8](repeating: 0x61, count: 24 << 20)
        try await withServer(limits: limits, handler: { _ in .json(200, body) }) { port in
            let client = try BlockingClient(port: port, receiveBuffer: 65536)
            try client.send("GET / HTTP/1.0\r\n\r\n")
            var count = 0
            let start = ContinuousClock.now
            while true {
                let more = try client.read(upTo: 1 << 20)
                if more.isEmpty { break }
                count += more.count
                // Longer than the deadline in all, each pause far below it.
                if ContinuousClock.now - start < .seconds(4) { pause(milliseconds: 10) }
            }
            #expect(count > body.count)
        }
    }

    @Test("Dripping clients do not hold up others")
    func slowloris() async throws {
        // Longer than a client waits for its answer: who is held up until then fails.
        let limits = limits { $0.headerDeadline = .seconds(300) }
        try await withServer(limits: limits) { port in
            let slow = try (0..<100).map { _ in
                let client = try BlockingClient(port: port)
                try client.send("GET / HTTP/1.1\r\nX: ")
                return client
            }
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().status == 200)
            for client in slow { client.resetOnClose() }
        }
    }
}

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
