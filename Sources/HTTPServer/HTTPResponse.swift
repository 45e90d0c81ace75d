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

    /// How many bytes, or nil for a stream.
    package var count: Int? {
        switch self {
        case .bytes(let bytes): bytes.count
        case .stream: nil
        }
    }
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
