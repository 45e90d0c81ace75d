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
