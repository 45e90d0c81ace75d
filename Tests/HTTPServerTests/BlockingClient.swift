import Dispatch
import Glibc
import Synchronization

@testable import HTTPServer

/// A plain blocking TCP client, independent of the server's own socket code. Every read gives up after a
/// while.
final class BlockingClient: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A response taken apart.
    struct Response: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    private let descriptor: Int32

    /// Connects to 127.0.0.1, or to ::1.
    init(port: UInt16, ipv6: Bool = false, receiveBuffer: Int32? = nil, timeoutSeconds: Int = 60) throws {
        let family = ipv6 ? AF_INET6 : AF_INET
        descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "socket: \(errno)") }
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
        if var bytes = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        let connected: Int32
        if ipv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            connected = Self.connect(descriptor, &address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
            connected = Self.connect(descriptor, &address)
        }
        guard connected == 0 else {
            // The object is complete here, so deinit closes the descriptor; closing it twice would hit
            // another's.
            throw Failure(description: "connect: \(errno)")
        }
    }

    deinit { Glibc.close(descriptor) }

    private static func connect<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: \(errno)") }
            offset += count
        }
    }

    /// What one read brings; empty at the end of the connection.
    func read(upTo limit: Int = 65536) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &buffer, limit, 0)
        guard count >= 0 else { throw Failure(description: errno == EAGAIN ? "timeout" : "recv: \(errno)") }
        return Array(buffer[..<count])
    }

    /// Everything until the server closes.
    func readToEnd() throws -> String {
        var all: [UInt8] = []
        while true {
            let more = try read()
            if more.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += more
        }
    }

    /// One response, leaving what follows it unread (reads byte by byte up to the body).
    func response(toHead: Bool = false) throws -> Response {
        let lines = try head()
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "),
            let status = Int(first.dropFirst(9).prefix(3))
        else { throw Failure(description: "no status line: \(lines)") }
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (name: parts[0], value: String(parts.last?.drop { $0 == " " } ?? ""))
        }
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        if toHead || status == 204 || status == 304 || status == 100 {
            return Response(status: status, headers: headers, body: [])
        }
        if header("Transfer-Encoding") == "chunked" {
            return Response(status: status, headers: headers, body: try chunkedBody())
        }
        guard let length = header("Content-Length").flatMap(Int.init) else {
            return Response(status: status, headers: headers, body: Array(try readToEnd().utf8))
        }
        return Response(status: status, headers: headers, body: try exactly(length))
    }

    private func head() throws -> [String] {
        var lines: [String] = []
        while true {
            let line = try line()
            if line.isEmpty { return lines }
            lines.append(line)
        }
    }

    func line() throws -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(2).elementsEqual([0x0D, 0x0A]) { bytes += try exactly(1) }
        return String(decoding: bytes.dropLast(2), as: UTF8.self)
    }

    func exactly(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try read(upTo: min(count - bytes.count, 1 << 20))
            guard !more.isEmpty else {
                throw Failure(description: "closed after \(bytes.count) of \(count) bytes")
            }
            bytes += more
        }
        return bytes
    }

    private func chunkedBody() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            guard let size = Int(try line(), radix: 16) else { throw Failure(description: "bad chunk size") }
            body += try exactly(size)
            guard try line().isEmpty else { throw Failure(description: "chunk without CRLF") }
            if size == 0 { return body }
        }
    }

    func shutdownWrite() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Makes the close in `deinit` a reset, as that of a killed client with unread data is.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

/// Runs blocking code on a thread of its own, never on the pool that the handlers need.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "blocking-client").async {
            continuation.resume(with: Swift.Result { try body() })
        }
    }
}

/// Starts a server on a free loopback port, runs blocking client code against it, and stops it.
@discardableResult
func withServer<Result: Sendable>(
    limits: HTTPServerLimits = HTTPServerLimits(), on address: String = "127.0.0.1:0",
    handler: @escaping HTTPHandler = echo, admission: @escaping HTTPAdmissionCheck = { _ in .admitted },
    onEvent: @escaping @Sendable (HTTPServerEvent) -> Void = { _ in }, beginsAtOnce: Bool = false,
    _ body: @escaping @Sendable (UInt16) throws -> Result
) async throws -> Result {
    let server = HTTPServer(
        limits: limits, now: { 784_111_777 }, onEvent: onEvent, beginsAtOnce: beginsAtOnce,
        admission: admission, handler: handler)
    let bound = try server.start(ListenAddress(address))
    do {
        let result = try await blocking { try body(bound.port) }
        await server.stop(drain: .zero)
        return result
    } catch {
        await server.stop(drain: .zero)
        throw error
    }
}

/// Answers with method, path and body.
let echo: HTTPHandler = { request in
    .text(200, "\(request.method) \(request.path) \(String(decoding: request.body, as: UTF8.self))")
}

/// Sleeps on a blocking client's thread.
func pause(milliseconds: UInt32 = 100) { usleep(milliseconds * 1000) }

/// Collects values from any thread.
final class Recorder<Value: Sendable>: Sendable {
    private let stored = Mutex<[Value]>([])

    var values: [Value] { stored.withLock { $0 } }

    func add(_ value: Value) { stored.withLock { $0.append(value) } }
}

/// Lets a test hold handlers back and wait for them.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var arrivals = 0
    private var observers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    /// Called by a handler; returns once the gate is open.
    func pass() async {
        arrivals += 1
        let due = observers.filter { $0.count <= arrivals }
        observers.removeAll { $0.count <= arrivals }
        for observer in due { observer.continuation.resume() }
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    /// Returns once this many handlers have arrived.
    func arrived(_ count: Int) async {
        guard arrivals < count else { return }
        await withCheckedContinuation { observers.append((count, $0)) }
    }
}

/// Waits until the condition holds; false after a minute.
func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool {
    for _ in 0..<6000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
