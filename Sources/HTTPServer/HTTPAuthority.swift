import Glibc

/// Host and port of a Host field or an origin (RFC 3986 section 3.2), made comparable.
struct HTTPAuthority: Equatable {
    /// Lowercase, without brackets, IPv6 zone and the dot of an absolute name.
    let host: String
    /// As written; nil for none.
    let port: String?

    /// Nil for a text that is no host with perhaps a port.
    init?(_ text: String) {
        var rest = text[...]
        var host: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[rest.index(after: rest.startIndex)..<end].prefix { $0 != "%" }
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest[host.endIndex...]
            if host.last == "." { host.removeLast() }
        }
        guard !host.isEmpty, rest.isEmpty || rest.first == ":" else { return nil }
        let digits = rest.dropFirst()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self.host = host.lowercased()
        port = digits.isEmpty ? nil : String(digits)
    }

    /// The bytes of an address; nil for a name.
    var addressBytes: [UInt8]? { Self.addressBytes(host) }

    /// Names that lead to this machine whatever a DNS server says.
    var isLoopback: Bool { host == "localhost" || Self.isLoopback(addressBytes) }

    static func addressBytes(_ host: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, host, &bytes) == 1 { return Array(bytes[..<4]) }
        return inet_pton(AF_INET6, host, &bytes) == 1 ? bytes : nil
    }

    /// 127.0.0.0/8, ::1, and the former mapped to IPv6.
    static func isLoopback(_ address: [UInt8]?) -> Bool {
        guard let address else { return false }
        guard address.count == 16 else { return address.first == 127 }
        if address.dropLast().allSatisfy({ $0 == 0 }) { return address[15] == 1 }
        return address[..<10].allSatisfy { $0 == 0 } && address[10...11] == [0xFF, 0xFF] && address[12] == 127
    }
}
