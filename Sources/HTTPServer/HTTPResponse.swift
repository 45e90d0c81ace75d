/// One answer. The server adds the framing fields and `Date`; it drops `Content-Length`, `Transfer-Encoding`
/// and all of `Connection` but `close` from `headers`.
package struct HTTPResponse: Sendable {
    /// 200...599; anything else is sent as 500.
    package var status: Int
    /// CR, LF and other control characters in values are sent as spaces; a field whose name is no token is
    /// left out.
    package var headers: [(name: String, value: String)]
    /// Not sent for HEAD, 204 and 304.
    package var body: HTTPBody

    /// An answer from its parts.
    package init(status: Int, headers: [(name: String, value: String)] = [], body: HTTPBody = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Plain text in UTF-8.
    package static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")],
            body: .bytes(Array(text.utf8)))
    }

    /// JSON that is already encoded.
    package static func json(_ status: Int, _ bytes: [UInt8]) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("Content-Type", "application/json")], body: .bytes(bytes))
    }

    /// The first header of this name, or nil.
    package func header(_ name: String) -> String? {
        headers.first { HTTPHeaders.equal($0.name, name) }?.value
    }
}

/// What follows the header section of a response.
package enum HTTPBody: Sendable {
    /// Sent with a Content-Length; the array's storage is shared, not copied.
    case bytes([UInt8])
    /// Sent chunked, or until close to an HTTP/1.0 client.
    case stream(HTTPBodyStream)
}

/// A body that is pulled chunk by chunk: the next chunk is asked for once the client has taken the last one.
package struct HTTPBodyStream: Sendable {
    /// The next chunk, nil at the end. An error cuts the connection without the last chunk, so the client
    /// sees that the body is incomplete. The task is cancelled when the client goes away.
    package let next: @Sendable () async throws -> [UInt8]?
    /// Called exactly once, after the last pull, however the response ended.
    package let onFinish: @Sendable () -> Void

    /// `next` is never called concurrently with itself.
    package init(
        next: @escaping @Sendable () async throws -> [UInt8]?, onFinish: @escaping @Sendable () -> Void = {}
    ) {
        self.next = next
        self.onFinish = onFinish
    }
}

/// Reason phrases of RFC 9110 section 15.
enum HTTPStatus {
    private static let phrases: [Int: String] = [
        200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
        301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
        307: "Temporary Redirect",
        308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict",
        410: "Gone",
        411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large", 414: "URI Too Long",
        415: "Unsupported Media Type", 417: "Expectation Failed", 421: "Misdirected Request",
        422: "Unprocessable Content",
        429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
        501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
        505: "HTTP Version Not Supported",
    ]

    /// The registered phrase, or an empty string: the phrase has no meaning (RFC 9112 section 4).
    static func phrase(_ status: Int) -> String { phrases[status] ?? "" }

    /// 204 and 304 never have a body (RFC 9112 section 6.3, item 1).
    static func forbidsBody(_ status: Int) -> Bool { status == 204 || status == 304 }
}
