import Testing

@testable import HTTPServer

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
