import Glibc

/// The datagram socket on which a service manager listens, sd_notify(3): a path, or abstract when it begins with `@`.
package struct NotifySocket: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let name: String

    /// Throws for what is neither an absolute path nor an abstract name, and for one longer than unix(7) allows.
    package init(_ name: String) throws(Failure) {
        guard name.hasPrefix("/") || name.hasPrefix("@"), name.utf8.count > 1 else {
            throw Failure(description: "NOTIFY_SOCKET is \"\(name)\"; allowed: /path or @abstract-name")
        }
        // A path ends with a zero byte; an abstract name begins with one in place of the @.
        guard name.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
            throw Failure(description: "NOTIFY_SOCKET has \(name.utf8.count) bytes; allowed: 107")
        }
        self.name = name
    }

    /// Sends one datagram and never waits: a service manager that does not read must not hold up the daemon.
    package func send(_ text: String) throws(Failure) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket") }
        defer { close(descriptor) }
        var (address, length) = address
        let sent = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(
                    descriptor, text, text.utf8.count,
                    Int32(MSG_NOSIGNAL | MSG_DONTWAIT), address, length)
            }
        }
        guard sent == text.utf8.count else { throw failure("sendto") }
    }

    /// unix(7): the length tells where an abstract name ends.
    private var address: (sockaddr_un, socklen_t) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isAbstract = name.hasPrefix("@")
        let bytes = isAbstract ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return (address, socklen_t(MemoryLayout<sa_family_t>.size + bytes.count))
    }

    private func failure(_ call: String) -> Failure {
        Failure(
            description:
                "telling the service manager at \(name): \(call): \(String(cString: strerror(errno)))")
    }
}
