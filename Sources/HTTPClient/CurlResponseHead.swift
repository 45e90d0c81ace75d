/// Collects the header lines of an answer, which libcurl hands over one by one.
package struct CurlResponseHead {
    /// Names in lower case; of a repeated header the last one.
    package private(set) var headers: [String: String] = [:]
    package private(set) var isTooLarge = false
    /// The empty line that ends the header section was there; libcurl takes an end of connection for it as
    /// well.
    package private(set) var isComplete = false
    private var size = 0

    /// A line with its line end. A status line begins anew, because interim answers (RFC 9110 section 15.2)
    /// precede the final one.
    package mutating func append(line bytes: UnsafeRawBufferPointer) {
        size += bytes.count
        guard size <= HTTPClientLimits.maximumHeaderBytes else {
            isTooLarge = true
            return
        }
        if bytes.starts(with: "HTTP/".utf8) {
            isComplete = false
            return headers.removeAll(keepingCapacity: true)
        }
        // What comes after the empty line are trailers, which are not merged (RFC 9110 section 6.5.1).
        guard !isComplete else { return }
        isComplete = bytes.first == UInt8(ascii: "\r") || bytes.first == UInt8(ascii: "\n")
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = String(decoding: bytes[..<colon], as: UTF8.self).lowercased()
        headers[name] = String(decoding: Self.trimmed(bytes[(colon + 1)...]), as: UTF8.self)
    }

    /// Nil when the answer does not say it in digits.
    package var contentLength: Int? { headers["content-length"].flatMap { Int($0) } }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
        var rest = bytes
        while let first = rest.first, first <= 0x20 { rest.removeFirst() }
        while let last = rest.last, last <= 0x20 { rest.removeLast() }
        return rest
    }
}
