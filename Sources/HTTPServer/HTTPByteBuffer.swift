/// Bytes received and not yet consumed; finds lines without scanning any byte twice.
struct HTTPByteBuffer: Sendable {
    private var bytes: [UInt8] = []
    private var cursor = 0
    /// No LF lies before this index and at or behind the cursor.
    private var scanned = 0

    /// Bytes that wait.
    var count: Int { bytes.count - cursor }

    /// The next byte, if one waits.
    var first: UInt8? { cursor < bytes.count ? bytes[cursor] : nil }

    /// Drops what was consumed and appends; storage is given back when everything was consumed.
    mutating func append(_ more: some Collection<UInt8>) {
        compact()
        bytes.append(contentsOf: more)
    }

    /// The next line without its CRLF, or nil until its LF has come. A LF without CR is refused: RFC 9112
    /// section 2.2 leaves that to the recipient, and refusing cannot disagree with a proxy in front of us.
    mutating func line() throws(HTTPRejection) -> ArraySlice<UInt8>? {
        guard let feed = bytes[scanned...].firstIndex(of: 0x0A) else {
            scanned = bytes.count
            return nil
        }
        guard feed > cursor, bytes[feed - 1] == 0x0D else {
            throw .badRequest("a line ends without CR (RFC 9112 section 2.2)")
        }
        let line = bytes[cursor..<feed - 1]
        cursor = feed + 1
        scanned = cursor
        return line
    }

    /// The length of the next line including its LF, or of what has come of it.
    mutating func lineLength() -> Int {
        scanned = bytes[scanned...].firstIndex(of: 0x0A) ?? bytes.count
        return scanned < bytes.count ? scanned + 1 - cursor : bytes.count - cursor
    }

    /// Moves at most this many bytes to the end of the other array.
    mutating func move(upTo limit: Int, to other: inout [UInt8]) -> Int {
        let moved = min(limit, count)
        other.append(contentsOf: bytes[cursor..<cursor + moved])
        cursor += moved
        scanned = max(scanned, cursor)
        return moved
    }

    /// Gives storage back once nothing waits.
    mutating func compact() {
        guard cursor > 0 else { return }
        if cursor == bytes.count {
            bytes = []
        } else {
            bytes.removeSubrange(..<cursor)
        }
        scanned -= cursor
        cursor = 0
    }
}

/// Byte classes of RFC 9110 section 5.6 and RFC 3986.
enum HTTPCharacters {
    /// tchar of RFC 9110 section 5.6.2.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// A non-empty token.
    static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { isToken($0) }
    }

    /// field-vchar, space or tab of RFC 9110 section 5.5: no control characters, so no CR, LF or NUL.
    static func isFieldValue(_ byte: UInt8) -> Bool {
        byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
    }

    /// What a request-target may be made of. Wider than RFC 3986 by `"<>\^`{|}`, which browsers and people
    /// send; still no space, control character, `#` or byte above ASCII.
    static func isTarget(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "#")
    }

    /// uri-host and port of RFC 9110 section 7.2, by character.
    static func isHost(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
        }
    }

    /// The value of a hexadecimal digit, or nil.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
