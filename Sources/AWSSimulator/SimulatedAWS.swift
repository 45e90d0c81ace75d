import HTTPServer
import Synchronization

/// CloudWatch, Service Quotas, Bedrock, STS and SNS on a loopback port, told apart by the credential scope of each
/// request; the edge that binds the simulated services to HTTP.
package final class SimulatedAWS: Sendable {
    /// GetMetricData with 500 queries takes about 200 KB.
    static let maximumRequestBytes = 4 << 20
    static let maximumConnections = 256
    /// A connection that a fault hangs is cut after this time at the latest.
    package static let hangLimit = Duration.seconds(120)
    static let drainLimit = Duration.milliseconds(200)

    /// What was asked so far.
    package let log = RequestLog()
    /// What goes wrong from now on.
    package let faults: FaultScript

    private let world: Mutex<SimulatedWorld>
    private let clock: @Sendable () -> Double
    private let server = Mutex<HTTPServer?>(nil)

    /// `clock` gives Unix seconds; it decides how much traffic there is so far, and may run at any speed.
    package init(
        scenario: SimulatedScenario, clock: @escaping @Sendable () -> Double,
        faults: FaultScript = FaultScript()
    ) {
        world = Mutex(SimulatedWorld(scenario))
        self.clock = clock
        self.faults = faults
    }

    /// The scenario that the next request will find.
    package var scenario: SimulatedScenario { world.withLock { $0.scenario } }

    /// Changes the scenario in one step; requests see it before or after, never in between.
    package func update(_ change: @Sendable (inout SimulatedScenario) -> Void) {
        world.withLock { world in
            var scenario = world.scenario
            change(&scenario)
            world = SimulatedWorld(scenario)
        }
    }

    /// Answers a request without a socket, faults and log included; delay and ending are for the caller to play.
    package func respond(to request: SimulatedRequest) -> SimulatedResponse {
        let current = world.withLock { $0 }
        let (response, entry) = current.respond(
            to: request, now: now,
            takeFaults: { [faults] operation, region in faults.take(operation, region: region) })
        log.record(entry)
        return response
    }

    /// Listens on a port of 127.0.0.1, by default a free one, and returns the URL `http://127.0.0.1:PORT`.
    ///
    /// Throws `HTTPServerError`, also when it listens already.
    @discardableResult
    package func start(port: UInt16 = 0) async throws -> String {
        guard server.withLock({ $0 == nil }) else { throw HTTPServerError.alreadyStarted }
        var limits = HTTPServerLimits()
        limits.bodyBytes = Self.maximumRequestBytes
        limits.connections = Self.maximumConnections
        limits.requestsInFlight = Self.maximumConnections
        let server = HTTPServer(
            limits: limits, now: { [weak self] in Int(self?.now ?? 0) },
            handler: { [weak self] request in
                guard let self else { return HTTPResponse(status: 503) }
                return await self.serve(request)
            })
        let address = try server.start(ListenAddress(host: .ipv4("127.0.0.1"), port: port))
        self.server.withLock { $0 = server }
        return "http://127.0.0.1:\(address.port)"
    }

    /// Stops listening; hanging requests are cut.
    package func stop() async {
        let running = server.withLock { server in
            defer { server = nil }
            return server
        }
        await running?.stop(drain: Self.drainLimit)
    }

    /// Kept between 1970 and 2100, so that no clock of a test leads to times that cannot be computed with.
    private var now: Double {
        let time = clock() + faults.clockSkewSeconds
        return time.isFinite ? min(max(0, time), 4_102_444_800) : 0
    }

    private func serve(_ request: HTTPRequest) async -> HTTPResponse {
        let response = respond(
            to: SimulatedRequest(
                method: request.method, path: request.path, query: request.query,
                headers: request.headers.fields,
                body: request.body))
        if response.delaySeconds > 0 { await Self.pause(.seconds(min(response.delaySeconds, 3600))) }
        switch response.ending {
        case .complete:
            return HTTPResponse(
                status: response.status, headers: response.headers, body: .bytes(response.body))
        case .never:
            await Self.pause(Self.hangLimit)
            return Self.cut(response, afterBytes: 0)
        case .cut(let bytes):
            return Self.cut(response, afterBytes: bytes)
        }
    }

    private static func pause(_ duration: Duration) async {
        // Cancelled when the client goes away; then nobody waits for the answer any more.
        do { try await Task.sleep(for: duration) } catch { return }
    }

    private struct Cut: Error {}

    /// A body that ends in an error, upon which the server cuts the connection.
    private static func cut(_ response: SimulatedResponse, afterBytes bytes: Int) -> HTTPResponse {
        let part = Array(response.body.prefix(bytes))
        let isSent = Mutex(part.isEmpty)
        let stream = HTTPBodyStream(next: {
            let wasSent = isSent.withLock { sent in
                defer { sent = true }
                return sent
            }
            guard !wasSent else { throw Cut() }
            return part
        })
        return HTTPResponse(status: response.status, headers: response.headers, body: .stream(stream))
    }
}
