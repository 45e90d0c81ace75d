import Dispatch
import Glibc

@testable import AWSSimulator

/// One blocking HTTP exchange over a fresh loopback connection, with whatever bytes come back.
enum LoopbackClient {
    struct Answer {
        var head: String
        var body: [UInt8]
        /// Whether the server ended the connection, rather than the time running out.
        var isClosed: Bool

        var status: Int { Int(head.dropFirst(9).prefix(3)) ?? 0 }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Exchanges on a thread of its own, outside the pool that the server's handlers need.
    static func send(_ request: SimulatedRequest, _ port: UInt16, seconds: Int = 10) async -> Answer? {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "blocking").async {
                continuation.resume(returning: exchange(request, port: port, seconds: seconds))
            }
        }
    }

    /// Sends the request with `Connection: close` and reads to the end, at most `seconds` from one byte to the next.
    private static func exchange(_ request: SimulatedRequest, port: UInt16, seconds: Int) -> Answer? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { return nil }
        let bytes = text(of: request) + request.body
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            return nil
        }
        return read(descriptor)
    }

    private static func text(of request: SimulatedRequest) -> [UInt8] {
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        var head = "\(request.method) \(request.path)\(query.isEmpty ? "" : "?" + query) HTTP/1.1\r\n"
        for (name, value) in request.headers { head += "\(name): \(value)\r\n" }
        head += "Content-Length: \(request.body.count)\r\nConnection: close\r\n\r\n"
        return Array(head.utf8)
    }

    private static func read(_ descriptor: Int32) -> Answer {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var count = recv(descriptor, &buffer, buffer.count, 0)
        while count > 0 {
            received += buffer[0..<count]
            count = recv(descriptor, &buffer, buffer.count, 0)
        }
        let isClosed = count == 0 || errno == ECONNRESET
        let separator = Array("\r\n\r\n".utf8)
        guard let end = received.firstRange(of: separator) else {
            return Answer(head: String(decoding: received, as: UTF8.self), body: [], isClosed: isClosed)
        }
        return Answer(
            head: String(decoding: received[..<end.lowerBound], as: UTF8.self),
            body: Array(received[end.upperBound...]), isClosed: isClosed)
    }
}
