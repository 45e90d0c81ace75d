import Testing

@testable import HTTPServer

@Suite("Hosts and origins")
struct HTTPHostGuardTests {
    private func request(_ method: String = "GET", _ fields: (String, String)...) -> HTTPRequest {
        HTTPRequest(method: method, headers: HTTPHeaders(fields.map { ($0.0, $0.1) }))
    }

    private func admits(_ address: String, _ names: [String] = [], host: String) throws -> Bool {
        HTTPHostGuard(listeningOn: try ListenAddress(address), names: names).admits(
            request("GET", ("Host", host)))
    }

    static let loopbackHosts = [
        "localhost", "localhost:9747", "LocalHost", "localhost.", "localhost.:80", "localhost:", "127.0.0.1",
        "127.0.0.1:1", "127.200.3.4", "[::1]", "[::1]:9747", "[0:0:0:0:0:0:0:1]", "[::1%lo]:9747",
        "[::ffff:127.0.0.1]", "",
    ]
    static let foreignHosts = [
        "evil.example", "evil.example:9747", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1",
        "0.0.0.0", "[::2]", "[::ffff:10.0.0.1]", "[::1", "[::1]x", "localhost:x", "::1", "127.1",
        "2130706433",
        "localhost..", "%6cocalhost", ".", ":80",
    ]

    @Test("on a loopback address its own names are answered", arguments: loopbackHosts)
    func loopback(host: String) throws {
        for address in ["127.0.0.1:0", "localhost:0", "[::1]:0", "127.9.9.9:0", "[::ffff:127.0.0.1]:0"] {
            #expect(try admits(address, host: host), "\(address)")
        }
    }

    @Test("on a loopback address no other name is answered", arguments: foreignHosts)
    func foreign(host: String) throws {
        for address in ["127.0.0.1:0", "localhost:0", "[::1]:0", "127.9.9.9:0", "[::ffff:127.0.0.1]:0"] {
            #expect(try !admits(address, host: host), "\(address)")
        }
    }

    @Test("on a loopback address named hosts are answered besides")
    func named() throws {
        let names = ["quotas.example.com", "10.0.0.1", "fd00::1"]
        for host in [
            "quotas.example.com", "QUOTAS.example.com.:8443", "10.0.0.1:9747", "[FD00::1]:1", "localhost",
        ] {
            #expect(try admits("127.0.0.1:0", names, host: host), "\(host)")
        }
        for host in ["example.com", "x.quotas.example.com", "10.0.0.2"] {
            #expect(try !admits("127.0.0.1:0", names, host: host), "\(host)")
        }
    }

    @Test("on another address all is answered, or, with names given, these and addresses")
    func others() throws {
        for address in [":0", "10.0.0.1:0", "0.0.0.0:0", "[fd00::1]:0"] {
            for host in ["anything.example", "10.0.0.1:9747", "x:y"] {
                #expect(try admits(address, host: host))
            }
            let names = ["quotas.example.com"]
            // Probes and scrapers that come by address, and what runs on the same machine.
            for host in ["quotas.example.com", "10.1.2.3:9747", "[fd00::2]:1", "localhost:9747", ""] {
                #expect(try admits(address, names, host: host), "\(host)")
            }
            for host in ["evil.example", "x:y"] { #expect(try !admits(address, names, host: host)) }
        }
    }

    @Test("a request of HTTP/1.0 without a host is answered")
    func noHost() throws {
        let guards = HTTPHostGuard(listeningOn: try ListenAddress("127.0.0.1:0"), names: [])
        #expect(guards.admits(request()))
    }

    private static let own = ("Host", "localhost:9747")

    @Test("changes that programs and our own pages ask for are not foreign")
    func own() {
        #expect(!HTTPOrigin.isForeignChange(request("POST", Self.own)))
        #expect(!HTTPOrigin.isForeignChange(request("POST")))
        for site in ["same-origin", "none"] {
            #expect(!HTTPOrigin.isForeignChange(request("POST", Self.own, ("Sec-Fetch-Site", site))))
        }
        for origin in ["http://localhost:9747", "https://LOCALHOST:9747"] {
            #expect(!HTTPOrigin.isForeignChange(request("PUT", Self.own, ("origin", origin))))
        }
        for origin in ["https://q.example", "https://q.example:443", "https://q.example."] {
            #expect(!HTTPOrigin.isForeignChange(request("POST", ("Host", "q.example"), ("Origin", origin))))
        }
        #expect(
            !HTTPOrigin.isForeignChange(
                request("POST", ("Host", "[::1]:9747"), ("Origin", "http://[::1]:9747"))))
    }

