import Glibc

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
        case .ipv4(let host):
            var value = in_addr()
            guard inet_pton(AF_INET, host, &value) == 1 else { throw Self.notNumeric(address) }
            try self.init(SocketAddress(ipv4: value, port: address.port), address, dualStack: false)
        case .ipv6(let host):
            var value = in6_addr()
            guard inet_pton(AF_INET6, host, &value) == 1 else { throw Self.notNumeric(address) }
            try self.init(SocketAddress(ipv6: value, port: address.port), address, dualStack: false)
        case .all:
            do throws(HTTPServerError) {
                try self.init(SocketAddress(ipv6: in6addr_any, port: address.port), address, dualStack: true)
            } catch .listenFailed(_, _, errno: EAFNOSUPPORT) {
                // A kernel without IPv6.
                try self.init(
                    SocketAddress(ipv4: in_addr(s_addr: 0), port: address.port), address, dualStack: false)
            }
        }
    }

    private init(
        _ socketAddress: SocketAddress, _ address: ListenAddress, dualStack: Bool
    ) throws(HTTPServerError) {
        func check(_ succeeded: Bool, _ step: String) throws(HTTPServerError) {
            guard !succeeded else { return }
            let code = errno
            guard code != EADDRINUSE else { throw .addressInUse(address.description) }
            throw .listenFailed(address: address.description, step: step, errno: code)
        }
        // CLOEXEC from the start: a program that is run at this moment must not keep the port.
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(socketAddress.family, type, 0)
        try check(descriptor >= 0, "socket")
        let socket = Socket(owning: descriptor)
        // A restart must not wait for old connections in TIME_WAIT.
        try check(Socket.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1), "setsockopt SO_REUSEADDR")
        if socketAddress.family == AF_INET6 {
            let only: Int32 = dualStack ? 0 : 1
            try check(
                Socket.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, only), "setsockopt IPV6_V6ONLY")
        }
        try check(socketAddress.withPointer { bind(descriptor, $0, $1) } == 0, "bind")
        try check(listen(descriptor, HTTPServerLimits.backlog) == 0, "listen")
        var bound = SocketAddress()
        try check(bound.withMutablePointer { getsockname(descriptor, $0, $1) } == 0, "getsockname")
        self.socket = socket
        self.address = ListenAddress(host: address.host, port: bound.port)
    }

    private static func notNumeric(_ address: ListenAddress) -> HTTPServerError {
        .invalidAddress(
            address.description, reason: "the host is not a numeric address; \(ListenAddress.allowed)")
    }

    /// The next waiting connection, non-blocking and without Nagle's delay.
    func accept() -> AcceptResult {
        while true {
            var peer = SocketAddress()
            let descriptor = peer.withMutablePointer { Glibc.accept(socket.descriptor, $0, $1) }
            if descriptor >= 0 {
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
