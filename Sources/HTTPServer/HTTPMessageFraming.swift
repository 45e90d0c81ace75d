/// How a request's body is delimited, whether the connection persists, and what the header section must
/// satisfy.
struct HTTPMessageFraming: Sendable, Equatable {
    /// RFC 9112 section 6.
    enum Body: Sendable, Equatable {
        case none
        case length(Int)
        case chunked
    }

    /// How the body is delimited.
    let body: Body
    /// RFC 9112 section 9.3.
    let keepAlive: Bool
    /// The client waits for 100 before it sends the body (RFC 9110 section 10.1.1).
    let expectsContinue: Bool

    /// Checks the whole header section; throws the rejection of the first clause that it breaks.
    init(line: HTTPRequestLine, headers: HTTPHeaders, limits: HTTPServerLimits) throws(HTTPRejection) {
        try Self.checkHost(headers, isHTTP10: line.isHTTP10)
        body = try Self.body(headers, isHTTP10: line.isHTTP10, limits: limits)
        let options = headers.listMembers("Connection")
        keepAlive = !options.contains("close") && (!line.isHTTP10 || options.contains("keep-alive"))
        let expectations = headers.listMembers("Expect")
        guard expectations.allSatisfy({ $0 == "100-continue" }) else {
            throw HTTPRejection(
                417, "the only expectation met here is 100-continue (RFC 9110 section 10.1.1)")
        }
        // A server must not send 100 to an HTTP/1.0 client (RFC 9110 section 10.1.1).
        expectsContinue = !expectations.isEmpty && !line.isHTTP10 && body != .none
    }

    /// RFC 9112 section 3.2: exactly one valid Host in HTTP/1.1, at most one in HTTP/1.0.
    private static func checkHost(_ headers: HTTPHeaders, isHTTP10: Bool) throws(HTTPRejection) {
        let hosts = headers.values("Host")
        guard hosts.count == 1 || (isHTTP10 && hosts.isEmpty) else {
            throw .badRequest("the request must have exactly one Host field (RFC 9112 section 3.2)")
        }
        guard hosts.allSatisfy({ $0.utf8.allSatisfy { HTTPCharacters.isHost($0) } }) else {
            throw .badRequest("the Host field is not a host and port (RFC 9112 section 3.2)")
        }
    }

    /// RFC 9112 section 6.3; whatever two recipients could read differently is refused.
    private static func body(
        _ headers: HTTPHeaders, isHTTP10: Bool, limits: HTTPServerLimits
    ) throws(HTTPRejection) -> Body {
        let lengths = headers.values("Content-Length")
        guard headers["Transfer-Encoding"] == nil else {
            guard lengths.isEmpty else {
                throw .badRequest("both Transfer-Encoding and Content-Length (RFC 9112 section 6.3, item 3)")
            }
            return try chunked(headers, isHTTP10: isHTTP10)
        }
        guard let first = lengths.first else { return .none }
        // Identical repetitions are one length, different ones an attack (RFC 9112 section 6.3, item 5).
        guard lengths.allSatisfy({ $0 == first }) else {
            throw .badRequest("several different Content-Length fields (RFC 9112 section 6.3, item 5)")
        }
        guard !first.isEmpty, first.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            throw .badRequest("Content-Length is not a number (RFC 9110 section 8.6)")
        }
        guard let length = Int(first), length <= limits.bodyBytes else {
            throw HTTPRejection(413, "the body is longer than \(limits.bodyBytes) bytes")
        }
        return length == 0 ? .none : .length(length)
    }

    private static func chunked(_ headers: HTTPHeaders, isHTTP10: Bool) throws(HTTPRejection) -> Body {
        guard !isHTTP10 else {
            throw .badRequest("Transfer-Encoding in an HTTP/1.0 request (RFC 9112 section 6.1)")
        }
        let codings = headers.listMembers("Transfer-Encoding")
        guard codings.allSatisfy({ $0 == "chunked" }) else {
            throw HTTPRejection(
                501, "the only transfer coding understood here is chunked (RFC 9112 section 6.1)")
        }
        guard codings.count == 1 else {
            throw .badRequest("Transfer-Encoding must name chunked exactly once (RFC 9112 section 6.1)")
        }
        return .chunked
    }
}

