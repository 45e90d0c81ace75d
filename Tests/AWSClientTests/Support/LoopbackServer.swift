import Glibc
import Synchronization

/// A scripted HTTP server on 127.0.0.1 with a free port; a thread for each connection.
final class LoopbackServer: Sendable {
    struct Request: Sendable {
        /// Counted from 0 in the order of arrival.
        let number: Int
        /// Which connection it came on, counted from 0.
        let connection: Int
        let head: String
        let body: [UInt8]

        func header(_ name: String) -> String? {
            for line in head.split(separator: "\r\n").dropFirst() {
                guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else {
                    continue
                }
                return String(line[line.index(after: colon)...].drop { $0 == " " })
            }
            return nil
        }
    }

    enum Step: Sendable {
        case send(String)
        case sendBytes([UInt8])
        case wait(milliseconds: Int)
        /// Ends the connection.
        case close
        /// Ends the connection with a reset.
        case reset
    }

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var concurrent = 0
        var mostConcurrent = 0
        var sockets: Set<Int32> = []
    }

    let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let script: @Sendable (Request) -> [Step]

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }
    var mostConcurrent: Int { state.withLock { $0.mostConcurrent } }

    init(script: @escaping @Sendable (Request) -> [Step]) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard bound else { throw ServerError() }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.script = script
        onNewThread { [self] in acceptAll() }
    }

    struct ServerError: Error {}

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        for socket in state.withLock({ $0.sockets }) { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            let number = state.withLock { state in
                state.sockets.insert(connection)
                state.connections += 1
                return state.connections - 1
            }
            onNewThread { [self] in
                serve(connection, number: number)
                _ = state.withLock { $0.sockets.remove(connection) }
                close(connection)
            }
        }
        close(listener)
    }

    private func serve(_ connection: Int32, number: Int) {
        var buffer = [UInt8]()
        while let (head, body) = read(from: connection, &buffer) {
            let request = state.withLock { state in
                let request = Request(
                    number: state.requests.count, connection: number, head: head, body: body)
                state.requests.append(request)
                state.concurrent += 1
                state.mostConcurrent = max(state.mostConcurrent, state.concurrent)
                return request
            }
            let goesOn = play(script(request), on: connection)
            state.withLock { $0.concurrent -= 1 }
            guard goesOn else { return }
        }
    }

    private func play(_ steps: [Step], on connection: Int32) -> Bool {
        for step in steps {
            switch step {
            case .send(let text): guard write(Array(text.utf8), to: connection) else { return false }
            case .sendBytes(let bytes): guard write(bytes, to: connection) else { return false }
            case .wait(let milliseconds): usleep(UInt32(milliseconds) * 1000)
            case .close: return false
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(
                    connection, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return false
            }
        }
        return true
    }

    private func read(from connection: Int32, _ buffer: inout [UInt8]) -> (String, [UInt8])? {
        while true {
            if let end = endOfHead(buffer) {
                let head = String(decoding: buffer[..<end], as: UTF8.self)
                let length = Request(number: 0, connection: 0, head: head, body: []).header("content-length")
                let total = end + 4 + (length.flatMap { Int($0) } ?? 0)
                if buffer.count >= total {
                    let body = Array(buffer[(end + 4)..<total])
                    buffer.removeFirst(total)
                    return (head, body)
                }
            }
            var chunk = [UInt8](repeating: 0, count: 65536)
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer += chunk[..<count]
        }
    }

    private func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first {
            bytes[$0] == 13 && bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10])
        }
    }

    private func write(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }
}

extension LoopbackServer.Step {
    /// A whole answer that keeps the connection.
    static func answer(_ body: String, status: String = "200 OK", headers: String = "") -> Self {
        .send("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private func onNewThread(_ run: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let body = Unmanaged.passRetained(ThreadBody(run)).toOpaque()
    pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
            return nil
        }, body)
    pthread_detach(thread)
}
