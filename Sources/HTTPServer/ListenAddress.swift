import Glibc

/// Where to listen: one IP address or all interfaces, and a TCP port (0 lets the system choose).
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    /// Which interfaces.
    package enum Host: Equatable, Sendable {
        /// Every interface, IPv6 and IPv4 on one socket.
        case all
        /// A numeric address such as `127.0.0.1`.
        case ipv4(String)
        /// A numeric address without brackets such as `::1`.
        case ipv6(String)
    }

    /// The interfaces to listen on.
    package var host: Host
    /// The TCP port, or 0.
    package var port: UInt16

    /// An address from its parts.
    package init(host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// What every error about an address ends with.
    static let allowed =
        "allowed are 127.0.0.1:9747, [::1]:9747, localhost:9747 and :9747 (all interfaces), "
        + "with a port from 0 to 65535"

    /// Reads `host:port`; `localhost` is 127.0.0.1, an empty host or `[::]` is all interfaces.
    package init(_ text: String) throws(HTTPServerError) {
        guard let colon = text.lastIndex(of: ":") else {
            throw .invalidAddress(text, reason: "the port is missing; \(Self.allowed)")
        }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(digits)
        else {
            throw .invalidAddress(text, reason: "\"\(digits)\" is not a port; \(Self.allowed)")
        }
        guard let host = Self.host(String(text[..<colon])) else {
            throw .invalidAddress(text, reason: "the host is not a numeric address; \(Self.allowed)")
        }
        self.init(host: host, port: port)
    }

    private static func host(_ text: String) -> Host? {
        switch text {
        case "", "[::]": return .all
        case "localhost": return .ipv4("127.0.0.1")
        default: break
        }
        if text.hasPrefix("["), text.hasSuffix("]") {
            let inner = String(text.dropFirst().dropLast())
            var address = in6_addr()
            return inet_pton(AF_INET6, inner, &address) == 1 ? .ipv6(inner) : nil
        }
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1 ? .ipv4(text) : nil
    }

    /// As `init(_:)` reads it.
    package var description: String {
        switch host {
        case .all: ":\(port)"
        case .ipv4(let address): "\(address):\(port)"
        case .ipv6(let address): "[\(address)]:\(port)"
        }
    }
}