/// Decodes a chunked request body (RFC 9112 section 7.1); extensions and trailers are checked and dropped.
struct HTTPChunkedDecoder: Sendable {
    /// All chunk extensions of one body together; without a bound they would carry unlimited data for free.
    static let extensionBytes = 4 << 10
    /// Hexadecimal digits of one chunk size.
    static let sizeDigits = 15

    private enum State: Sendable {
        case size
        case data(remaining: Int)
        case dataEnd
        case trailers(HTTPFieldSection)
    }

    private var state = State.size
    private var extensionBytes = 0

    /// Moves decoded bytes to `body`; true when the body is complete.
    mutating func decode(
        from buffer: inout HTTPByteBuffer, to body: inout [UInt8], limits: HTTPServerLimits
    ) throws(HTTPRejection) -> Bool {
        while true {
            switch state {
            case .size:
                guard let size = try chunkSize(from: &buffer) else { return false }
                guard size <= limits.bodyBytes - body.count else {
                    throw HTTPRejection(413, "the body is longer than \(limits.bodyBytes) bytes")
                }
                state = size == 0 ? .trailers(HTTPFieldSection()) : .data(remaining: size)
            case .data(let remaining):
                let moved = buffer.move(upTo: remaining, to: &body)
                guard moved == remaining else {
                    state = .data(remaining: remaining - moved)
                    return false
                }
                state = .dataEnd
            case .dataEnd:
                guard try chunkEnd(from: &buffer) else { return false }
                state = .size
            case .trailers(var section):
                let complete = try section.read(from: &buffer, limits: limits)
                state = .trailers(section)
                return complete
            }
        }
    }

    /// `1*HEXDIG [ chunk-ext ] CRLF`.
    private mutating func chunkSize(from buffer: inout HTTPByteBuffer) throws(HTTPRejection) -> Int? {
        guard buffer.lineLength() <= Self.sizeDigits + Self.extensionBytes - extensionBytes + 2 else {
            throw .badRequest("chunk sizes or extensions are too long (RFC 9112 section 7.1.1)")
        }
        guard let line = try buffer.line() else { return nil }
        let digits = line.prefix { HTTPCharacters.hexValue($0) != nil }
        guard !digits.isEmpty, digits.count <= Self.sizeDigits else {
            throw .badRequest("a chunk size is not a hexadecimal number (RFC 9112 section 7.1)")
        }
        let rest = HTTPHeaders.trimmed(line.dropFirst(digits.count))
        guard rest.isEmpty ? digits.count == line.count : rest.first == UInt8(ascii: ";"),
            rest.allSatisfy({ HTTPCharacters.isFieldValue($0) })
        else { throw .badRequest("a chunk extension is malformed (RFC 9112 section 7.1.1)") }
        extensionBytes += line.count - digits.count
        return digits.reduce(0) { size, digit in size << 4 | Int(HTTPCharacters.hexValue(digit) ?? 0) }
    }

    /// The CRLF behind a chunk's data; anything else there is refused at its first byte.
    private func chunkEnd(from buffer: inout HTTPByteBuffer) throws(HTTPRejection) -> Bool {
        let malformed = HTTPRejection.badRequest(
            "chunk data does not end where its size says (RFC 9112 section 7.1)")
        guard let first = buffer.first else { return false }
        guard first == 0x0D, buffer.lineLength() <= 2 else { throw malformed }
        guard let line = try buffer.line() else {
            if buffer.count > 1 { throw malformed }
            return false
        }
        guard line.isEmpty else { throw malformed }
        return true
    }
}
