import Glibc

/// Which hosts a server answers for, so that a web page whose name was made to lead here (DNS rebinding) reads nothing.
///
/// A request without a host is answered: only HTTP/1.0 has such, and no browser sends it.
package struct HTTPHostGuard: Sendable {
    private let names: Set<String>
    private let isLoopback: Bool

    /// - Parameters:
    ///   - address: What is listened on. On a loopback address only loopback names are answered; on others everything, or,
    ///     when names are given, these and every address: no DNS server can make an address lead elsewhere.
    ///   - names: Names and addresses that are answered besides.
    package init(listeningOn address: ListenAddress, names: [String]) {
        self.names = Set(
            names.map { name in
                HTTPAuthority.addressBytes(name) == nil
                    ? HTTPAuthority(name)?.host ?? name : name.lowercased()
            })
        switch address.host {
        case .all: isLoopback = false
        case .ipv4(let host), .ipv6(let host):
            isLoopback = HTTPAuthority.isLoopback(HTTPAuthority.addressBytes(host))
        }
    }

    /// Whether the request is meant for this server.
    package func admits(_ request: HTTPRequest) -> Bool {
        guard isLoopback || !names.isEmpty, let field = request.headers["Host"], !field.isEmpty else {
            return true
        }
        guard let authority = HTTPAuthority(field) else { return false }
        return authority.isLoopback || names.contains(authority.host)
            || !isLoopback && authority.addressBytes != nil
    }
}

/// Requests that a browser sends on behalf of a page that is not ours.
package enum HTTPOrigin {
    /// Methods that change nothing (RFC 9110 section 9.2.1).
    private static let safeMethods: Set<String> = ["GET", "HEAD", "OPTIONS", "TRACE"]

    /// Whether the request may change something and comes from a page of another origin. Programs send neither field.
    package static func isForeignChange(_ request: HTTPRequest) -> Bool {
        guard !safeMethods.contains(request.method) else { return false }
        let sites = request.headers.values("Sec-Fetch-Site")
        // `none` is the user himself; `same-site` may be another port of this machine.
        guard sites.allSatisfy({ ["same-origin", "none"].contains($0) }) else { return true }
        let host = request.headers["Host"]
        return !request.headers.values("Origin").allSatisfy { isOrigin($0, of: host) }
    }

    /// Whether an origin (RFC 6454 section 6.2) is that of the host. Its scheme is not: TLS may end before us.
    private static func isOrigin(_ origin: String, of host: String?) -> Bool {
        for (scheme, standard) in [("http://", "80"), ("https://", "443")] where origin.hasPrefix(scheme) {
            guard let origin = HTTPAuthority(String(origin.dropFirst(scheme.count))),
                let host = host.flatMap(HTTPAuthority.init)
            else { return false }
            return origin.host == host.host && origin.port ?? standard == host.port ?? standard
        }
        return false
    }
}

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
