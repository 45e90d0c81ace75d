import Glibc

/// A service manager's end of the notification socket: a bound datagram socket, closed at the end.
final class NotifyListener: Sendable {
    let name: String
    private let descriptor: Int32

    struct Failure: Error {
        let call: String
        let code: Int32
    }

    /// Abstract names belong to nobody and need no file; `name` is what NOTIFY_SOCKET would hold.
    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { path in
            path.copyBytes(from: bytes)
            if name.hasPrefix("@") { path[0] = 0 }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (name.hasPrefix("@") ? 0 : 1))
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0 else { throw Failure(call: "bind", code: errno) }
    }

    deinit { close(descriptor) }

    /// A name that no other test of this process uses.
    static func abstract(_ purpose: String) throws -> NotifyListener {
        try NotifyListener("@bedrock-quota-exporter-test-\(getpid())-\(purpose)")
    }

    /// The lines of the next datagram; nil when none comes within the time.
    func next(within seconds: Double = 60) -> [String]? {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, Int32(seconds * 1000)) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The next datagram that has the line, others passed over.
    func next(with line: String, within seconds: Double = 60) -> [String]? {
        var start = timespec()
        clock_gettime(CLOCK_MONOTONIC, &start)
        while let lines = next(within: seconds) {
            if lines.contains(line) { return lines }
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            if Double(now.tv_sec - start.tv_sec) > seconds { return nil }
        }
        return nil
    }
}
