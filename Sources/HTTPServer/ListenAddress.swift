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

/// A bound, listening, non-blocking TCP socket.
struct ListenSocket: Sendable {
    /// The owner of the descriptor.
    let socket: Socket
    /// With the real port.
    let address: ListenAddress

    /// What one accept brought.
    enum AcceptResult {
        case connection(Socket, remoteAddress: String)
        case none
        /// Descriptors or memory ran out, or the system refused otherwise; waiting a little is the only cure.
        case failed(errno: Int32)
    }

    /// Binds and listens; the error names address and system call.
    init(_ address: ListenAddress) throws(HTTPServerError) {
        switch address.host {
        case .ipv4(let host), .ipv6(let host): try self.init(address, on: host, dualStack: false)
        case .all:
            do throws(HTTPServerError) {
                try self.init(address, on: "::", dualStack: true)
            } catch .listenFailed(_, _, errno: EAFNOSUPPORT) {
                // A kernel without IPv6.
                try self.init(address, on: "0.0.0.0", dualStack: false)
            }
        }
    }

    private init(_ address: ListenAddress, on host: String, dualStack: Bool) throws(HTTPServerError) {
        func check(_ succeeded: Bool, _ step: String) throws(HTTPServerError) {
            guard !succeeded else { return }
            let code = errno
            guard code != EADDRINUSE else { throw .addressInUse(address.description) }
            throw .listenFailed(address: address.description, step: step, errno: code)
        }
        guard let list = Self.numeric(host, address.port) else {
            throw .invalidAddress(
                address.description, reason: "the host is not a numeric address; \(ListenAddress.allowed)")
        }
        defer { freeaddrinfo(list) }
        let name = list.pointee
        // CLOEXEC from the start: a program that is run at this moment must not keep the port.
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(name.ai_family, type, 0)
        try check(descriptor >= 0, "socket")
        socket = Socket(owning: descriptor)
        // A restart must not wait for old connections in TIME_WAIT.
        try check(Socket.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1), "setsockopt SO_REUSEADDR")
        if name.ai_family == AF_INET6 {
            let only: Int32 = dualStack ? 0 : 1
            try check(
                Socket.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, only), "setsockopt IPV6_V6ONLY")
        }
        try check(bind(descriptor, name.ai_addr, name.ai_addrlen) == 0, "bind")
        try check(listen(descriptor, HTTPServerLimits.backlog) == 0, "listen")
        let bound = NumericAddress { getsockname(descriptor, $0, $1) }
        try check(bound.result == 0, "getsockname")
        self.address = ListenAddress(host: address.host, port: bound.port)
    }

    /// The address as the system calls want it; nil for no numeric one.
    private static func numeric(_ host: String, _ port: UInt16) -> UnsafeMutablePointer<addrinfo>? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        return getaddrinfo(host, "\(port)", &hints, &list) == 0 ? list : nil
    }

    /// The next waiting connection, non-blocking and without Nagle's delay.
    func accept() -> AcceptResult {
        while true {
            let peer = NumericAddress { Glibc.accept(socket.descriptor, $0, $1) }
            if peer.result >= 0 {
                let descriptor = peer.result
                let accepted = Socket(owning: descriptor)
                guard Socket.configure(descriptor) else { return .failed(errno: errno) }
                // Without TCP_NODELAY an answer is only slower, so a refusal is no reason to drop the client.
                _ = Socket.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
                return .connection(accepted, remoteAddress: peer.host)
            }
            switch errno {
            // The client gave up while it waited (accept(2), "Error handling").
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, EHOSTDOWN, ENETUNREACH, EHOSTUNREACH, ENOPROTOOPT:
                continue
            case EAGAIN, EWOULDBLOCK: return .none
            default: return .failed(errno: errno)
            }
        }
    }
}

/// What a system call returned, and the address that it filled in.
private struct NumericAddress {
    let result: Int32
    /// Without port and zone; an IPv4 client of a dual-stack socket is shown as IPv4.
    let host: String
    let port: UInt16

    init(_ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: 64)
        var port = [CChar](repeating: 0, count: 8)
        result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let result = call(address, &length)
                // Not after a failure: its errno is to be told.
                guard result >= 0 else { return result }
                _ = getnameinfo(
                    address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                    NI_NUMERICHOST | NI_NUMERICSERV)
                return result
            }
        }
        let name = SystemCall.text(host).prefix { $0 != "%" }
        self.host =
            name.isEmpty
            ? "unknown"
            : name.hasPrefix("::ffff:") && name.contains(".")
                ? String(name.dropFirst(7)) : String(name)
        self.port = UInt16(SystemCall.text(port)) ?? 0
    }
}
