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
