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

/// A request-target taken apart (RFC 9112 section 3.2).
struct HTTPRequestTarget: Sendable {
    /// As it stood in the request line.
    let raw: String
    /// Percent-decoded; `*` for the asterisk-form.
    let path: String
    /// Decoded parameters in order.
    let query: [(name: String, value: String)]
    /// Host and port of an absolute-form target; they override the Host field (RFC 9112 section 3.2.2).
    let authority: String?

    /// Reads any of the forms but the authority-form, which belongs to CONNECT.
    init(_ bytes: ArraySlice<UInt8>, method: String) throws(HTTPRejection) {
        guard !bytes.isEmpty, bytes.allSatisfy({ HTTPCharacters.isTarget($0) }) else {
            throw .badRequest("the request target holds characters that no URI has (RFC 9112 section 3.2)")
        }
        raw = String(decoding: bytes, as: UTF8.self)
        if bytes.elementsEqual("*".utf8) {
            guard method == "OPTIONS" else {
                throw .badRequest("the target * belongs to OPTIONS (RFC 9112 section 3.2.4)")
            }
            (path, query, authority) = ("*", [], nil)
            return
        }
        let (authority, origin) = try Self.splitAuthority(bytes)
        self.authority = authority
        let pathBytes = origin.prefix { $0 != UInt8(ascii: "?") }
        let queryBytes = origin.dropFirst(pathBytes.count + 1)
        path = pathBytes.isEmpty ? "/" : try Self.decodePath(pathBytes)
        query = try Self.decodeQuery(queryBytes)
    }

    /// Origin-form as it is; absolute-form into its authority and the rest (RFC 9112 sections 3.2.1 and
    /// 3.2.2).
    private static func splitAuthority(
        _ bytes: ArraySlice<UInt8>
    ) throws(HTTPRejection) -> (authority: String?, origin: ArraySlice<UInt8>) {
        if bytes.first == UInt8(ascii: "/") { return (nil, bytes) }
        for scheme in ["http://", "https://"]
        where HTTPHeaders.equal(prefix(bytes, scheme.utf8.count), scheme) {
            let rest = bytes.dropFirst(scheme.utf8.count)
            let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
            guard !authority.isEmpty, authority.allSatisfy({ HTTPCharacters.isHost($0) }) else {
                throw .badRequest("the absolute target has no valid host (RFC 9110 section 4.2.1)")
            }
            return (String(decoding: authority, as: UTF8.self), rest.dropFirst(authority.count))
        }
        throw .badRequest("the request target is neither a path nor an http URI (RFC 9112 section 3.2)")
    }

    private static func prefix(_ bytes: ArraySlice<UInt8>, _ count: Int) -> String {
        String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static func decodePath(_ bytes: ArraySlice<UInt8>) throws(HTTPRejection) -> String {
        let path = try percentDecoded(bytes, plusIsSpace: false)
        // A path ends up in logs and comparisons; no resource of ours has a control character in its name.
        guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .badRequest("the decoded path holds a control character")
        }
        return path
    }

    /// `name=value` pairs joined by `&`, as HTML forms and curl's --data-urlencode write them.
    private static func decodeQuery(
        _ bytes: ArraySlice<UInt8>
    ) throws(HTTPRejection) -> [(name: String, value: String)] {
        var items: [(name: String, value: String)] = []
        for pair in bytes.split(separator: UInt8(ascii: "&")) {
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            let value = pair.dropFirst(name.count + 1)
            items.append(
                (try percentDecoded(name, plusIsSpace: true), try percentDecoded(value, plusIsSpace: true)))
        }
        return items
    }

    /// RFC 3986 section 2.1; the result must be UTF-8 without NUL.
    private static func percentDecoded(
        _ bytes: ArraySlice<UInt8>, plusIsSpace: Bool
    ) throws(HTTPRejection) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let high = HTTPCharacters.hexValue(bytes[index + 1]),
                    let low = HTTPCharacters.hexValue(bytes[index + 2])
                else {
                    throw .badRequest(
                        "the target has a % without two hexadecimal digits (RFC 3986 section 2.1)")
                }
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
                index += 1
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self), !decoded.contains(0) else {
            throw .badRequest("the decoded target is not UTF-8 text without NUL")
        }
        return text
    }
}

/// A header or trailer section while its lines come in (RFC 9112 section 5).
struct HTTPFieldSection: Sendable {
    private(set) var headers = HTTPHeaders()
    private var bytes = 0

    /// Takes complete lines until the empty one; true when the section is complete.
    mutating func read(
        from buffer: inout HTTPByteBuffer, limits: HTTPServerLimits
    ) throws(HTTPRejection) -> Bool {
        while true {
            let length = buffer.lineLength()
            guard bytes + length <= limits.headerBytes else {
                throw HTTPRejection(431, "the header section is longer than \(limits.headerBytes) bytes")
            }
            guard let line = try buffer.line() else { return false }
            bytes += length
            if line.isEmpty { return true }
            guard headers.fields.count < limits.headerCount else {
                throw HTTPRejection(431, "the request has more than \(limits.headerCount) header fields")
            }
            let field = try Self.field(line)
            headers.append(name: field.name, value: field.value)
        }
    }

    private static func field(_ line: ArraySlice<UInt8>) throws(HTTPRejection) -> (
        name: String, value: String
    ) {
        guard line.first != 0x20, line.first != 0x09 else {
            throw .badRequest("a header field is folded over lines (RFC 9112 section 5.2)")
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw .badRequest("a header line has no colon (RFC 9112 section 5)")
        }
        let name = line[..<colon]
        guard HTTPCharacters.isToken(name) else {
            throw .badRequest("a header name is not a token directly before its colon (RFC 9112 section 5.1)")
        }
        let value = HTTPHeaders.trimmed(line[(colon + 1)...])
        guard value.allSatisfy({ HTTPCharacters.isFieldValue($0) }) else {
            throw .badRequest("a header value holds a control character (RFC 9110 section 5.5)")
        }
        return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
}
