/// One complete request, as a handler sees it.
package struct HTTPRequest: Sendable {
    /// As sent; methods are case-sensitive (RFC 9110 section 9.1).
    package var method: String
    /// The request-target as it stood in the request line.
    package var target: String
    /// Percent-decoded, always valid UTF-8 without control characters; `*` for `OPTIONS *`.
    package var path: String
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
        method: String = "GET", target: String = "/", path: String = "/",
        query: [(name: String, value: String)] = [], headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1"
    ) {
        self.method = method
        self.target = target
        self.path = path
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

/// Header fields in the order received; names compare without regard to ASCII case (RFC 9110 section 5.1).
package struct HTTPHeaders: Sendable {
    /// The fields as they came, repeated ones included.
    package private(set) var fields: [(name: String, value: String)]

    /// Fields in the order given, names as they are.
    package init(_ fields: [(name: String, value: String)] = []) {
        self.fields = fields
    }

    /// The first value of this name, or nil.
    package subscript(name: String) -> String? {
        fields.first { Self.equal($0.name, name) }?.value
    }

    /// Every value of this name, in order.
    package func values(_ name: String) -> [String] {
        fields.filter { Self.equal($0.name, name) }.map(\.value)
    }

    /// The members of a comma-separated list field, trimmed, lowercased, empty ones left out (RFC 9110
    /// section 5.6.1).
    package func listMembers(_ name: String) -> [String] {
        values(name).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ","))
                .map { String(decoding: Self.trimmed($0), as: UTF8.self).lowercased() }
                .filter { !$0.isEmpty }
        }
    }

    /// Adds a field behind the others, repeated names included.
    package mutating func append(name: String, value: String) {
        fields.append((name, value))
    }

    /// Drops every field of this name and appends one with the value.
    package mutating func replace(name: String, value: String) {
        fields.removeAll { Self.equal($0.name, name) }
        fields.append((name, value))
    }

    /// Whether two field names are the same name.
    package static func equal(_ a: String, _ b: String) -> Bool {
        let (a, b) = (a.utf8, b.utf8)
        return a.count == b.count && zip(a, b).allSatisfy { lowercase($0) == lowercase($1) }
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }

    /// Without the spaces and tabs at both ends (OWS of RFC 9110 section 5.6.3).
    static func trimmed<Bytes: BidirectionalCollection>(_ bytes: Bytes) -> Bytes.SubSequence
    where Bytes.Element == UInt8 {
        func isOWS(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        guard let first = bytes.firstIndex(where: { !isOWS($0) }),
            let last = bytes.lastIndex(where: { !isOWS($0) })
        else { return bytes[bytes.endIndex...] }
        return bytes[first...last]
    }
}

/// What becomes of a request before a handler sees it.
package enum HTTPAdmission: Sendable {
    case admitted
    /// Answered with a response that is no stream, and without a handler.
    case refused(HTTPResponse)
    /// Known later; the closure returns nil to admit. It is cancelled when the client goes away, and does not count among
    /// the requests in flight, so it must bound on its own how many wait.
    case pending(@Sendable () async -> HTTPResponse?)
}

/// Decides at once, on the event loop.
package typealias HTTPAdmissionCheck = @Sendable (HTTPRequest) -> HTTPAdmission

/// Why a request is refused before any handler sees it; the connection closes after the answer.
package struct HTTPRejection: Error, Equatable, Sendable {
    /// The status to answer with, 400 to 505.
    package let status: Int
    /// Plain English with the clause that was broken; goes to the client and never quotes what it sent.
    package let reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    /// A 400.
    static func badRequest(_ reason: String) -> HTTPRejection {
        HTTPRejection(400, reason)
    }
}
