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
