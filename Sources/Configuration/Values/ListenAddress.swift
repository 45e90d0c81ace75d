/// Where the web server listens: `127.0.0.1:9747`, `[::1]:9747`, or `:9747` for all interfaces.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
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

/// The form of hosts in addresses and URLs. Whether one exists is for the system to find out.
enum HostName {
    /// A DNS name or an IPv4 address.
    static func isName(_ text: some StringProtocol) -> Bool {
        (1...ConfigurationLimits.hostCharacters).contains(text.count)
            && text.allSatisfy { $0.isASCIILetterOrDigit || $0 == "-" || $0 == "." || $0 == "_" }
    }

    /// The characters of an IPv6 address, perhaps with a zone.
    static func isIPv6(_ text: some StringProtocol) -> Bool {
        guard let address = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false).first
        else { return false }
        return text.count <= ConfigurationLimits.hostCharacters && address.contains(":")
            && address.allSatisfy { $0.isASCII && $0.isHexDigit || $0 == ":" || $0 == "." }
            && text.dropFirst(address.count).dropFirst().allSatisfy { $0.isASCIILetterOrDigit }
    }
}
