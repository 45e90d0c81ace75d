import Glibc
import Testing

@testable import HTTPServer

@Suite("Socket")
struct SocketTests {
    private func pair() throws -> (Socket, Socket) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        return (Socket(owning: ends[0]), Socket(owning: ends[1]))
    }

    @Test("Writing to a peer that is gone is an error and no signal")
    func brokenPipe() throws {
        let (near, far) = try pair()
        _ = consume far
        // Held back on this thread, a SIGPIPE would be pending afterwards.
        var signals = sigset_t()
        var previous = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        let handler = signal(SIGPIPE) { _ in }
        pthread_sigmask(SIG_BLOCK, &signals, &previous)
        defer {
            pthread_sigmask(SIG_SETMASK, &previous, nil)
            signal(SIGPIPE, handler)
        }
        #expect(near.write([1, 2, 3], from: 0, limit: 3, more: false) == .failed(errno: EPIPE))
        var pending = sigset_t()
        sigpending(&pending)
        #expect(sigismember(&pending, SIGPIPE) == 0)
    }

    @Test("Reading tells bytes, nothing yet, and the end apart")
    func read() throws {
        let (near, far) = try pair()
        var buffer = [UInt8](repeating: 0, count: 4)
        #expect(near.read(into: &buffer) == .wouldBlock)
        #expect(far.write([0, 7, 8, 9], from: 1, limit: 2, more: false) == .bytes(2))
        #expect(near.read(into: &buffer) == .bytes(2))
        #expect(buffer.prefix(2) == [7, 8])
        far.shutdownWrite()
        #expect(near.read(into: &buffer) == .end)
    }

    @Test("A full peer takes what fits and then nothing")
    func full() throws {
        let (near, far) = try pair()
        let bytes = [UInt8](repeating: 1, count: 1 << 20)
        var output = HTTPOutput()
        for _ in 0..<4 { output.append(bytes) }
        var sent = 0
        while case .bytes(let count)? = output.writeOnce(to: near) { sent += count }
        #expect(output.writeOnce(to: near) == .wouldBlock)
        #expect(sent > 0 && sent < 4 << 20 && !output.isEmpty)
        var received = 0
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !output.isEmpty || received < 4 << 20 {
            guard case .bytes(let count) = far.read(into: &buffer) else { break }
            received += count
            _ = output.writeOnce(to: near)
        }
        #expect(received == 4 << 20 && output.isEmpty)
    }
}

@Suite("Listen address")
struct ListenAddressTests {
    static let valid: [(String, ListenAddress.Host, UInt16, String)] = [
        ("127.0.0.1:9747", .ipv4("127.0.0.1"), 9747, "127.0.0.1:9747"), (":9747", .all, 9747, ":9747"),
        ("[::1]:9747", .ipv6("::1"), 9747, "[::1]:9747"),
        ("localhost:0", .ipv4("127.0.0.1"), 0, "127.0.0.1:0"),
        ("[::]:65535", .all, 65535, ":65535"), ("0.0.0.0:1", .ipv4("0.0.0.0"), 1, "0.0.0.0:1"),
    ]

    @Test("Address and port are read", arguments: valid)
    func parses(text: String, host: ListenAddress.Host, port: UInt16, written: String) throws {
        let address = try ListenAddress(text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.description == written)
    }

    static let invalid = [
        "", "9747", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
        "127.0.0.1:http",
        "::1:9747", "[::1]", "[::1:9747", "[127.0.0.1]:1", "example.com:80", "127.1:80", "[]:1",
        "1.2.3.4.5:1",
    ]

    @Test("Anything else is refused with what is allowed", arguments: invalid)
    func refuses(text: String) {
        let error = #expect(throws: HTTPServerError.self) { try ListenAddress(text) }
        #expect(error?.description.contains("\"\(text)\"") == true)
        #expect(error?.description.contains("allowed are 127.0.0.1:9747, [::1]:9747") == true)
    }

    @Test("An address in use is named")
    func inUse() async throws {
        try await withServer { port in
            let error = #expect(throws: HTTPServerError.self) {
                try HTTPServer(handler: echo).start(ListenAddress("127.0.0.1:\(port)"))
            }
            #expect(error == .addressInUse("127.0.0.1:\(port)"))
            #expect(error?.description.contains("127.0.0.1:\(port): the address is in use") == true)
        }
    }

    @Test("An address of another machine is refused with the system's reason")
    func notLocal() {
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(handler: echo).start(ListenAddress("192.0.2.1:0"))
        }
        #expect(
            error?.description == "cannot listen on 192.0.2.1:0: bind failed: Cannot assign requested address"
        )
    }
}
