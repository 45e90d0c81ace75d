import Glibc

/// One client: reads requests one after the other, has each handled, writes the answers in order (RFC 9112
/// section 9.3.2). Not Sendable: only the event loop touches it.
final class HTTPConnection {
    /// Where the exchange stands.
    private enum State {
        case reading
        /// The request waits for its admission; nothing is read meanwhile.
        case judging(Task<Void, Never>)
        /// The handler runs; nothing is read meanwhile, so pipelined requests wait in the kernel.
        case handling(Task<Void, Never>)
        /// A stream is being sent; no pull runs while output waits.
        case streaming(HTTPBodyStream, pull: Task<Void, Never>?)
        /// The rest of the answer is being sent.
        case writing
        /// The last answer is sent; input is discarded until the client closes (RFC 9112 section 9.6).
        case lingering
        case closed
    }

    /// The request that is being answered.
    private struct Exchange {
        let method: String
        let target: String
        let isHTTP10: Bool
        let keepAlive: Bool
    }

    /// How messages from handlers find the connection.
    let id: ConnectionID
    let socket: Socket
    let remoteAddress: String
    /// Told 503 because the server is full; not counted among the connections.
    let isRefused: Bool
    private let context: HTTPLoopContext

    private var state = State.reading
    /// When `expire` is due; nil while a handler runs, which has its own bounds.
    private(set) var deadline: ContinuousClock.Instant?
    /// The current answer.
    private var output = HTTPOutput()
    /// What it has on the next turn of the loop.
    var claim = HTTPTurnClaim()
    /// The request being answered; nil between requests and for answers of the server's own.
    private var exchange: Exchange?
    private var parser: HTTPRequestParser
    private var readPhase: HTTPRequestParser.Phase?
    private var accountedBytes = 0
    /// Since when the next request is waited for.
    private(set) var waitingSince: ContinuousClock.Instant
    private var inputEnded = false

    init(
        id: ConnectionID, socket: Socket, remoteAddress: String, isRefused: Bool = false,
        context: HTTPLoopContext, now: ContinuousClock.Instant
    ) {
        self.id = id
        self.socket = socket
        self.remoteAddress = remoteAddress
        self.isRefused = isRefused
        self.context = context
        parser = HTTPRequestParser(limits: context.limits)
        waitingSince = now
        setReadDeadline(now)
    }

    /// True once the loop may drop the connection.
    var isClosed: Bool {
        if case .closed = state { return true }
        return false
    }

    /// Nothing has come of a next request, so closing loses nothing.
    var isIdle: Bool {
        switch state {
        case .reading: parser.phase == .idle
        case .lingering: true
        case .judging, .handling, .streaming, .writing, .closed: false
        }
    }

    /// It waits for its client, so its place may be given to another: who sends requests byte by byte, or keeps
    /// connections that it does not use, must not shut out others.
    var isEvictable: Bool {
        switch state {
        case .reading, .lingering: !isRefused
        case .judging, .handling, .streaming, .writing, .closed: false
        }
    }

    /// What `poll` shall report; hang-ups and errors are always reported.
    var interest: Int16 {
        let writes = output.isEmpty ? 0 : Int16(POLLOUT)
        switch state {
        case .reading, .lingering: return Int16(POLLIN) | writes
        case .judging, .handling, .streaming, .writing: return writes
        case .closed: return 0
        }
    }

    /// Acts on what `poll` reported.
    func ready(_ events: Int16, _ now: ContinuousClock.Instant) {
        let broken = events & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
        if events & Int16(POLLOUT) != 0, !broken { flush(now) }
        switch state {
        case .reading: if broken || events & Int16(POLLIN) != 0 { read(now) }
        case .lingering: if broken || events & Int16(POLLIN) != 0 { discard() }
        case .judging, .handling, .streaming, .writing: if broken { cut("the client closed the connection") }
        case .closed: break
        }
    }

    /// Acts on the deadline if it has passed.
    func expire(_ now: ContinuousClock.Instant) {
        guard let deadline, deadline <= now else { return }
        switch state {
        case .reading where parser.phase == .idle: close()
        case .reading where parser.phase == .head:
            reject(HTTPRejection(408, "the header section took too long"), now)
        case .reading: reject(HTTPRejection(408, "the body took too long"), now)
        case .judging, .handling, .streaming, .writing:
            cut("the client took too little within the write deadline")
        case .lingering: close()
        case .closed: break
        }
    }

