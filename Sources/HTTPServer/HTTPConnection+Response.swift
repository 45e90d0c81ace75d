/// Writing answers.
extension HTTPConnection {
    /// Takes the handler's answer.
    func respond(_ response: HTTPResponse, _ now: ContinuousClock.Instant) {
        guard case .handling = state else { return }
        answer(response, now)
    }

    /// Answers the request that is being dealt with.
    func answer(_ response: HTTPResponse, _ now: ContinuousClock.Instant) {
        guard let exchange else { return }
        let plan = HTTPResponseEncoder.plan(
            response, isHead: exchange.method == "HEAD", isHTTP10: exchange.isHTTP10,
            keepAlive: exchange.keepAlive && !context.isStopping)
        send(response, plan, now)
    }

    /// Answers with an error of the server's own and closes afterwards.
    func reject(_ rejection: HTTPRejection, _ now: ContinuousClock.Instant) {
        context.onEvent(
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
        keepsAlive = plan.keepAlive
        exchange?.status = response.status
        exchange?.isChunked = plan.framing == .chunked
        output.append(
            HTTPResponseEncoder.head(
                response, plan: plan, isHTTP10: exchange?.isHTTP10 ?? false, date: context.date()))
        state = .writing
        switch response.body {
        case .bytes(let bytes) where plan.sendsBody:
            exchange?.bodyBytes = bytes.count
            output.append(bytes)
        case .bytes: break
        case .stream(let stream) where plan.sendsBody: state = .streaming(stream, pull: nil)
        case .stream(let stream): context.finish(stream)
        }
        setWriteDeadline(now)
        flush(now)
    }

    /// Takes a chunk of the stream being sent, or its end.
    func pulled(_ stream: HTTPBodyStream, _ result: PullResult, _ now: ContinuousClock.Instant) {
        switch result {
        case .chunk(let bytes):
            state = .streaming(stream, pull: nil)
            appendChunk(bytes)
        case .end:
            context.finish(stream)
            state = .writing
            if exchange?.isChunked == true { output.append(HTTPResponseEncoder.lastChunk) }
        case .failed(let reason):
            state = .streaming(stream, pull: nil)
            return cut("the response stream failed: \(reason)")
        }
        setWriteDeadline(now)
        flush(now)
    }

    private func appendChunk(_ bytes: [UInt8]) {
        // An empty chunk would be the last one (RFC 9112 section 7.1).
        guard !bytes.isEmpty else { return }
        exchange?.bodyBytes += bytes.count
        guard exchange?.isChunked == true else { return output.append(bytes) }
        output.append(HTTPResponseEncoder.chunkHead(bytes.count))
        output.append(bytes)
        output.append([0x0D, 0x0A])
    }

    private func setWriteDeadline(_ now: ContinuousClock.Instant) {
        deadline = now + context.limits.writeDeadline
        writtenSinceDeadline = 0
    }

    /// Writes what the socket takes, in turns, so that one fast reader does not hold up the others.
    func flush(_ now: ContinuousClock.Instant) {
        for _ in 0..<HTTPServerLimits.writesPerTurn {
            guard let result = output.writeOnce(to: socket) else { break }
            switch result {
            case .bytes(let count):
                context.movedBytes += count
                writtenSinceDeadline += count
                if writtenSinceDeadline >= HTTPServerLimits.writeProgressBytes, !isReading {
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
            context.onEvent(
                .responded(
                    remoteAddress: remoteAddress, method: exchange.method, target: exchange.target,
                    status: exchange.status, bodyBytes: exchange.bodyBytes))
        }
        exchange = nil
        guard !keepsAlive || context.isStopping else { return advance(now) }
        guard !inputEnded else { return close() }
        socket.shutdownWrite()
        state = .lingering
        deadline = now + HTTPServerLimits.lingerDeadline
    }
}
