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
