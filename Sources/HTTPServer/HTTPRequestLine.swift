/// Method, target and version (RFC 9112 section 3).
struct HTTPRequestLine: Sendable {
    /// A longer method is none that anybody implements here (RFC 9112 section 3: 501).
    static let methodBytes = 32

    /// A token of at most `methodBytes`.
    let method: String
    /// The request-target taken apart.
    let target: HTTPRequestTarget
    /// The request came as HTTP/1.0: no Host needed, closes by default, no chunked coding.
    let isHTTP10: Bool

    /// Reads the line without its CRLF.
    init(_ line: ArraySlice<UInt8>) throws(HTTPRejection) {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw .badRequest("the request line is not method, target and version (RFC 9112 section 3)")
        }
        guard HTTPCharacters.isToken(parts[0]) else {
            throw .badRequest("the method is not a token (RFC 9110 section 9.1)")
        }
        isHTTP10 = try Self.version(parts[2]) == 0
        method = String(decoding: parts[0], as: UTF8.self)
        guard method.utf8.count <= Self.methodBytes, method != "CONNECT" else {
            throw HTTPRejection(501, "the method is not implemented (RFC 9110 section 9.1)")
        }
        target = try HTTPRequestTarget(parts[1], method: method)
    }

    /// The minor version. RFC 9110 section 6.2 would let 1.2 pass as 1.1, but nobody sends it in good faith.
    private static func version(_ bytes: ArraySlice<UInt8>) throws(HTTPRejection) -> UInt8 {
        let text = Array(bytes)
        guard text.count == 8, text.starts(with: "HTTP/".utf8), isDigit(text[5]),
            text[6] == UInt8(ascii: "."),
            isDigit(text[7])
        else { throw .badRequest("the version is not HTTP/x.y (RFC 9112 section 2.3)") }
        guard text[5] == UInt8(ascii: "1"), text[7] <= UInt8(ascii: "1") else {
            throw HTTPRejection(505, "only HTTP/1.0 and HTTP/1.1 are spoken here (RFC 9110 section 15.6.6)")
        }
        return text[7] - 0x30
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
