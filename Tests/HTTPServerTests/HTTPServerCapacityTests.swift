import Dispatch
import Testing

@testable import HTTPServer

@Suite("HTTP server capacity")
struct HTTPServerCapacityTests {
    @Test("A connection beyond the cap takes the place of the one that has waited longest for its client")
    func evicts() async throws {
        var limits = HTTPServerLimits()
        limits.connections = 3
        try await withServer(limits: limits) { port in
            let slow = try BlockingClient(port: port)
            try slow.send("GET / HTTP/1.1\r\nHost:")
            pause()
            let clients = try (0..<2).map { _ in try BlockingClient(port: port) }
            for client in clients {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response().status == 200)
            }
            let last = try BlockingClient(port: port)
            try last.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try last.response().status == 200)
            #expect(((try? slow.read().count) ?? 0) == 0)
            for client in clients + [last] {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response().status == 200)
            }
        }
    }

    @Test(
        "Who has sent most of an incomplete request gives its place first, though another has waited longer")
    func evictsByBytes() async throws {
        var limits = HTTPServerLimits()
        limits.connections = 2
        try await withServer(limits: limits) { port in
            let idle = try BlockingClient(port: port)
            try idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try idle.response().status == 200)
            pause()
            let slow = try BlockingClient(port: port)
            try slow.send("GET / HTTP/1.1\r\nHost:")
            pause()
            for client in [try BlockingClient(port: port), idle] {
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try client.response().status == 200)
            }
            #expect(((try? slow.read().count) ?? 0) == 0)
        }
    }

    @Test(
        "A connection beyond the cap is told 503 while all others are being answered; a freed place is given out"
    )
    func connections() async throws {
        var limits = HTTPServerLimits()
        limits.connections = 2
        let gate = Gate()
        let server = HTTPServer(limits: limits) { _ in
            await gate.pass()
            return .text(200, "done")
        }
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let clients = try await blocking {
            try (0..<2).map { _ in
                let client = try BlockingClient(port: port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return client
            }
        }
        await gate.arrived(2)
        try await blocking {
            let refused = try BlockingClient(port: port)
            try refused.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let text = try refused.readToEnd()
            #expect(
                text.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n")
                    && text.hasSuffix("too many connections\n"))
        }
        await gate.open()
        try await blocking {
            for client in clients { #expect(try client.response().text == "done") }
            let next = try BlockingClient(port: port)
            try next.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try next.response().status == 200)
        }
        await server.stop(drain: .zero)
    }

    @Test("Even refused connections are bounded")
    func refusedConnections() async throws {
        var limits = HTTPServerLimits()
        limits.connections = 0
        let refused = limits.refusedConnections
        #expect(refused < 100)
        let recorder = Recorder<HTTPServerEvent>()
        try await withServer(limits: limits, onEvent: { recorder.add($0) }) { port in
            let clients = try (0..<100).map { _ in try BlockingClient(port: port) }
            // No client closes, so every refused one lingers; those beyond the bound get no answer.
            let answers = clients.map { (try? $0.read().count) ?? 0 }
            #expect(answers.filter { $0 > 0 }.count == refused)
            #expect(
                recorder.values.filter { if case .connectionRefused = $0 { true } else { false } }.count
                    == 100)
        }
    }

    @Test("A request beyond those in flight is told 503, the others are answered")
    func requestsInFlight() async throws {
        var limits = HTTPServerLimits()
        limits.requestsInFlight = 2
        let gate = Gate()
        let server = HTTPServer(limits: limits) { _ in
            await gate.pass()
            return .text(200, "done")
        }
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let clients = try await blocking {
            try (0..<2).map { _ in
                let client = try BlockingClient(port: port)
                try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return client
            }
        }
        await gate.arrived(2)
        try await blocking {
            let refused = try BlockingClient(port: port)
            try refused.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            let text = try refused.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 503 ") && text.hasSuffix("\r\n\r\n"))
        }
        await gate.open()
        try await blocking {
            for client in clients { #expect(try client.response().text == "done") }
            for client in clients { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
            for client in clients { #expect(try client.response().text == "done") }
        }
        await server.stop(drain: .zero)
    }

    @Test("Incomplete requests together are bounded, and finished ones are forgotten")
    func bufferedBytes() async throws {
        var limits = HTTPServerLimits()
        limits.bufferedBytes = 100_000
        try await withServer(limits: limits) { port in
            let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n"
            let body = [UInt8](repeating: 0x61, count: 60_000)
            let first = try BlockingClient(port: port)
            try first.send(head)
            try first.send(body)
            pause()
            let second = try BlockingClient(port: port)
            try second.send(head)
            try second.send(body)
            #expect(try second.readToEnd().hasPrefix("HTTP/1.1 503 "))
            try first.send(Array(body[..<30_000]))
            #expect(try first.response().status == 200)
            let third = try BlockingClient(port: port)
            try third.send(head)
            try third.send(body)
            try third.send(Array(body[..<30_000]))
            #expect(try third.response().status == 200)
        }
    }

    @Test("200 clients at once are all answered, several times")
    func manyClients() async throws {
        var limits = HTTPServerLimits()
        limits.requestsInFlight = 200
        try await withServer(limits: limits) { port in
            let clients = try (0..<200).map { _ in try BlockingClient(port: port) }
            for round in 0..<5 {
                for (index, client) in clients.enumerated() {
                    try client.send("GET /\(round)/\(index) HTTP/1.1\r\nHost: a\r\n\r\n")
                }
                var statuses: [Int: Int] = [:]
                for (index, client) in clients.enumerated() {
                    let response = try client.response()
                    statuses[response.status, default: 0] += 1
                    if response.status == 200 { #expect(response.text == "GET /\(round)/\(index) ") }
                }
                #expect(statuses == [200: 200])
            }
        }
    }

    @Test("A handler is cancelled when its client breaks off, and its place is freed")
    func cancelsHandler() async throws {
        var limits = HTTPServerLimits()
        limits.requestsInFlight = 1
        let cancelled = Recorder<Bool>()
        let gate = Gate()
        await gate.open()
        let server = HTTPServer(limits: limits) { request in
            guard request.path == "/slow" else { return .text(200, "free") }
            await gate.pass()
            do { try await Task.sleep(for: .seconds(300)) } catch { cancelled.add(true) }
            return .text(200, "nobody reads this")
        }
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let client = try await blocking {
            let client = try BlockingClient(port: port)
            try client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            client.resetOnClose()
            return client
        }
        await gate.arrived(1)
        _ = consume client
        let wasCancelled = try await eventually { cancelled.values == [true] }
        #expect(wasCancelled)
        let status = try await blocking {
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return try client.response().status
        }
        #expect(status == 200)
        await server.stop(drain: .zero)
    }

    @Test("Connections that come and go in any state leave nothing behind")
    func churn() async throws {
        var limits = HTTPServerLimits()
        limits.connections = 20
        try await withServer(limits: limits) { port in
            for round in 0..<200 {
                let client = try BlockingClient(port: port)
                if round % 3 == 0 { try client.send("GET / HT") }
                if round % 3 == 1 { try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
                if round % 2 == 0 { client.resetOnClose() }
            }
            pause()
            let client = try BlockingClient(port: port)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.response().status == 200)
        }
    }
}

@Suite("HTTP server fairness")
struct HTTPServerFairnessTests {
    @Test(
        "who sent least of its request is served first, then who was served the longest time ago",
        arguments: [
            ((0, 9), (1, 1), true), ((1, 1), (0, 9), false), ((5, 1), (5, 2), true), ((5, 2), (5, 1), false),
            ((0, 0), (0, 0), false),
        ])
    func order(one: (Int, Int), other: (Int, Int), isFirst: Bool) {
        let claims = [one, other].map { HTTPTurnClaim(receivedBytes: $0.0, servedInTurn: $0.1) }
        #expect((claims[0] < claims[1]) == isFirst)
    }

    /// Holds the event loop whenever a client sends what is no HTTP.
    private final class Brake: Sendable {
        let statuses = Recorder<Int>()
        private let held = DispatchSemaphore(value: 0)
        private let released = DispatchSemaphore(value: 0)

        func note(_ event: HTTPServerEvent) {
            guard case .rejected(_, let status, _) = event else { return }
            statuses.add(status)
            // Clients that leave in the middle of a body are told 400 as well, when nobody releases any more.
            guard status == 400, statuses.values.filter({ $0 == 400 }).count <= 2 else { return }
            held.signal()
            released.wait()
        }

        func waitUntilHeld() { held.wait() }
        func release() { released.signal() }
    }

    @Test("Requests that arrive while the bodies of others come in wait for a bounded number of bytes only")
    func newcomers() async throws {
        // More than a turn moves and the newcomers wait for, less than all others have ready.
        var limits = HTTPServerLimits()
        limits.bufferedBytes = 2 * HTTPServerLimits.bytesPerTurn
        let brake = Brake()
        try await withServer(limits: limits, onEvent: brake.note) { port in
            let senders = try (0..<100).map { _ in try BlockingClient(port: port) }
            for sender in senders {
                try sender.send(
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n\r\n")
                #expect(try sender.response().status == 100)
            }
            let newcomers = try (0..<4).map { _ in try BlockingClient(port: port) }
            let brakes = try (0..<2).map { _ in try BlockingClient(port: port) }
            try brakes[0].send("\u{1}")
            brake.waitUntilHeld()
            // All of this is ready when the loop looks again; it serves the second brake first.
            for sender in senders {
                try sender.send([UInt8](repeating: 0x78, count: 2 * HTTPServerLimits.readBytes))
            }
            try brakes[1].send("\u{1}")
            brake.release()
            brake.waitUntilHeld()
            for newcomer in newcomers { try newcomer.send("GET / HTTP/9.9\r\nHost: a\r\n\r\n") }
            brake.release()
            for newcomer in newcomers { #expect(try newcomer.response().status == 505) }
        }
        // The rest is refused once too much of it is held.
        #expect(brake.statuses.values.prefix(6) == [400, 400, 505, 505, 505, 505])
    }
}
