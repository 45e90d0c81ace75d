import FoundationEssentials
import HTTPClient
import QuotaModel
import System

/// Keys for the token that `aws sso login` left in its cache (botocore's `SSOProvider`). The token itself is not
/// renewed here.
package struct SSOTokenCredentials: CredentialsProvider {
    static let source = "SSO"
    let context: CredentialsContext
    let profile: String
    let config: SharedConfig

    package func credentials() async throws(CredentialsError) -> AWSCredentials {
        let settings = try settings()
        let token = try settings.readToken(context)
        let request = TransportRequest(
            method: "GET", url: settings.portalURL,
            headers: [("Accept", "application/json"), ("x-amz-sso_bearer_token", token)],
            timeout: CredentialsLimits.ssoTimeout, maximumResponseBytes: CredentialsLimits.answerBytes)
        let response: TransportResponse
        do throws(TransportError) {
            response = try await context.transport.send(request)
        } catch {
            throw Self.failure("the SSO portal gave no answer: \(error)")
        }
        switch response.status {
        case 200: return try Self.decode(response.body, accountID: settings.accountID)
        case 401: throw Self.failure("the portal refuses the cached token; \(settings.loginAdvice)")
        case 403:
            throw Self.failure(
                "role \(settings.roleName) of account \(settings.accountID) is not assigned to this SSO user")
        default: throw Self.failure("the SSO portal answered HTTP \(response.status)")
        }
    }

    /// The portal's answer: keys in lower camel case, expiration in milliseconds.
    static func decode(_ bytes: [UInt8], accountID: String) throws(CredentialsError) -> AWSCredentials {
        struct Answer: Decodable {
            struct Keys: Decodable {
                let accessKeyId: String
                let secretAccessKey: String
                let sessionToken: String
                let expiration: Double
            }
            let roleCredentials: Keys
        }
        do {
            let keys = try JSONDecoder().decode(Answer.self, from: Data(bytes)).roleCredentials
            return AWSCredentials(
                accessKeyID: keys.accessKeyId, secretAccessKey: keys.secretAccessKey,
                sessionToken: keys.sessionToken,
                expiration: Date(timeIntervalSince1970: keys.expiration / 1000), accountID: accountID)
        } catch {
            throw failure("the portal's answer of \(bytes.count) bytes is not the expected JSON object")
        }
    }

    static func failure(_ reason: String) -> CredentialsError { .failed(source: source, reason: reason) }

    /// The profile's keys with those of its `sso-session` section; both must agree where both have one.
    private func settings() throws(CredentialsError) -> SSOSettings {
        let section = config.profile(profile) ?? ProfileSection()
        guard section["sso_role_name"] != nil || section["sso_account_id"] != nil else {
            throw .notConfigured(
                source: Self.source, reason: "no sso_account_id or sso_role_name in profile \(profile)")
        }
        var merged = section
        if let name = section["sso_session"] {
            guard let session = config.ssoSessions[name] else {
                throw Self.failure(
                    "profile \(profile): [sso-session \(name)] does not exist in \(config.configPath)")
            }
            for (key, value) in session.texts.sorted(by: { $0.key < $1.key }) {
                guard section[key] == nil || section[key] == value else {
                    throw Self.failure("profile \(profile) and [sso-session \(name)] disagree about \(key)")
                }
            }
            merged = section.overlaid(with: session)
        }
        return try SSOSettings(merged, profile: profile)
    }
}

/// The keys of a profile that uses SSO, checked.
private struct SSOSettings {
    let profile: String
    let session: String?
    let startURL: String
    let region: String
    let accountID: String
    let roleName: String

    init(_ section: ProfileSection, profile: String) throws(CredentialsError) {
        let keys = ["sso_role_name", "sso_account_id", "sso_start_url", "sso_region"]
        let missing = keys.filter { section[$0] == nil }
        guard let roleName = section[keys[0]], let accountID = section[keys[1]],
            let startURL = section[keys[2]],
            let region = section[keys[3]]
        else {
            throw SSOTokenCredentials.failure("profile \(profile) lacks \(missing.joined(separator: ", "))")
        }
        guard EndpointResolver.isValidRegion(region) else {
            throw SSOTokenCredentials.failure("profile \(profile): sso_region is not a Region name")
        }
        self.profile = profile
        session = section["sso_session"]
        (self.startURL, self.region, self.accountID, self.roleName) = (startURL, region, accountID, roleName)
    }

    var portalURL: String {
        "https://portal.sso.\(region).\(Partition(region: region).suffix)/federation/credentials"
            + "?account_id=\(Self.encoded(accountID))&role_name=\(Self.encoded(roleName))"
    }

    var loginAdvice: String { "run: aws sso login --profile \(profile)" }

    /// The token in `~/.aws/sso/cache`, in the file named after the session or, without one, the start URL.
    func readToken(_ context: CredentialsContext) throws(CredentialsError) -> String {
        struct CachedToken: Decodable {
            let accessToken: String
            let expiresAt: String
        }
        let name = SHA1.hexDigest(session ?? startURL)
        let path = context.environment.expandedPath("~/.aws/sso/cache/\(name).json")
        guard let bytes = try context.environment.file(path, CredentialsLimits.answerBytes) else {
            throw SSOTokenCredentials.failure("there is no cached token in \(path); \(loginAdvice)")
        }
        let cached: CachedToken
        do {
            cached = try JSONDecoder().decode(CachedToken.self, from: Data(bytes))
        } catch {
            throw SSOTokenCredentials.failure(
                "the cached token in \(path) cannot be understood; \(loginAdvice)")
        }
        guard let expiration = ExpirationTimestamp.parse(cached.expiresAt),
            cached.accessToken.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), !cached.accessToken.isEmpty
        else {
            throw SSOTokenCredentials.failure(
                "the cached token in \(path) cannot be understood; \(loginAdvice)")
        }
        guard expiration > context.now() else {
            throw SSOTokenCredentials.failure(
                "the cached token expired at \(ExpirationTimestamp.text(expiration)); \(loginAdvice)")
        }
        Redactor.process.hold(keys: [cached.accessToken])
        return cached.accessToken
    }

    /// RFC 3986: everything but the unreserved characters as `%XX`.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            let isUnreserved =
                byte < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character))
            let hex = String(byte, radix: 16, uppercase: true)
            return isUnreserved ? String(character) : "%" + (byte < 16 ? "0" : "") + hex
        }.joined()
    }
}