    private func read(_ now: ContinuousClock.Instant) {
        switch socket.read(into: &context.readBuffer) {
        case .bytes(let count):
            noteReceived(count)
            parser.append(context.readBuffer[..<count])
            advance(now)
        case .end:
            inputEnded = true
            advance(now)
        case .wouldBlock: break
        case .failed(let code):
            if parser.phase == .idle { close() } else { cut("reading failed: \(SystemCall.message(code))") }
        }
    }

    /// Parses what is there and starts the next exchange.
    private func advance(_ now: ContinuousClock.Instant) {
        state = .reading
        let progress = parser.next()
        account()
        switch progress {
        case .request(let parsed): begin(parsed, now)
        case .rejected(let rejection): reject(rejection, now)
        case .continueExpected:
            setReadDeadline(now)
            output.append(HTTPResponseEncoder.continueHead)
            flush(now)
        case .needsMore where context.bufferedBytes > context.limits.bufferedBytes:
            reject(HTTPRejection(503, "the server holds too many incomplete requests"), now)
        case .needsMore where !inputEnded: setReadDeadline(now)
        case .needsMore where parser.phase == .idle: close()
        case .needsMore: reject(.badRequest("the request ends too early (RFC 9112 section 8)"), now)
        }
    }

    /// Renews the deadline when another part of the request begins, not with each byte.
    private func setReadDeadline(_ now: ContinuousClock.Instant) {
        guard readPhase != parser.phase else { return }
        if readPhase == nil { waitingSince = now }
        readPhase = parser.phase
        switch parser.phase {
        case .idle: deadline = now + context.limits.idleDeadline
        case .head: deadline = now + context.limits.headerDeadline
        case .body: deadline = now + context.limits.bodyDeadline
        }
    }

    private func begin(_ parsed: HTTPParsedRequest, _ now: ContinuousClock.Instant) {
        readPhase = nil
        claim.receivedBytes = 0
        exchange = Exchange(
            method: parsed.request.method, target: parsed.request.target, isHTTP10: parsed.isHTTP10,
            keepAlive: parsed.keepAlive)
        deadline = nil
        var request = parsed.request
        request.remoteAddress = remoteAddress
        switch context.admission(request) {
        case .admitted: handle(request, now)
        case .refused(let response):
            // By way of the mailbox: answered here, pipelined requests would nest ever deeper.
            state = .judging(context.startJudgement(request, for: id) { response })
        case .pending(let judgement):
            state = .judging(context.startJudgement(request, for: id, judgement))
        }
    }

    /// Takes what was decided about a request that waited for it.
    func judged(_ request: HTTPRequest, _ refusal: HTTPResponse?, _ now: ContinuousClock.Instant) {
        guard case .judging = state else { return }
        if let refusal { answer(refusal, now) } else { handle(request, now) }
    }

    private func handle(_ request: HTTPRequest, _ now: ContinuousClock.Instant) {
        guard context.requestsInFlight < context.limits.requestsInFlight else {
            return reject(HTTPRejection(503, "too many requests are in flight"), now)
        }
        state = .handling(context.startHandler(request, for: id))
    }

    /// Takes the handler's answer.
    func respond(_ response: HTTPResponse, _ now: ContinuousClock.Instant) {
        guard case .handling = state else { return }
        answer(response, now)
    }

    /// Answers the request that is being dealt with.
    private func answer(_ response: HTTPResponse, _ now: ContinuousClock.Instant) {
        guard let exchange else { return }
        let plan = HTTPResponseEncoder.plan(
            response, isHead: exchange.method == "HEAD", isHTTP10: exchange.isHTTP10,
            keepAlive: exchange.keepAlive && !context.isStopping)
        send(response, plan, now)
    }

    /// Answers with an error of the server's own and closes afterwards.
    func reject(_ rejection: HTTPRejection, _ now: ContinuousClock.Instant) {
        context.note(
            .rejected(remoteAddress: remoteAddress, status: rejection.status, reason: rejection.reason))
        let response = HTTPResponse.text(rejection.status, rejection.reason + "\n")
        let plan = HTTPResponseEncoder.plan(
            response, isHead: exchange?.method == "HEAD", isHTTP10: false, keepAlive: false)
        exchange = nil
        dropInput()
        send(response, plan, now)
    }

    private func send(
        _ response: HTTPResponse, _ plan: HTTPResponseEncoder.Plan, _ now: ContinuousClock.Instant
    ) {
        output.begin(response, plan, isHTTP10: exchange?.isHTTP10 ?? false, date: context.date())
        state = .writing
        if case .stream(let stream) = response.body {
            if plan.sendsBody { state = .streaming(stream, pull: nil) } else { context.finish(stream) }
        }
        setWriteDeadline(now)
        flush(now)
    }

