import Dispatch
import Testing

@testable import HTTPServer

/// Made with crypt(3) of another implementation language; the passwords stand beside them.
private let users = [
    "horse": "$2y$05$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yGq",  // correct horse
    "bee": "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW",  // secret
    "älg": "$2a$06$Zy9wVXUTSRQPONMLKJIHGesGB7I7/QTPjOvmCmWz7YPiDT3WjXgxK",  // pässwörd
]

@Suite("Bcrypt hash")
struct BcryptHashTests {
    static let checks: [(String, String, Bool)] = [
        ("horse", "correct horse", true), ("horse", "correct horsf", false), ("horse", "", false),
        ("bee", "secret", true), ("bee", "secret\0", false), ("bee", "Secret", false),
        ("älg", "pässwörd", true),
        ("älg", "password", false), ("bee", String(repeating: "x", count: 600), false),
    ]

    @Test("Exactly the password matches", arguments: checks)
    func matches(user: String, password: String, expected: Bool) throws {
        #expect(try BcryptHash(#require(users[user]), of: user).matches(Array(password.utf8)) == expected)
    }

    @Test("Only 72 bytes of a password count")
    func longPassword() throws {
        let hash = try BcryptHash(
            "$2y$04$ABCDEFGHIJKLMNOPQRSTUOuYy8StjgsgZTtVmDTnp7M4ztfhhHnBe", of: "joe")
        #expect(hash.matches([UInt8](repeating: 0x61, count: 80)))
        #expect(hash.matches([UInt8](repeating: 0x61, count: 72)))
        #expect(!hash.matches([UInt8](repeating: 0x61, count: 71)))
    }

    static let malformed = [
        "", "secret", "$1$abc$def", "$2x$05$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yGq",
        "$2y$05$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yG",
        "$2y$05$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yGqq",
        "$2y$05$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5y:q",
        "$2y$05KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yGq$",
        "$2y$03$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yGq",
        "$2y$17$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yGq",
        "$2y$x5$KBCwKxOzLha2MUdbHKQvZuxbYJsigKDoO5100OZ/POKv2oXIU5yGq",
    ]

    @Test("Another text is refused, and the refusal names the user but not the text", arguments: malformed)
    func refuses(text: String) {
        let error = #expect(throws: HTTPServerError.self) { try BasicAuthenticator(users: ["joe": text]) }
        #expect(error?.description.contains("\"joe\"") == true)
        #expect(
            error?.description.contains("KBCw") == false && error?.description.contains("secret") == false)
    }

    @Test("The dummy costs what a real hash costs and matches nothing known")
    func dummy() throws {
        #expect(!BcryptHash(dummyOfCost: 4).matches(Array("secret".utf8)))
        #expect(!BcryptHash(dummyOfCost: 10).matches([]))
        #expect(try BcryptHash(dummyOfCost: 6).cost == BcryptHash(#require(users["älg"]), of: "älg").cost)
        // The library refuses no such salt, which would cost nothing.
        let computed = try BcryptHash(
            "$2b$06$......................LlrHE.PBZavRp1Br9ZKhi8SOMUWPCBG", of: "joe")
        #expect(computed.matches(Array("secret".utf8)))
    }
}

/// What becomes of a request after its check, if it needs one.
private enum Verdict { case accepted, denied, busy }

extension BasicAuthenticator {
    fileprivate func authenticate(_ request: HTTPRequest) async -> Verdict {
        let refusal: HTTPResponse? =
            switch admission(of: request) {
            case .admitted: nil
            case .refused(let response): response
            case .pending(let check): await check()
            }
        switch refusal?.status {
        case nil: return .accepted
        case 503: return .busy
        default: return .denied
        }
    }
}

@Suite("Basic authentication", .timeLimit(.minutes(2)))
struct BasicAuthenticatorTests {
    private func request(_ fields: String...) -> HTTPRequest {
        HTTPRequest(headers: HTTPHeaders(fields.map { ("Authorization", $0) }))
    }

    private func request(_ user: String, _ password: String) -> HTTPRequest {
        request("Basic " + base64("\(user):\(password)"))
    }

