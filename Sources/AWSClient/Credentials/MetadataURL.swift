import Glibc

/// The URL of a service that hands out keys, taken apart so that its host can be judged (RFC 3986 section 3).
struct MetadataURL: Equatable, Sendable {
    enum Scheme: String, Sendable {
        case http
        case https
    }

    let scheme: Scheme
    /// In lower case; an IPv6 address without its brackets.
    let host: String
    let text: String

    /// Nil for anything but `http(s)://HOST[:PORT][/PATH][?QUERY]` in visible ASCII. User information and fragments
    /// are refused: `http://169.254.170.2@example.com/` has another host than it seems.
    init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }),
            !text.contains(where: { "@#\\".contains($0) })
        else { return nil }
        let lowered = text.lowercased()
        guard let scheme = [Scheme.http, .https].first(where: { lowered.hasPrefix($0.rawValue + "://") })
        else {
            return nil
        }
        let authority = lowered.dropFirst(scheme.rawValue.count + 3).prefix { $0 != "/" && $0 != "?" }
        guard let (host, rest) = Self.splitHost(authority), !host.isEmpty else { return nil }
        guard rest.isEmpty || Self.isPort(rest) else { return nil }
        self.scheme = scheme
        self.host = String(host)
        self.text = text
    }

    /// Whether a token may be sent there: over TLS anywhere, in clear text only to this machine and to the
    /// addresses of ECS and EKS (botocore's `ContainerMetadataFetcher`).
    var mayServeContainerCredentials: Bool {
        if scheme == .https || host == "localhost" { return true }
        if let address = Self.ipv4(host) {
            return address[0] == 127 || address == [169, 254, 170, 2] || address == [169, 254, 170, 23]
        }
        return Self.ipv6(host) == Self.ipv6("::1") || Self.ipv6(host) == Self.ipv6("fd00:ec2::23")
    }

    private static func splitHost(_ authority: Substring) -> (host: Substring, rest: Substring)? {
        guard authority.first == "[" else {
            let host = authority.prefix { $0 != ":" }
            return (host, authority[host.endIndex...])
        }
        guard let close = authority.firstIndex(of: "]") else { return nil }
        let host = authority[authority.index(after: authority.startIndex)..<close]
        guard ipv6(String(host)) != nil else { return nil }
        return (host, authority[authority.index(after: close)...])
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard text.first == ":", let port = UInt16(text.dropFirst()), port > 0 else { return false }
        return text.dropFirst().allSatisfy(\.isNumber)
    }

    private static func ipv4(_ text: String) -> [UInt8]? {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { [UInt8]($0) }
    }

    /// Nil too for what is no address; so two of them compare equal only when a host is one.
    private static func ipv6(_ text: String) -> [UInt8]? {
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        return withUnsafeBytes(of: &address) { [UInt8]($0) }
    }
}