    @Test(
        "changes on behalf of other pages are foreign",
        arguments: [
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Site", "x"),
            ("Origin", "null"), ("Origin", ""), ("Origin", "http://evil.example"),
            ("Origin", "http://localhost"), ("Origin", "http://localhost:3000"),
            ("Origin", "http://127.0.0.1:9747"), ("Origin", "localhost:9747"),
            ("Origin", "http://localhost:9747.evil.example"), ("Origin", "http://localhost:9747/"),
            ("Origin", "http://localhost:9747, http://evil.example"), ("Origin", "file://"),
        ])
    func foreignChange(name: String, value: String) {
        for method in ["POST", "PUT", "DELETE", "PATCH", "UNKNOWN"] {
            #expect(HTTPOrigin.isForeignChange(request(method, Self.own, (name, value))))
        }
        for method in ["GET", "HEAD", "OPTIONS"] {
            #expect(!HTTPOrigin.isForeignChange(request(method, Self.own, (name, value))))
        }
        let both = request(
            "POST", Self.own, ("Sec-Fetch-Site", "same-origin"), ("Origin", "http://localhost:9747"),
            (name, value))
        #expect(HTTPOrigin.isForeignChange(both))
        #expect(HTTPOrigin.isForeignChange(request("POST", ("Origin", "http://localhost:9747"))))
    }
}

@Suite("Admission of requests", .timeLimit(.minutes(2)))
struct HTTPAdmissionTests {
    private func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n" }

    @Test("requests that wait for their admission take no place of others, and are answered in their turn")
    func waiting() async throws {
        var limits = HTTPServerLimits()
        limits.requestsInFlight = 1
        let gate = Gate()
        let server = HTTPServer(
            limits: limits,
            admission: { request in
                switch request.path {
                case "/no": return .refused(.text(403, "no"))
                case "/wait":
                    return .pending {
                        await gate.pass()
                        return nil
                    }
                case "/wait-no":
                    return .pending {
                        await gate.pass()
                        return .text(401, "wrong")
                    }
                default: return .admitted
                }
            }, handler: echo)
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        let waiting = try (0..<20).map { _ in try BlockingClient(port: port) }
        for (index, client) in waiting.enumerated() {
            try client.send(get(index == 0 ? "/wait-no" : "/wait"))
            await gate.arrived(index + 1)
        }
        let other = try BlockingClient(port: port)
        for (path, status) in [("/", 200), ("/no", 403), ("/again", 200)] {
            try other.send(get(path))
            let answer = try await blocking { try other.response() }
            #expect(answer.status == status)
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
        }
        await gate.open()
        let first = try await blocking { try waiting[0].response() }
        #expect(first.status == 401)
        // One place for nineteen that come at once: the others are told so.
        var statuses: [Int] = []
        for client in waiting.dropFirst() {
            statuses.append(try await blocking { try client.response().status })
        }
        #expect(statuses.contains(200) && statuses.allSatisfy { [200, 503].contains($0) })
        await server.stop(drain: .zero)
    }

    @Test("a client that goes away ends its waiting, and so does the stop")
    func ends() async throws {
        let ended = Recorder<Bool>()
        let gate = Gate()
        let server = HTTPServer(
            admission: { _ in
                .pending {
                    await gate.pass()
                    do { try await Task.sleep(for: .seconds(3600)) } catch { ended.add(true) }
                    return nil
                }
            }, handler: echo)
        await gate.open()
        let port = try server.start(ListenAddress("127.0.0.1:0")).port
        do {
            let client = try BlockingClient(port: port)
            try client.send(get("/"))
            await gate.arrived(1)
            client.resetOnClose()
        }
        while ended.values.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        let client = try BlockingClient(port: port)
        try client.send(get("/"))
        await gate.arrived(2)
        await server.stop(drain: .zero)
        while ended.values.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
    }
}
