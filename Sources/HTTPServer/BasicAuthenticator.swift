import Dispatch
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
        /// Too many checks wait already; whoever floods us with wrong passwords must not take all handlers.
        case busy
    }

    /// Checks that run or wait; further ones are answered with 503.
    package static let maximumChecks = 8

    /// A fast keyed hash of the last password that succeeded; the key is random and never leaves the process.
    private struct Digest: Equatable {
        let first: UInt64
        let second: UInt64
    }

    private struct State {
        var digests: [String: Digest] = [:]
        var checks = 0
    }

    private let hashes: [String: BcryptHash]
    private let dummy: BcryptHash
    private let challenge: String
    private let key: (UInt64, UInt64, UInt64, UInt64)
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "basic-auth")

    /// User names to bcrypt hashes; throws `invalidUser` for a name or hash that could never be matched.
    /// Without users everybody is denied.
    package init(users: [String: String], realm: String = "restricted") throws(HTTPServerError) {
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
        dummy = BcryptHash(dummyOfCost: hashes.values.map(\.cost).max() ?? BcryptHash.minimumCost)
        let quotable = realm.utf8.filter { HTTPCharacters.isFieldValue($0) && $0 != 0x22 && $0 != 0x5C }
        challenge = "Basic realm=\"\(String(decoding: quotable, as: UTF8.self))\", charset=\"UTF-8\""
        key = (
            .random(in: 0...(.max)), .random(in: 0...(.max)), .random(in: 0...(.max)), .random(in: 0...(.max))
        )
    }

    /// The handler behind authentication: 401 with `WWW-Authenticate` for whoever is denied, 503 when too
    /// many checks wait.
    package func protecting(_ handler: @escaping HTTPHandler) -> HTTPHandler {
        { request in
            switch await self.authenticate(request) {
            case .accepted: return await handler(request)
            case .denied:
                var response = HTTPResponse.text(401, "unauthorized\n")
                response.headers.append(("WWW-Authenticate", self.challenge))
                return response
            case .busy:
                var response = HTTPResponse.text(503, "too many authentication checks are waiting\n")
                response.headers.append(("Retry-After", "1"))
                return response
            }
        }
    }

    /// Whether the request carries a known user's password.
    package func authenticate(_ request: HTTPRequest) async -> Verdict {
        guard let credentials = BasicCredentials(request.headers) else { return .denied }
        let digest = digest(credentials.password)
        let user = credentials.user
        // An unknown user costs a bcrypt as well: the time must not tell which names exist.
        let hash = hashes[user]
        let begun = state.withLock { state -> Verdict? in
            if let known = state.digests[user], Self.equal(known, digest) { return .accepted(user: user) }
            guard state.checks < Self.maximumChecks else { return .busy }
            state.checks += 1
            return nil
        }
        if let begun { return begun }
        let matches = await check(credentials.password, hash ?? dummy)
        let accepted = matches && hash != nil
        state.withLock { state in
            state.checks -= 1
            if accepted { state.digests[user] = digest }
        }
        return accepted ? .accepted(user: user) : .denied
    }

    /// The queue is serial: bcrypt never takes more than one core.
    private func check(_ password: [UInt8], _ hash: BcryptHash) async -> Bool {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: hash.matches(password)) }
        }
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
