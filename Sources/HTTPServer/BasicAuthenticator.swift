import CCrypt
import FoundationEssentials
import Synchronization

/// Checks HTTP basic authentication (RFC 7617) against bcrypt hashes.
///
/// One bcrypt runs at a time, off the event loop. What succeeded is remembered, one entry a user, so that a
/// scrape costs no bcrypt; what failed is not.
package final class BasicAuthenticator: Sendable {
    /// A fast keyed hash of the last password that succeeded; the key is random and never leaves the process.
    private typealias Digest = SIMD2<UInt64>

    private let hashes: [String: BcryptHash]
    /// The cost of every check, whoever is asked for.
    private let cost: Int
    private let matches: @Sendable (BcryptHash, [UInt8]) -> Bool
    private let challenge: String
    private let key = SIMD4<UInt64>.random(in: 0...(.max))
    private let digests = Mutex<[String: Digest]>([:])
    private let checks: PasswordChecks

    /// User names to bcrypt hashes; throws `invalidUser` for a name or hash that could never be matched.
    /// Without users everybody is denied.
    package convenience init(users: [String: String], realm: String = "restricted") throws(HTTPServerError) {
        try self.init(users: users, realm: realm, checks: PasswordChecks()) { $0.matches($1) }
    }

    /// With checks and hashing of a test's own.
    init(
        users: [String: String], realm: String = "restricted", checks: PasswordChecks,
        matches: @escaping @Sendable (BcryptHash, [UInt8]) -> Bool
    ) throws(HTTPServerError) {
        self.checks = checks
        self.matches = matches
        var hashes: [String: BcryptHash] = [:]
        for (user, hash) in users.sorted(by: { $0.key < $1.key }) {
            // RFC 7617 section 2: a user-id has no colon and no control characters.
            guard !user.isEmpty, user.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: ":") })
            else {
                throw .invalidUser(
                    user, reason: "a user name must not be empty or hold a colon or control character")
            }
            hashes[user] = try BcryptHash(hash, of: user)
        }
        self.hashes = hashes
        cost = hashes.values.map(\.cost).max() ?? BcryptHash.minimumCost
        let quotable = realm.utf8.filter { HTTPCharacters.isFieldValue($0) && $0 != 0x22 && $0 != 0x5C }
        challenge = "Basic realm=\"\(String(decoding: quotable, as: UTF8.self))\", charset=\"UTF-8\""
    }

    /// Admits whoever is remembered at once and others once their password was checked: 401 with `WWW-Authenticate` for
    /// whoever is denied, 503 when there was no turn for the check.
    package func admission(of request: HTTPRequest) -> HTTPAdmission {
        guard let login = Login(request) else { return .refused(unauthorized) }
        if isRemembered(login) { return .admitted }
        return .pending {
            switch await self.check(login) {
            case true?: return nil
            case false?: return self.unauthorized
            // Too many checks wait already, or this one has waited too long.
            case nil:
                var response = HTTPResponse.text(503, "too many passwords wait to be checked\n")
                response.headers.append(("Retry-After", "1"))
                return response
            }
        }
    }

    private var unauthorized: HTTPResponse {
        var response = HTTPResponse.text(401, "unauthorized\n")
        response.headers.append(("WWW-Authenticate", challenge))
        return response
    }

    private func isRemembered(_ login: Login) -> Bool {
        let digest = digest(login.password)
        return digests.withLock { $0[login.user].map { Self.equal($0, digest) } ?? false }
    }

    private func check(_ login: Login) async -> Bool? {
        await checks.run(of: login.client) {
            // Another request may have been the first meanwhile.
            self.isRemembered(login) || self.isPassword(login)
        }
    }

    /// Costs the same for every user, known or not: the time must not tell which names exist.
    private func isPassword(_ login: Login) -> Bool {
        guard let hash = hashes[login.user] else {
            _ = matches(BcryptHash(dummyOfCost: cost), login.password)
            return false
        }
        guard matches(hash, login.password) else {
            // A check of cost c is half of one of cost c + 1, so these add up to one of the highest.
            for rest in hash.cost..<cost { _ = matches(BcryptHash(dummyOfCost: rest), login.password) }
            return false
        }
        let digest = digest(login.password)
        digests.withLock { $0[login.user] = digest }
        return true
    }

    /// The standard library's keyed hash (SipHash) twice, under two random keys of ours.
    private func digest(_ password: [UInt8]) -> Digest {
        func half(_ key: SIMD2<UInt64>) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(key)
            password.withUnsafeBytes { hasher.combine(bytes: $0) }
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
        return Digest(half(key.lowHalf), half(key.highHalf))
    }

    private static func equal(_ a: Digest, _ b: Digest) -> Bool {
        let difference = a ^ b
        return difference.x | difference.y == 0
    }
}

