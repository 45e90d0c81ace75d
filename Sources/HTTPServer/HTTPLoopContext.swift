/// What the connections of one event loop share. Not Sendable: it lives and dies on the loop's queue.
final class HTTPLoopContext {
    /// The bounds of every connection.
    let limits: HTTPServerLimits
    let handler: HTTPHandler
    /// Decides about each request first.
    let admission: HTTPAdmissionCheck
    private let beginsAtOnce: Bool
    /// Where handlers leave their answers.
    let mailbox: LoopMailbox
    /// Told of everything worth a log line.
    let onEvent: @Sendable (HTTPServerEvent) -> Void
    private let now: @Sendable () -> Int

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

    init(
        limits: HTTPServerLimits, admission: @escaping HTTPAdmissionCheck, handler: @escaping HTTPHandler,
        beginsAtOnce: Bool, mailbox: LoopMailbox,
        onEvent: @escaping @Sendable (HTTPServerEvent) -> Void, now: @escaping @Sendable () -> Int
    ) {
        self.limits = limits
        self.admission = admission
        self.handler = handler
        self.beginsAtOnce = beginsAtOnce
        self.mailbox = mailbox
        self.onEvent = onEvent
        self.now = now
    }

    /// The Date header's value, formatted once a second.
    func date() -> String {
        let second = now()
        if second != dateSecond {
            dateSecond = second
            dateText = HTTPDate.format(epochSeconds: second)
        }
        return dateText
    }

    /// Runs the handler, off the loop or up to its first suspension on it; its answer comes back as a message.
    func startHandler(_ request: HTTPRequest, for id: ConnectionID) -> Task<Void, Never> {
        requestsInFlight += 1
        let answer: @Sendable () async -> Void = { [handler, mailbox] in
            let response = await handler(request)
            guard !mailbox.post(.response(id, response)) else { return }
            if case .stream(let stream) = response.body { stream.onFinish() }
        }
        return beginsAtOnce ? Task.immediate(operation: answer) : Task(operation: answer)
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