    /// Written out here, so that the test does not share the decoder's library.
    private func base64(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var result = ""
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for position in 0..<4 {
                result.append(position <= group.count ? alphabet[bits >> (18 - 6 * position) & 63] : "=")
            }
        }
        return result
    }

    @Test("Known users pass, others and other passwords do not")
    func verdicts() async throws {
        let authenticator = try BasicAuthenticator(users: users)
        #expect(
            await authenticator.authenticate(request("horse", "correct horse")) == .accepted)
        #expect(await authenticator.authenticate(request("älg", "pässwörd")) == .accepted)
        #expect(await authenticator.authenticate(request("basic YmVlOnNlY3JldA==")) == .accepted)
        for (user, password) in [
            ("horse", "secret"), ("nobody", "secret"), ("", ""), ("bee", ""), ("BEE", "secret"),
        ] {
            #expect(await authenticator.authenticate(request(user, password)) == .denied)
        }
    }

    static let malformed = [
        "", "Basic", "Basic ", "Basic %", "Basic YmVlOnNlY3JldA", "Basic YmVl", "Bearer YmVlOnNlY3JldA==",
        "BasicYmVlOnNlY3JldA==", "Basic YmVlOnNlY3JldA== x", "Basic /zpzZWNyZXQ=",
    ]

    @Test("Malformed fields are denied", arguments: malformed)
    func deniesMalformed(field: String) async throws {
        #expect(try await BasicAuthenticator(users: users).authenticate(request(field)) == .denied)
    }

    @Test("No field, or two of them, are denied")
    func fieldCount() async throws {
        let authenticator = try BasicAuthenticator(users: users)
        #expect(await authenticator.authenticate(request()) == .denied)
        let field = "Basic YmVlOnNlY3JldA=="
        #expect(await authenticator.authenticate(request(field, field)) == .denied)
    }

    @Test("Success is remembered and later checks hash nothing; failure is neither remembered nor helped")
    func cache() async throws {
        let hashed = Recorder<Int>()
        let authenticator = try BasicAuthenticator(
            users: ["älg": users["älg"] ?? ""], checks: PasswordChecks()
        ) {
            hashed.add($0.cost)
            return $0.matches($1)
        }
        for index in 0..<20 {
            #expect(await authenticator.authenticate(request("user\(index)", "pässwörd")) == .denied)
            #expect(await authenticator.authenticate(request("älg", "wrong\(index)")) == .denied)
        }
        #expect(await authenticator.authenticate(request("älg", "pässwörd")) == .accepted)
        let before = hashed.values.count
        for _ in 0..<5000 {
            #expect(await authenticator.authenticate(request("älg", "pässwörd")) == .accepted)
        }
        #expect(hashed.values.count == before)
        #expect(await authenticator.authenticate(request("älg", "wrong")) == .denied)
    }

    @Test(
        "Each wrong password costs the same, for users with cheap and dear hashes and for unknown ones",
        arguments: ["bee", "horse", "älg", "nobody"])
    func cost(user: String) async throws {
        let hashed = Recorder<Int>()
        let authenticator = try BasicAuthenticator(users: users, checks: PasswordChecks()) { hash, _ in
            hashed.add(hash.cost)
            return false
        }
        #expect(await authenticator.authenticate(request(user, "wrong")) == .denied)
        let rounds = hashed.values.reduce(0) { (sum: Int, cost: Int) -> Int in sum + (1 << cost) }
        #expect(rounds == 64)
    }

    /// An authenticator whose checks wait until the hold ends, and the passwords in the order in which it checked them.
    private func held() throws -> (BasicAuthenticator, PasswordChecks, Recorder<String>, DispatchSemaphore) {
        let (checks, order, hold) = (PasswordChecks(), Recorder<String>(), DispatchSemaphore(value: 0))
        let authenticator = try BasicAuthenticator(users: ["bee": users["bee"] ?? ""], checks: checks) {
            order.add(String(decoding: $1, as: UTF8.self))
            hold.wait()
            hold.signal()
            return $0.matches($1)
        }
        return (authenticator, checks, order, hold)
    }

    private func request(_ user: String, _ password: String, from address: String) -> HTTPRequest {
        var request = request(user, password)
        request.remoteAddress = address
        return request
    }

    @Test("Thirty clients with wrong passwords keep a first login waiting for one turn of each")
    func fair() async throws {
        let (authenticator, checks, order, hold) = try held()
        let verdict = await withTaskGroup(of: Void.self) { group in
            for round in 0..<4 {
                for client in 0..<30 {
                    group.addTask {
                        _ = await authenticator.authenticate(
                            request("bee", "wrong\(round)", from: "10.0.0.\(client)"))
                    }
                }
            }
            // One is being checked.
            await until { checks.waitingCount == 119 }
            async let login = authenticator.authenticate(request("bee", "secret", from: "10.0.1.1"))
            await until { checks.waitingCount == 120 }
            hold.signal()
            return await login
        }
        #expect(verdict == .accepted)
        let place = try #require(order.values.firstIndex(of: "secret"))
        #expect(place <= 31, "\(place)")
    }

    @Test("A client that fills the queue is told to wait; it keeps no other out")
    func busy() async throws {
        let (authenticator, checks, order, hold) = try held()
        let flood = Recorder<Verdict>()
        let verdict = await withTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                group.addTask {
                    flood.add(
                        await authenticator.authenticate(request("bee", "wrong\(index)", from: "10.0.0.1")))
                }
                // The first is being checked before the others come.
                await until { !order.values.isEmpty }
            }
            let refused = 200 - 1 - PasswordChecks.maximumWaiting
            await until { flood.values.count == refused }
            async let login = authenticator.authenticate(request("bee", "secret", from: "10.0.1.1"))
            // It takes the place of one of them.
            await until { flood.values.count == refused + 1 }
            #expect(checks.waitingCount == PasswordChecks.maximumWaiting)
            #expect(flood.values.allSatisfy { $0 == .busy })
            hold.signal()
            return await login
        }
        #expect(verdict == .accepted)
        #expect(try #require(order.values.firstIndex(of: "secret")) <= 2)
        #expect(flood.values.count { $0 == .denied } == PasswordChecks.maximumWaiting)
    }

    @Test("Waiting ends after a while, and with the client")
    func bounded() async throws {
        let (time, hold, order) = (Recorder<Duration>(), DispatchSemaphore(value: 0), Recorder<String>())
        let start = ContinuousClock.now
        let checks = PasswordChecks(now: { start + (time.values.last ?? .zero) })
        @Sendable func check(_ name: String) async -> Bool? {
            await checks.run(of: name) {
                order.add(name)
                hold.wait()
                hold.signal()
                return true
            }
        }
        async let first = check("first")
        await until { order.values == ["first"] }
        let gone = Task { await check("gone") }
        await until { checks.waitingCount == 1 }
        async let late = check("late")
        await until { checks.waitingCount == 2 }
        gone.cancel()
        #expect(await gone.value == nil)
        #expect(checks.waitingCount == 1)
        time.add(PasswordChecks.longestWait + .seconds(1))
        hold.signal()
        #expect(await first == true)
        #expect(await late == nil)
        #expect(order.values == ["first"])
    }

    @Test("Addresses of one IPv6 network are one client")
    func clients() {
        #expect(PasswordChecks.client("10.0.0.1") == "10.0.0.1")
        #expect(PasswordChecks.client("2001:db8::1") == PasswordChecks.client("2001:db8::ffff:0:0:2"))
        #expect(PasswordChecks.client("2001:db8::1") != PasswordChecks.client("2001:db8:0:1::1"))
        #expect(PasswordChecks.client("fe80::1%eth0") == PasswordChecks.client("fe80::2"))
    }

    /// Polls for what other tasks bring about; the suite's time limit ends it when it never comes.
    private func until(_ condition: () -> Bool) async {
        while !condition() {
            do { try await Task.sleep(for: .milliseconds(1)) } catch { return }
        }
    }

    @Test("Names that no client could send are refused", arguments: ["", "a:b", "a\nb"])
    func invalidUser(user: String) {
        #expect(throws: HTTPServerError.self) { try BasicAuthenticator(users: [user: users["bee"] ?? ""]) }
    }

    @Test("Whoever is remembered is admitted at once, others after a check; a denial carries the challenge")
    func admission() async throws {
        let authenticator = try BasicAuthenticator(users: users, realm: "quo\"ta\r\n")
        guard case .pending(let first) = authenticator.admission(of: request("bee", "secret")) else {
            Issue.record("not checked")
            return
        }
        #expect(await first()?.status == nil)
        guard case .admitted = authenticator.admission(of: request("bee", "secret")) else {
            Issue.record("not remembered")
            return
        }
        guard case .pending(let wrong) = authenticator.admission(of: request("bee", "Secret")) else {
            Issue.record("not checked")
            return
        }
        #expect(await wrong()?.status == 401)
        guard case .refused(let denied) = authenticator.admission(of: request()) else {
            Issue.record("checked without a password")
            return
        }
        #expect(denied.status == 401)
        #expect(denied.header("WWW-Authenticate") == "Basic realm=\"quota\", charset=\"UTF-8\"")
    }
}