    /// Takes a chunk of the stream being sent, or its end.
    func pulled(_ stream: HTTPBodyStream, _ result: PullResult, _ now: ContinuousClock.Instant) {
        switch result {
        case .chunk(let bytes):
            state = .streaming(stream, pull: nil)
            output.append(chunk: bytes)
        case .end:
            context.finish(stream)
            state = .writing
            output.endChunks()
        case .failed(let reason):
            state = .streaming(stream, pull: nil)
            return cut("the response stream failed: \(reason)")
        }
        setWriteDeadline(now)
        flush(now)
    }

    private func setWriteDeadline(_ now: ContinuousClock.Instant) {
        deadline = now + context.limits.writeDeadline
        output.progress = 0
    }

    /// Writes what the socket takes, in turns, so that one fast reader does not hold up the others.
    private func flush(_ now: ContinuousClock.Instant) {
        for _ in 0..<HTTPServerLimits.writesPerTurn {
            guard let result = output.writeOnce(to: socket) else { break }
            switch result {
            case .bytes(let count):
                context.movedBytes += count
                if output.progress >= HTTPServerLimits.writeProgressBytes, !isReading {
                    setWriteDeadline(now)
                }
            case .wouldBlock: return
            case .failed(let code): return cut("writing failed: \(SystemCall.message(code))")
            }
        }
        if output.isEmpty { outputDrained(now) }
    }

    private var isReading: Bool {
        if case .reading = state { return true }
        return false
    }

    private func outputDrained(_ now: ContinuousClock.Instant) {
        switch state {
        case .streaming(let stream, nil):
            deadline = nil
            state = .streaming(stream, pull: context.startPull(stream, for: id))
        case .writing: finishExchange(now)
        case .reading, .judging, .handling, .streaming, .lingering, .closed: break
        }
    }

    private func finishExchange(_ now: ContinuousClock.Instant) {
        if let exchange {
            context.note(
                .responded(
                    remoteAddress: remoteAddress, method: exchange.method, target: exchange.target,
                    status: output.status, bodyBytes: output.bodyBytes))
        }
        exchange = nil
        guard !output.keepsAlive || context.isStopping else { return advance(now) }
        guard !inputEnded else { return close() }
        socket.shutdownWrite()
        state = .lingering
        deadline = now + HTTPServerLimits.lingerDeadline
    }

    /// Reads and forgets, so that unread input does not reset the connection before the client read the
    /// answer.
    private func discard() {
        switch socket.read(into: &context.readBuffer) {
        case .bytes(let count): noteReceived(count)
        case .wouldBlock: break
        case .end, .failed: close()
        }
    }

    private func noteReceived(_ count: Int) {
        claim.receivedBytes += count
        context.movedBytes += count
    }

    /// Forgets what was received and not answered; nothing more is parsed.
    private func dropInput() {
        parser = HTTPRequestParser(limits: context.limits)
        account()
    }

    private func account() {
        context.bufferedBytes += parser.heldBytes - accountedBytes
        accountedBytes = parser.heldBytes
    }

    /// Ends the connection because the client broke it off or is too slow; the close is a reset, so that the
    /// kernel does not go on sending and the client cannot take the answer for complete.
    func cut(_ reason: String) {
        socket.resetOnClose()
        context.note(.cut(remoteAddress: remoteAddress, reason: reason))
        close()
    }

    /// Ends the connection; its socket closes when the loop drops the last reference.
    func close() {
        switch state {
        case .judging(let task), .handling(let task): task.cancel()
        case .streaming(_, let pull?): pull.cancel()
        case .streaming(let stream, nil): context.finish(stream)
        case .reading, .writing, .lingering, .closed: break
        }
        state = .closed
        output = HTTPOutput()
        context.bufferedBytes -= accountedBytes
        accountedBytes = 0
    }
}

/// What a connection has on the next turn of the event loop; the smaller one is served first.
///
/// Who has sent least of the request that is being received comes first, so that a short request does not wait
/// behind any number of long ones, whoever sends them; among equals who was served the longest time ago.
struct HTTPTurnClaim: Comparable {
    /// Bytes received since the last complete request.
    var receivedBytes = 0
    /// The number of the turn in which the connection was last served, or was accepted.
    var servedInTurn = 0

    static func < (one: HTTPTurnClaim, other: HTTPTurnClaim) -> Bool {
        (one.receivedBytes, one.servedInTurn) < (other.receivedBytes, other.servedInTurn)
    }
}
