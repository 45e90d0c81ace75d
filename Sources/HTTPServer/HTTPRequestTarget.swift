/// A request-target taken apart (RFC 9112 section 3.2).
struct HTTPRequestTarget: Sendable {
    /// As it stood in the request line.
    let raw: String
    /// Percent-decoded; `*` for the asterisk-form.
    let path: String
    /// Undecoded, without the question mark.
    let queryString: String
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
            (path, queryString, query, authority) = ("*", "", [], nil)
            return
        }
        let (authority, origin) = try Self.splitAuthority(bytes)
        self.authority = authority
        let pathBytes = origin.prefix { $0 != UInt8(ascii: "?") }
        let queryBytes = origin.dropFirst(pathBytes.count + 1)
        path = pathBytes.isEmpty ? "/" : try Self.decodePath(pathBytes)
        queryString = String(decoding: queryBytes, as: UTF8.self)
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
