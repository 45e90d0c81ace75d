/// A request that is complete, with what the connection needs to answer it.
package struct HTTPParsedRequest: Sendable {
    /// Without a remote address.
    package var request: HTTPRequest
    /// Whether the client lets the connection persist (RFC 9112 section 9.3).
    package let keepAlive: Bool
    /// Whether the client may not be sent chunked coding (RFC 9112 section 6.1).
    package let isHTTP10: Bool
}

/// Parses the requests of one connection (RFC 9112) from chunks of bytes split anywhere.
package struct HTTPRequestParser: Sendable {
    /// What the bytes so far amount to.
    package enum Progress: Sendable {
        case needsMore
        /// Send 100 now: the client waits for it before it sends the body. Reported once a request.
        case continueExpected
        case request(HTTPParsedRequest)
        /// Nothing more is read from this connection; every further call repeats the rejection.
        case rejected(HTTPRejection)
    }

    /// What a deadline is to be set for.
    package enum Phase: Sendable, Equatable {
        /// No byte of a next request has come.
        case idle
        case head
        case body
    }

    private enum State: Sendable {
        case requestLine(skippedEmptyLine: Bool)
        case fields(HTTPRequestLine, HTTPFieldSection)
        /// The request without its body.
        case body(HTTPParsedRequest, BodyState)
        case rejected(HTTPRejection)
    }

    private enum BodyState: Sendable {
        case length(Int)
        case chunked(HTTPChunkedDecoder)
    }

    private let limits: HTTPServerLimits
    private var buffer = HTTPByteBuffer()
    private var state = State.requestLine(skippedEmptyLine: false)
    private var body: [UInt8] = []
    private var owesContinue = false

    /// A parser for a fresh connection.
    package init(limits: HTTPServerLimits = HTTPServerLimits()) {
        self.limits = limits
    }

    /// The part of a request that is being received.
    package var phase: Phase {
        switch state {
        case .requestLine: buffer.count == 0 ? .idle : .head
        case .fields: .head
        case .body: .body
        case .rejected: .idle
        }
    }

    /// Bytes held for requests that are not complete.
    package var heldBytes: Int { buffer.count + body.count }

    /// Takes over more bytes as they came from the connection.
    package mutating func append(_ bytes: some Collection<UInt8>) {
        buffer.append(bytes)
    }

    /// Parses on; to be called until it needs more, because several requests may be pipelined (RFC 9112
    /// section 9.3.2).
    package mutating func next() -> Progress {
        do throws(HTTPRejection) {
            let progress = try advance()
            buffer.compact()
            return progress
        } catch {
            state = .rejected(error)
            buffer = HTTPByteBuffer()
            body = []
            return .rejected(error)
        }
    }

    private mutating func advance() throws(HTTPRejection) -> Progress {
        while true {
            switch state {
            case .requestLine(let skipped):
                guard try readRequestLine(skippedEmptyLine: skipped) else { return .needsMore }
            case .fields(let line, var section):
                guard try section.read(from: &buffer, limits: limits) else {
                    state = .fields(line, section)
                    return .needsMore
                }
                if let request = try beginBody(line, section.headers) { return .request(request) }
            case .body(let head, let bodyState):
                guard let request = try readBody(head, bodyState) else { return continueOrNeedsMore() }
                return .request(request)
            case .rejected(let rejection): throw rejection
            }
        }
    }

    /// One empty line before a request is ignored (RFC 9112 section 2.2); true when the state moved on.
    private mutating func readRequestLine(skippedEmptyLine: Bool) throws(HTTPRejection) -> Bool {
        guard let first = buffer.first else { return false }
        // Tells TLS and other protocols at once, instead of waiting for a line end that may never come.
        guard HTTPCharacters.isToken(first) || (first == 0x0D && !skippedEmptyLine) else {
            throw .badRequest("this is not an HTTP request (RFC 9112 section 3)")
        }
        guard buffer.lineLength() <= limits.requestLineBytes + 2 else {
            throw HTTPRejection(414, "the request line is longer than \(limits.requestLineBytes) bytes")
        }
        guard let line = try buffer.line() else { return false }
        guard !line.isEmpty else {
            state = .requestLine(skippedEmptyLine: true)
            return true
        }
        state = .fields(try HTTPRequestLine(line), HTTPFieldSection())
        return true
    }

    /// The request itself if it has no body; otherwise the state to read the body in.
    private mutating func beginBody(
        _ line: HTTPRequestLine, _ fields: HTTPHeaders
    ) throws(HTTPRejection) -> HTTPParsedRequest? {
        let framing = try HTTPMessageFraming(line: line, headers: fields, limits: limits)
        var headers = fields
        let target = line.target
        if let authority = target.authority { headers.replace(name: "Host", value: authority) }
        let head = HTTPParsedRequest(
            request: HTTPRequest(
                method: line.method, target: target.raw, path: target.path, query: target.query,
                headers: headers, remoteAddress: ""),
            keepAlive: framing.keepAlive, isHTTP10: line.isHTTP10)
        owesContinue = framing.expectsContinue
        switch framing.body {
        case .none: return finish(head)
        case .length(let length): state = .body(head, .length(length))
        case .chunked: state = .body(head, .chunked(HTTPChunkedDecoder()))
        }
        return nil
    }

    private mutating func readBody(
        _ head: HTTPParsedRequest, _ bodyState: BodyState
    ) throws(HTTPRejection) -> HTTPParsedRequest? {
        // A client that sends its body unasked needs no 100 (RFC 9110 section 10.1.1).
        if buffer.count > 0 { owesContinue = false }
        switch bodyState {
        case .length(let length):
            _ = buffer.move(upTo: length - body.count, to: &body)
            return body.count == length ? finish(head) : nil
        case .chunked(var decoder):
            let complete = try decoder.decode(from: &buffer, to: &body, limits: limits)
            state = .body(head, .chunked(decoder))
            return complete ? finish(head) : nil
        }
    }

    private mutating func continueOrNeedsMore() -> Progress {
        guard owesContinue else { return .needsMore }
        owesContinue = false
        return .continueExpected
    }

    private mutating func finish(_ head: HTTPParsedRequest) -> HTTPParsedRequest {
        var request = head
        request.request.body = body
        body = []
        state = .requestLine(skippedEmptyLine: false)
        return request
    }
}
