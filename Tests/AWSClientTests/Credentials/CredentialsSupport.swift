import FoundationEssentials
import Synchronization
import Testing

@testable import AWSClient
@testable import HTTPClient
@testable import System

/// Secrets that the tests hand out; no message may hold one of them.
enum Secret {
    static let key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    static let otherKey = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"
    static let token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////wEaCXVz"
    static let bearer = "eyJlbmMiOiJBMjU2R0NNIEXAMPLEBEARER"
    static let all = [key, otherKey, token, bearer]
}

/// Noon of a day in 2026.
let noon = Date(timeIntervalSince1970: 1_795_521_600)

/// The metadata services' JSON, one hour valid after `noon` unless said otherwise.
func metadataJSON(
    accessKeyID: String = "ASIAIOSFODNN7EXAMPLE", expiration: String = "2026-11-24T13:00:00Z"
) -> String {
    """
    {"Code": "Success", "AccessKeyId": "\(accessKeyID)", "SecretAccessKey": "\(Secret.key)",
     "Token": "\(Secret.token)", "Expiration": "\(expiration)"}
    """
}

/// The credentials in `metadataJSON`.
let metadataCredentials = AWSCredentials(
    accessKeyID: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: Secret.key, sessionToken: Secret.token,
    expiration: noon.addingTimeInterval(3600))

/// Fails the test where a message, a description or a dump of the value holds a secret.
func expectNoSecrets(_ value: Any, sourceLocation: SourceLocation = #_sourceLocation) {
    var dumped = ""
    dump(value, to: &dumped)
    for text in ["\(value)", String(reflecting: value), dumped] {
        for secret in Secret.all {
            #expect(!text.contains(secret), sourceLocation: sourceLocation)
        }
    }
}

/// The error of a provider that must fail, after a look for secrets in it. They are held by the process, as in use.
func failure(
    of provider: some CredentialsProvider, sourceLocation: SourceLocation = #_sourceLocation
) async -> CredentialsError? {
    Redactor.process.hold(keys: Secret.all)
    do throws(CredentialsError) {
        _ = try await provider.credentials()
        Issue.record("no error", sourceLocation: sourceLocation)
        return nil
    } catch {
        expectNoSecrets(error, sourceLocation: sourceLocation)
        return error
    }
}

/// Answers requests from a script and keeps them; what the script does not have cannot be connected to.
final class CredentialsTransport: HTTPTransport {
    typealias Answer = Result<TransportResponse, TransportError>

    private struct State {
        var answers: [Answer]
        var requests: [TransportRequest] = []
    }

    private let state: Mutex<State>

    init(_ answers: [Answer] = []) { state = Mutex(State(answers: answers)) }

    var requests: [TransportRequest] { state.withLock { $0.requests } }

    /// Method and URL of each request.
    var lines: [String] { requests.map { "\($0.method) \($0.url)" } }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let answer = state.withLock { state -> Answer in
            state.requests.append(request)
            guard !state.answers.isEmpty else {
                return .failure(.cannotConnect(host: "scripted", reason: "nothing there"))
            }
            return state.answers.removeFirst()
        }
        return try answer.get()
    }
}

extension Result where Success == TransportResponse, Failure == TransportError {
    static func text(_ status: Int, _ body: String = "") -> Self {
        .success(TransportResponse(status: status, body: Array(body.utf8)))
    }
}

/// Plays the Security Token Service: the secret of a role's keys is told by its place in the order of calls.
final class CredentialsRoles: RoleAssuming {
    private struct State {
        var calls: [(AssumeRoleRequest, signedBy: String)] = []
        var tokens: [WebIdentityRequest] = []
        var failures: [AWSError]
    }

    private let state: Mutex<State>

    init(failures: [AWSError] = []) { state = Mutex(State(failures: failures)) }

    var calls: [(AssumeRoleRequest, signedBy: String)] { state.withLock { $0.calls } }
    var tokens: [WebIdentityRequest] { state.withLock { $0.tokens } }

    func assumeRole(_ request: AssumeRoleRequest, signedBy credentials: AWSCredentials) async throws(AWSError)
        -> AWSCredentials
    {
        let count = try record { $0.calls.append((request, signedBy: credentials.accessKeyID)) }
        return Self.keys(count)
    }

    func assumeRoleWithWebIdentity(_ request: WebIdentityRequest) async throws(AWSError) -> AWSCredentials {
        let count = try record { $0.tokens.append(request) }
        return Self.keys(count)
    }

    /// The keys that the n-th call yields, from 1.
    static func keys(_ number: Int) -> AWSCredentials {
        AWSCredentials(
            accessKeyID: "ASIAROLE\(number)", secretAccessKey: Secret.otherKey, sessionToken: Secret.token,
            expiration: noon.addingTimeInterval(3600))
    }

    private func record(_ change: (inout State) -> Void) throws(AWSError) -> Int {
        let outcome = state.withLock { state -> Result<Int, AWSError> in
            change(&state)
            guard state.failures.isEmpty else { return .failure(state.failures.removeFirst()) }
            return .success(state.calls.count + state.tokens.count)
        }
        return try outcome.get()
    }
}

/// A refusal that quotes a secret, as no error should.
func stsError(_ kind: AWSError.Kind = .accessDenied, quoting secret: String = "") -> AWSError {
    AWSError(
        kind: kind, service: .sts, operation: "AssumeRole", region: "us-east-1", status: 403,
        code: "AccessDenied",
        message: "not authorized \(secret)")
}

/// A machine of variables and files; its home is `/home/me`.
func machine(_ variables: [String: String] = [:], files: [String: String] = [:]) -> AWSEnvironment {
    AWSEnvironment(variables: variables, homeDirectory: "/home/me") { path, _ throws(FileError) in
        files[path].map { Array($0.utf8) }
    }
}

func context(
    _ environment: AWSEnvironment = machine(), transport: CredentialsTransport = CredentialsTransport(),
    roles: CredentialsRoles = CredentialsRoles(), now: @escaping @Sendable () -> Date = { noon }
) -> CredentialsContext {
    CredentialsContext(
        environment: environment, transport: transport, roles: roles, now: now, pause: { _ in },
        random: { $0.upperBound })
}

/// The shared files of a machine.
func sharedConfig(config: String = "", credentials: String = "") throws -> SharedConfig {
    try SharedConfig.load(
        machine(files: ["/home/me/.aws/config": config, "/home/me/.aws/credentials": credentials]))
}
