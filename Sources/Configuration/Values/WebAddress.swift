/// Where the web server listens: `127.0.0.1:9747`, `[::1]:9747`, or `:9747` for all interfaces.
package struct WebAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or address without brackets; empty for all interfaces.
    package let host: String
    /// 0 for any free port.
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    init(_ scalar: ConfiguredScalar) throws(InvalidValue) {
        let allowed = "allowed: host:port, such as 127.0.0.1:9747, [::1]:9747, or :9747 for all interfaces"
        guard let colon = scalar.text.lastIndex(of: ":") else {
            throw InvalidValue("\(scalar.shown) has no port; \(allowed)")
        }
        var host = String(scalar.text[..<colon])
        let digits = scalar.text[scalar.text.index(after: colon)...]
        guard digits.allSatisfy(\.isASCIIDigit), let port = UInt16(digits) else {
            throw InvalidValue("\(scalar.shown) has no port from 0 to 65535; \(allowed)")
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard HostName.isIPv6(host) else {
                throw InvalidValue("\(scalar.shown) is no IPv6 address; \(allowed)")
            }
        } else if !host.isEmpty, !HostName.isName(host) {
            throw InvalidValue("\(scalar.shown) is not an address; \(allowed)")
        }
        self.init(host: host, port: port)
    }
}