@Suite("Fair queue")
struct FairQueueTests {
    private func drain(_ queue: inout FairQueue<String>) -> String {
        var order: [String] = []
        while let item = queue.next() { order.append(item) }
        return order.joined(separator: " ")
    }

    @Test("clients take turns, each client's items keep their order")
    func turns() {
        var queue = FairQueue<String>(capacity: 10)
        for item in ["a1", "a2", "a3", "b1", "c1", "c2"] {
            #expect(queue.add(item, of: String(item.prefix(1))) == nil)
        }
        #expect(queue.count == 6)
        #expect(drain(&queue) == "a1 b1 c1 a2 c2 a3")
        #expect(queue.count == 0)
    }

    @Test("in a full queue the longest line gives its last place, but not to one that would be as long")
    func full() {
        var queue = FairQueue<String>(capacity: 4)
        for item in ["a1", "a2", "a3", "b1"] { _ = queue.add(item, of: String(item.prefix(1))) }
        #expect(queue.add("a4", of: "a") == "a4")
        #expect(queue.add("c1", of: "c") == "a3")
        #expect(queue.add("c2", of: "c") == "c2")
        #expect(queue.add("d1", of: "d") == "a2")
        #expect(queue.add("e1", of: "e") == "e1")
        #expect(drain(&queue) == "a1 b1 c1 d1")
    }

    @Test("an item can be taken out")
    func remove() {
        var queue = FairQueue<String>(capacity: 4)
        for item in ["a1", "b1", "b2"] { _ = queue.add(item, of: String(item.prefix(1))) }
        #expect(queue.remove(of: "a") { $0 == "a1" } == "a1")
        #expect(queue.remove(of: "a") { $0 == "a1" } == nil)
        #expect(queue.remove(of: "b") { $0 == "b3" } == nil)
        #expect(drain(&queue) == "b1 b2")
    }
}
