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
        #expect(try BcryptHash(#require(users[user])).matches(Array(password.utf8)) == expected)
    }

    @Test("Only 72 bytes of a password count")
    func longPassword() throws {
        let hash = try BcryptHash("$2y$04$ABCDEFGHIJKLMNOPQRSTUOuYy8StjgsgZTtVmDTnp7M4ztfhhHnBe")
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
        #expect(try BcryptHash(dummyOfCost: 6).cost == BcryptHash(#require(users["älg"])).cost)
        // The library refuses no such salt, which would cost nothing.
        let computed = try BcryptHash("$2b$06$......................LlrHE.PBZavRp1Br9ZKhi8SOMUWPCBG")
        #expect(computed.matches(Array("secret".utf8)))
    }
}

@Suite("Basic authentication")
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
            await authenticator.authenticate(request("horse", "correct horse")) == .accepted(user: "horse"))
        #expect(await authenticator.authenticate(request("älg", "pässwörd")) == .accepted(user: "älg"))
        #expect(await authenticator.authenticate(request("basic YmVlOnNlY3JldA==")) == .accepted(user: "bee"))
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

    @Test("Success is remembered and makes later checks fast; failure is neither remembered nor helped")
    func cache() async throws {
        let authenticator = try BasicAuthenticator(users: ["älg": users["älg"] ?? ""])
        for index in 0..<20 {
            #expect(await authenticator.authenticate(request("user\(index)", "pässwörd")) == .denied)
            #expect(await authenticator.authenticate(request("älg", "wrong\(index)")) == .denied)
        }
        #expect(authenticator.rememberedUsers == 0)
        #expect(await authenticator.authenticate(request("älg", "pässwörd")) == .accepted(user: "älg"))
        #expect(authenticator.rememberedUsers == 1)
        // Were each one checked, most would be told to wait.
        let verdicts = await flood(authenticator) { _ in ("älg", "pässwörd") }
        #expect(verdicts.allSatisfy { $0 == .accepted(user: "älg") })
        #expect(await authenticator.authenticate(request("älg", "wrong")) == .denied)
        #expect(authenticator.rememberedUsers == 1)
    }

    @Test("An unknown user costs a bcrypt as well, so a flood of them is told to wait, too")
    func unknownUsers() async throws {
        let authenticator = try BasicAuthenticator(users: ["älg": users["älg"] ?? ""])
        let verdicts = await flood(authenticator) { ("nobody\($0)", "wrong") }
        #expect(verdicts.contains(.busy) && verdicts.contains(.denied))
    }

    /// The verdicts on two hundred requests at a time.
    private func flood(
        _ authenticator: BasicAuthenticator, _ login: @Sendable @escaping (Int) -> (String, String)
    ) async -> [BasicAuthenticator.Verdict] {
        await withTaskGroup(of: BasicAuthenticator.Verdict.self) { group in
            for index in 0..<200 {
                let (user, password) = login(index)
                group.addTask { await authenticator.authenticate(request(user, password)) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("A flood of wrong passwords is told to wait instead of filling the server")
    func busy() async throws {
        let authenticator = try BasicAuthenticator(users: ["horse": users["horse"] ?? ""])
        let verdicts = await flood(authenticator) { ("horse", "wrong\($0)") }
        #expect(verdicts.contains(.busy) && verdicts.contains(.denied))
        #expect(!verdicts.contains(.accepted(user: "horse")))
        #expect(
            await authenticator.authenticate(request("horse", "correct horse")) == .accepted(user: "horse"))
    }

    @Test("Names that no client could send are refused", arguments: ["", "a:b", "a\nb"])
    func invalidUser(user: String) {
        #expect(throws: HTTPServerError.self) { try BasicAuthenticator(users: [user: users["bee"] ?? ""]) }
    }

    @Test("The handler is reached only with credentials; a denial carries the challenge")
    func protecting() async throws {
        let authenticator = try BasicAuthenticator(users: users, realm: "quo\"ta\r\n")
        let handler = authenticator.protecting { _ in .text(200, "inside") }
        #expect(await handler(request("bee", "secret")).status == 200)
        let denied = await handler(request("bee", "Secret"))
        #expect(denied.status == 401)
        #expect(denied.header("WWW-Authenticate") == "Basic realm=\"quota\", charset=\"UTF-8\"")
    }
}