/// User and password of an Authorization field (RFC 7617 section 2), and who sent it.
private struct Login: Sendable {
    /// The user-id, without colon.
    let user: String
    /// Everything behind the first colon; not necessarily text.
    let password: [UInt8]
    let client: String

    /// Nil without exactly one well-formed Basic field; a second one could be meant for another recipient.
    init?(_ request: HTTPRequest) {
        let fields = request.headers.values("Authorization")
        guard fields.count == 1, let field = fields.first else { return nil }
        let scheme = field.prefix { $0 != " " }
        guard HTTPHeaders.equal(String(scheme), "Basic") else { return nil }
        let token = String(decoding: HTTPHeaders.trimmed(field.dropFirst(scheme.count).utf8), as: UTF8.self)
        guard let decoded = Data(base64Encoded: token), let colon = decoded.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: decoded[..<colon], as: UTF8.self)
        else { return nil }
        self.user = user
        password = Array(decoded[(colon + 1)...])
        client = PasswordChecks.client(request.remoteAddress)
    }
}

/// A bcrypt hash as `htpasswd -B` writes it: `$2y$`, two digits of cost, `$`, 22 characters of salt, 31 of
/// digest.
struct BcryptHash: Sendable {
    /// A higher cost would make one check take longer than a request may.
    static let maximumCost = 16
    /// The lowest cost that bcrypt defines.
    static let minimumCost = 4
    /// The library refuses longer phrases; bcrypt itself looks at 72 bytes.
    static let maximumPasswordBytes = 511

    private static let digestLength = 31
    private static let saltLength = 22

    private let text: String
    /// The work of one check is 2 to the power of this.
    let cost: Int

    /// Throws `invalidUser`; the error repeats nothing of the text.
    init(_ text: String, of user: String) throws(HTTPServerError) {
        let bytes = Array(text.utf8)
        guard ["$2a$", "$2b$", "$2y$"].contains(where: text.hasPrefix) else {
            throw .invalidUser(
                user,
                reason: "the hash does not start with $2a$, $2b$ or $2y$; make one with htpasswd -nB <user>")
        }
        guard bytes.count == 7 + Self.saltLength + Self.digestLength, bytes[6] == UInt8(ascii: "$"),
            bytes[7...].allSatisfy(Self.isBase64)
        else {
            throw .invalidUser(
                user,
                reason: "the hash is not 60 characters of bcrypt; was it shortened or were its $ expanded?")
        }
        guard let cost = Self.cost(bytes[4], bytes[5]), cost >= Self.minimumCost, cost <= Self.maximumCost
        else {
            throw .invalidUser(
                user, reason: "the cost of the hash must be \(Self.minimumCost) to \(Self.maximumCost)")
        }
        self.text = text
        self.cost = cost
    }

    /// A hash of this cost that no password is known for, to spend the same time on unknown users.
    init(dummyOfCost cost: Int) {
        self.cost = cost
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        text = "$2b$\(digits)$" + String(repeating: ".", count: Self.saltLength + Self.digestLength)
    }

    /// Takes milliseconds to seconds by design; blocks the thread.
    func matches(_ password: [UInt8]) -> Bool {
        guard password.count <= Self.maximumPasswordBytes, !password.contains(0) else { return false }
        var phrase = password.map { CChar(bitPattern: $0) } + [0]
        var output = [CChar](repeating: 0, count: 128)
        let result = ccrypt_hash(&phrase, text, &output, output.count)
        guard result == 0 else { return false }
        // Only the digest counts: the library may write the salt's unused bits differently.
        let computed = SystemCall.text(output).utf8.suffix(Self.digestLength)
        return Self.equalInConstantTime(computed, text.utf8.suffix(Self.digestLength))
    }

    /// Takes as long for a difference in the first byte as in the last.
    static func equalInConstantTime(_ a: some Collection<UInt8>, _ b: some Collection<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func cost(_ tens: UInt8, _ ones: UInt8) -> Int? {
        guard (0x30...0x39).contains(tens), (0x30...0x39).contains(ones) else { return nil }
        return Int(tens - 0x30) * 10 + Int(ones - 0x30)
    }

    /// bcrypt's alphabet `./A-Za-z0-9`.
    private static func isBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2E...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
