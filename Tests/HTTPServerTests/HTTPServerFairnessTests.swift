import Dispatch
import Testing

@testable import HTTPServer

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
