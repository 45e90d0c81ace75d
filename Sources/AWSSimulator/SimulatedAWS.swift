import HTTPServer
import Synchronization

/// CloudWatch, Service Quotas, Bedrock and STS on a loopback port, told apart by the credential scope of each
/// request; the edge that binds the simulated services to HTTP.
package final class SimulatedAWS: Sendable {
    /// GetMetricData with 500 queries takes about 200 KB.
    static let maximumRequestBytes = 4 << 20
    static let maximumConnections = 256
    static let drainLimit = Duration.milliseconds(200)

    /// What was asked so far.
    package let log = RequestLog()
    /// What stands between the services and their clients; nothing, unless a test puts something there.
    package let hook = Mutex<(any SimulatorHook)?>(nil)

    private let world: Mutex<SimulatedWorld>
    private let clock: @Sendable () -> Double
    private let server = Mutex<HTTPServer?>(nil)

    /// `clock` gives Unix seconds; it decides how much traffic there is so far, and may run at any speed.
    package init(scenario: SimulatedScenario, clock: @escaping @Sendable () -> Double) {
        world = Mutex(SimulatedWorld(scenario))
        self.clock = clock
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

    /// Answers a request without a socket, with hook and log; how it is sent is for the caller.
    package func respond(to request: SimulatedRequest) -> SimulatedResponse {
        let (current, hook) = (world.withLock { $0 }, hook.withLock { $0 })
        let (response, entry) = current.respond(to: request, now: now, hook: hook)
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

    /// Stops listening; requests that are not answered are cut.
    package func stop() async {
        let running = server.withLock { server in
            defer { server = nil }
            return server
        }
        await running?.stop(drain: Self.drainLimit)
    }

    /// Kept between 1970 and 2100, so that no clock of a test leads to times that cannot be computed with.
    private var now: Double {
        let time = clock()
        return time.isFinite ? min(max(0, time), 4_102_444_800) : 0
    }

    private func serve(_ request: HTTPRequest) async -> HTTPResponse {
        let response = respond(
            to: SimulatedRequest(
                method: request.method, path: request.path, query: request.query,
                headers: request.headers.fields,
                body: request.body))
        let answer = HTTPResponse(
            status: response.status, headers: response.headers, body: .bytes(response.body))
        return await response.delivery?(answer) ?? answer
    }
}

/// Changes what the services answer, so that a test can let AWS or the network fail.
package protocol SimulatorHook: Sendable {
    /// The answer to a request that was accepted; `services` gives the right one.
    func answer(
        _ request: SimulatedRequest, _ operation: SimulatedOperation, region: String,
        services: () -> SimulatedResponse
    ) -> SimulatedResponse
}

/// One HTTP request in plain values, so that the services can be tried without a socket.
package struct SimulatedRequest: Sendable {
    package var method: String
    /// Percent-decoded, without the query.
    package var path: String
    /// Decoded parameters in order.
    package var query: [(name: String, value: String)]
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        method: String = "POST", path: String = "/", query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first value of a header; `name` is in lower case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }

    /// The first query parameter of this name.
    func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

/// One HTTP answer in plain values.
package struct SimulatedResponse: Sendable {
    /// The same for every answer: nobody looks a simulated request up.
    static let requestID = "01234567-89ab-cdef-0123-456789abcdef"

    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Another way to send it than at once and whole.
    package var delivery: (@Sendable (HTTPResponse) async -> HTTPResponse)?

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
