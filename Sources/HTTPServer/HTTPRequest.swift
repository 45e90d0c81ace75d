/// One complete request, as a handler sees it.
package struct HTTPRequest: Sendable {
    /// As sent; methods are case-sensitive (RFC 9110 section 9.1).
    package var method: String
    /// The request-target as it stood in the request line.
    package var target: String
    /// Percent-decoded, always valid UTF-8 without control characters; `*` for `OPTIONS *`.
    package var path: String
    /// What stood behind the first `?`, undecoded; empty without one.
    package var queryString: String
    /// Decoded parameters in order; `+` means a space.
    package var query: [(name: String, value: String)]
    /// As received; Host is replaced by the authority of an absolute-form target.
    package var headers: HTTPHeaders
    /// Without chunked framing; empty when the request had none.
    package var body: [UInt8]
    /// The peer's numeric address without its port.
    package var remoteAddress: String

    /// A request from its parts, for tests and in-process calls.
    package init(
        method: String = "GET", target: String = "/", path: String = "/", queryString: String = "",
        query: [(name: String, value: String)] = [], headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1"
    ) {
        self.method = method
        self.target = target
        self.path = path
        self.queryString = queryString
        self.query = query
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }

    /// The first query parameter of this name, or nil.
    package func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

/// Answers one request; runs off the event loop, unless the server begins handlers at once, and is cancelled when its
/// client goes away.
package typealias HTTPHandler = @Sendable (HTTPRequest) async -> HTTPResponse
