import Glibc
import Synchronization

/// What the connections of one event loop share. Not Sendable: it lives and dies on the loop's queue.
final class HTTPLoopContext {
    private let server: HTTPServer
    /// Where handlers leave their answers.
    let mailbox: LoopMailbox

    /// Handlers running and streams not finished.
    var requestsInFlight = 0
    /// Bytes of incomplete requests of all connections.
    var bufferedBytes = 0
    /// Bytes read and written in this turn of the loop.
    var movedBytes = 0
    /// Responses close their connections from now on.
    var isStopping = false
    /// One read buffer for all connections, because only one reads at a time.
    var readBuffer = [UInt8](repeating: 0, count: HTTPServerLimits.readBytes)

    private var dateSecond = Int.min
    private var dateText = ""

    init(server: HTTPServer, mailbox: LoopMailbox) {
        self.server = server
        self.mailbox = mailbox
    }

    /// The bounds of every connection.
    var limits: HTTPServerLimits { server.limits }

    /// Tells of something worth a log line.
    func note(_ event: HTTPServerEvent) { server.onEvent(event) }

    /// Decides about a request first.
    func admission(_ request: HTTPRequest) -> HTTPAdmission { server.admission(request) }

    /// The Date header's value, formatted once a second.
    func date() -> String {
        let second = server.now()
        if second != dateSecond {
            dateSecond = second
            dateText = HTTPResponseEncoder.date(epochSeconds: second)
        }
        return dateText
    }

    /// Runs the handler, off the loop or up to its first suspension on it; its answer comes back as a message.
    func startHandler(_ request: HTTPRequest, for id: ConnectionID) -> Task<Void, Never> {
        requestsInFlight += 1
        let answer: @Sendable () async -> Void = { [handler = server.handler, mailbox] in
            let response = await handler(request)
            guard !mailbox.post(.response(id, response)) else { return }
            if case .stream(let stream) = response.body { stream.onFinish() }
        }
        return server.beginsAtOnce ? Task.immediate(operation: answer) : Task(operation: answer)
    }

    /// Waits off the loop for a request's admission; it comes back as a message.
    func startJudgement(
        _ request: HTTPRequest, for id: ConnectionID,
        _ judgement: @escaping @Sendable () async -> HTTPResponse?
    ) -> Task<Void, Never> {
        Task { [mailbox] in _ = mailbox.post(.judged(id, request, refusal: await judgement())) }
    }

    /// Pulls one chunk off the loop; it comes back as a message.
    func startPull(_ stream: HTTPBodyStream, for id: ConnectionID) -> Task<Void, Never> {
        Task { [mailbox] in
            let result: PullResult
            do {
                result = try await stream.next().map(PullResult.chunk) ?? .end
            } catch {
                result = .failed(reason: "\(error)")
            }
            if !mailbox.post(.pulled(id, stream, result)) { stream.onFinish() }
        }
    }

    /// Ends a stream that no pull is running for, and frees its place.
    func finish(_ stream: HTTPBodyStream) {
        stream.onFinish()
        requestsInFlight -= 1
    }
}

/// Names a connection for its whole life; never reused, so that a late answer cannot reach another client.
typealias ConnectionID = UInt64

/// What other threads tell the event loop.
enum LoopMessage: Sendable {
    /// A request that waited for its admission has it, or the answer in its place.
    case judged(ConnectionID, HTTPRequest, refusal: HTTPResponse?)
    /// A handler returned.
    case response(ConnectionID, HTTPResponse)
    /// A pull of a stream returned.
    case pulled(ConnectionID, HTTPBodyStream, PullResult)
    /// Stop, and cut what still runs at the deadline.
    case stop(deadline: ContinuousClock.Instant)
}

/// Outcome of one pull from an `HTTPBodyStream`.
enum PullResult: Sendable {
    case chunk([UInt8])
    case end
    case failed(reason: String)
}

/// The way into the event loop from any thread: a bounded number of senders (one message per request in
/// flight or waiting for its admission), and a pipe that wakes `poll`.
final class LoopMailbox: Sendable {
    private struct State {
        var messages: [LoopMessage] = []
        var isOpen = true
    }

    private let state = Mutex(State())
    private let readEnd: Socket
    private let writeEnd: Socket

    /// Throws when the process has no descriptors left.
    init() throws(HTTPServerError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw .listenFailed(address: "the event loop", step: "pipe", errno: errno)
        }
        readEnd = Socket(owning: ends[0])
        writeEnd = Socket(owning: ends[1])
        guard Socket.configure(ends[0]), Socket.configure(ends[1]) else {
            throw .listenFailed(address: "the event loop", step: "fcntl", errno: errno)
        }
    }

    /// Readable while messages wait.
    var wakeDescriptor: Int32 { readEnd.descriptor }

    /// Delivers the message; false when the loop has ended and nobody will look at it.
    func post(_ message: LoopMessage) -> Bool {
        let (accepted, wakes) = state.withLock { state in
            guard state.isOpen else { return (false, false) }
            state.messages.append(message)
            return (true, state.messages.count == 1)
        }
        if wakes {
            var byte: UInt8 = 0
            // The pipe holds one byte at most per filled mailbox, so it is never full.
            _ = write(writeEnd.descriptor, &byte, 1)
        }
        return accepted
    }

    /// Everything that waits.
    func take() -> [LoopMessage] {
        var bytes = (UInt64(0), UInt64(0))
        _ = withUnsafeMutableBytes(of: &bytes) { read(readEnd.descriptor, $0.baseAddress, $0.count) }
        return state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// Everything that waits; nothing is accepted afterwards.
    func close() -> [LoopMessage] {
        state.withLock { state in
            defer { state = State(messages: [], isOpen: false) }
            return state.messages
        }
    }
}
