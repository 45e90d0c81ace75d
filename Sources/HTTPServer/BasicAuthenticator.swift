import Synchronization

/// Checks HTTP basic authentication (RFC 7617) against bcrypt hashes.
///
/// One bcrypt runs at a time, off the event loop. What succeeded is remembered, one entry a user, so that a
/// scrape costs no bcrypt; what failed is not.
package final class BasicAuthenticator: Sendable {
    /// Outcome of a check.
    package enum Verdict: Sendable, Equatable {
        case accepted(user: String)
        case denied
        /// Too many checks wait already, or this one has waited too long.
        case busy
    }

    /// A fast keyed hash of the last password that succeeded; the key is random and never leaves the process.
    private struct Digest: Equatable {
        let first: UInt64
        let second: UInt64
    }

    private struct State {
        var digests: [String: Digest] = [:]
    }

    private let hashes: [String: BcryptHash]
    /// The cost of every check, whoever is asked for.
    private let cost: Int
    private let matches: @Sendable (BcryptHash, [UInt8]) -> Bool
    private let challenge: String
    private let key: (UInt64, UInt64, UInt64, UInt64)
    private let state = Mutex(State())
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
            do throws(BcryptHashError) {
                hashes[user] = try BcryptHash(hash)
            } catch {
                throw .invalidUser(user, reason: error.reason)
            }
        }
        self.hashes = hashes
        cost = hashes.values.map(\.cost).max() ?? BcryptHash.minimumCost
        let quotable = realm.utf8.filter { HTTPCharacters.isFieldValue($0) && $0 != 0x22 && $0 != 0x5C }
        challenge = "Basic realm=\"\(String(decoding: quotable, as: UTF8.self))\", charset=\"UTF-8\""
        key = (
            .random(in: 0...(.max)), .random(in: 0...(.max)), .random(in: 0...(.max)), .random(in: 0...(.max))
        )
    }

    /// Admits whoever is remembered at once and others once their password was checked: 401 with `WWW-Authenticate` for
    /// whoever is denied, 503 when there was no turn for the check.
    package func admission(of request: HTTPRequest) -> HTTPAdmission {
        guard let login = Login(request) else { return .refused(unauthorized) }
        if isRemembered(login) { return .admitted }
        return .pending {
            switch await self.check(login) {
            case .accepted: return nil
            case .denied: return self.unauthorized
            case .busy:
                var response = HTTPResponse.text(503, "too many passwords wait to be checked\n")
                response.headers.append(("Retry-After", "1"))
                return response
            }
        }
    }

    /// Whether the request carries a known user's password.
    package func authenticate(_ request: HTTPRequest) async -> Verdict {
        guard let login = Login(request) else { return .denied }
        return isRemembered(login) ? .accepted(user: login.user) : await check(login)
    }

    private struct Login: Sendable {
        let user: String
        let password: [UInt8]
        let client: String

        init?(_ request: HTTPRequest) {
            guard let credentials = BasicCredentials(request.headers) else { return nil }
            (user, password) = (credentials.user, credentials.password)
            client = PasswordChecks.client(request.remoteAddress)
        }
    }

    private var unauthorized: HTTPResponse {
        var response = HTTPResponse.text(401, "unauthorized\n")
        response.headers.append(("WWW-Authenticate", challenge))
        return response
    }

    private func isRemembered(_ login: Login) -> Bool {
        let digest = digest(login.password)
        return state.withLock { $0.digests[login.user].map { Self.equal($0, digest) } ?? false }
    }

    private func check(_ login: Login) async -> Verdict {
        let accepted = await checks.run(of: login.client) {
            // Another request may have been the first meanwhile.
            self.isRemembered(login) || self.isPassword(login)
        }
        guard let accepted else { return .busy }
        return accepted ? .accepted(user: login.user) : .denied
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
        state.withLock { $0.digests[login.user] = digest }
        return true
    }

    /// The standard library's keyed hash (SipHash) twice, under two random keys of ours.
    private func digest(_ password: [UInt8]) -> Digest {
        func half(_ a: UInt64, _ b: UInt64) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(a)
            hasher.combine(b)
            password.withUnsafeBytes { hasher.combine(bytes: $0) }
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
        return Digest(first: half(key.0, key.1), second: half(key.2, key.3))
    }

    private static func equal(_ a: Digest, _ b: Digest) -> Bool {
        (a.first ^ b.first) | (a.second ^ b.second) == 0
    }

    /// Users with a remembered success; never more than were configured.
    var rememberedUsers: Int { state.withLock { $0.digests.count } }
}
