import Dispatch
import Glibc
import Synchronization

/// A small HTTP/1.1 server (RFC 9110, RFC 9112) for one listening address. One thread runs the event loop;
/// handlers run as tasks. A started server lives until it is stopped.
package final class HTTPServer: Sendable {
    private enum State {
        case new
        case running(LoopMailbox, stoppers: [CheckedContinuation<Void, Never>])
        case stopped
    }

    let limits: HTTPServerLimits
    let now: @Sendable () -> Int
    let onEvent: @Sendable (HTTPServerEvent) -> Void
    let beginsAtOnce: Bool
    let admission: HTTPAdmissionCheck
    let handler: HTTPHandler
    private let state = Mutex(State.new)

    /// `now` is the wall clock in Unix seconds, for the Date header. With `beginsAtOnce` handlers run on the event loop
    /// up to their first suspension, which spares quick ones two changes of thread; whatever takes long must suspend
    /// first, as `HTTPRouter` does. `admission` is asked about each request before it counts as one in flight.
    package init(
        limits: HTTPServerLimits = HTTPServerLimits(),
        now: @escaping @Sendable () -> Int = { Int(time(nil)) },
        onEvent: @escaping @Sendable (HTTPServerEvent) -> Void = { _ in },
        beginsAtOnce: Bool = false,
        admission: @escaping HTTPAdmissionCheck = { _ in .admitted },
        handler: @escaping HTTPHandler
    ) {
        self.limits = limits
        self.now = now
        self.onEvent = onEvent
        self.beginsAtOnce = beginsAtOnce
        self.admission = admission
        self.handler = handler
    }

    /// Binds, listens and serves; returns the address with the port that the system chose.
    @discardableResult
    package func start(_ address: ListenAddress) throws(HTTPServerError) -> ListenAddress {
        let listener = try ListenSocket(address)
        let mailbox = try LoopMailbox()
        try state.withLock { state throws(HTTPServerError) in
            guard case .new = state else { throw .alreadyStarted }
            state = .running(mailbox, stoppers: [])
        }
        // A serial queue of its own has a thread of its own for as long as the loop runs. The loop and all
        // that it owns are created there and never leave it.
        DispatchQueue(label: "http-server").async {
            HTTPEventLoop(listener: listener, context: HTTPLoopContext(server: self, mailbox: mailbox)).run()
            self.ended()
        }
        return listener.address
    }

    /// Stops accepting, closes idle connections, gives running requests this long to end, then cuts the rest.
    /// Returns when every connection is closed; handlers that ignore their cancellation may still run.
    package func stop(drain: Duration) async {
        await withCheckedContinuation { continuation in
            let mailbox = state.withLock { state -> LoopMailbox? in
                guard case .running(let mailbox, let stoppers) = state else {
                    state = .stopped
                    return nil
                }
                state = .running(mailbox, stoppers: stoppers + [continuation])
                return mailbox
            }
            guard let mailbox else { return continuation.resume() }
            // A loop that has ended meanwhile resumes every stopper all the same.
            _ = mailbox.post(.stop(deadline: ContinuousClock.now + drain))
        }
    }

    private func ended() {
        let stoppers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            defer { state = .stopped }
            guard case .running(_, let stoppers) = state else { return [] }
            return stoppers
        }
        for stopper in stoppers { stopper.resume() }
    }
}

/// What an operator may want to log or count. Delivered on the event loop, so the receiver must return
/// quickly and should thin out what a hostile client can cause at will.
package enum HTTPServerEvent: Sendable, Equatable {
    /// A response was handed to the socket completely.
    case responded(remoteAddress: String, method: String, target: String, status: Int, bodyBytes: Int)
    /// The server itself answered with an error before or instead of a handler.
    case rejected(remoteAddress: String, status: Int, reason: String)
    /// The connection cap was reached.
    case connectionRefused(remoteAddress: String)
    /// The connection ended before its response did.
    case cut(remoteAddress: String, reason: String)
    /// Accepting pauses until the system allows it again, for instance because descriptors ran out.
    case acceptFailed(reason: String)
}

/// What can fail while a server is set up; the description is meant for the person who started it.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
    /// The listen address cannot be read; `reason` says what is allowed.
    case invalidAddress(String, reason: String)
    /// Somebody else listens on the address.
    case addressInUse(String)
    /// A system call failed while listening on the address.
    case listenFailed(address: String, step: String, errno: Int32)
    /// `start` was called before on this server.
    case alreadyStarted
    /// A user name or bcrypt hash is unusable; neither hash nor password is part of the reason.
    case invalidUser(String, reason: String)

    /// What was attempted, on what, and why it failed.
    package var description: String {
        switch self {
        case .invalidAddress(let text, let reason): "invalid listen address \"\(text)\": \(reason)"
        case .addressInUse(let address):
            "cannot listen on \(address): the address is in use by another process"
        case .listenFailed(let address, let step, let code):
            "cannot listen on \(address): \(step) failed: \(SystemCall.message(code))"
        case .alreadyStarted: "cannot start the HTTP server: it was started before"
        case .invalidUser(let user, let reason): "invalid basic auth user \"\(user)\": \(reason)"
        }
    }
}

/// Every bound of the server; the defaults suit a metrics endpoint.
package struct HTTPServerLimits: Sendable {
    /// Method, target and version; more is answered with 414.
    package var requestLineBytes = 8 << 10
    /// The whole header section, and the trailer section likewise; more is answered with 431.
    package var headerBytes = 16 << 10
    /// Fields in a header or trailer section; more is answered with 431.
    package var headerCount = 100
    /// One request body without its chunked framing; more is answered with 413.
    package var bodyBytes = 1 << 20
    /// Unfinished requests of all connections together; the one that exceeds it is answered with 503.
    package var bufferedBytes = 32 << 20
    /// Open connections; a further one takes the place of the one that has sent most of an incomplete request, among
    /// equals of the one that has waited longest for its client, or, when all are being answered, gets 503 and is
    /// closed.
    package var connections = 512
    /// Handlers running and streams being sent; a further request is answered with 503.
    package var requestsInFlight = 40
    /// From the first byte of a request to the end of its header section; then 408.
    package var headerDeadline = Duration.seconds(10)
    /// How long a connection may stay silent between requests; then it is closed.
    package var idleDeadline = Duration.seconds(75)
    /// From the end of the header section to the end of the body; then 408.
    package var bodyDeadline = Duration.seconds(30)
    /// For each further `writeProgressBytes`, and for the rest of a response; then the connection is cut.
    package var writeDeadline = Duration.seconds(30)

    /// The defaults.
    package init() {}

    /// The client must take this much within each write deadline, unless less is left.
    static let writeProgressBytes = 64 << 10
    /// How long input is discarded after a closing answer, so that the client can read it (RFC 9112 section
    /// 9.6).
    static let lingerDeadline = Duration.seconds(2)
    /// Connections beyond the cap that are told 503; any more are closed without a word.
    package var refusedConnections: Int { max(1, connections / 8) }
    /// Pause of accepting when descriptors or memory ran out.
    static let acceptPause = Duration.milliseconds(100)
    /// The queue of the listening socket.
    static let backlog: Int32 = 512
    /// Connections accepted in one turn of the event loop, those included that still wait to be read for the first time.
    static let acceptsPerTurn = 16
    /// Once a turn of the event loop has read and written so much, the connections left over wait for the next one.
    static let bytesPerTurn = 256 << 10
    /// One read from a socket.
    static let readBytes = 16 << 10
    /// One write to a socket.
    static let writeBytes = 256 << 10
    /// How many of these writes one connection gets in one turn of the event loop.
    static let writesPerTurn = 8
}
