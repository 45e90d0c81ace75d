import Synchronization

@testable import AWSClient
@testable import HTTPClient

/// A transport that answers from a script and remembers what it was asked.
final class ScriptedTransport: HTTPTransport {
    typealias Answer = Result<TransportResponse, TransportError>

    private struct State {
        var requests: [TransportRequest] = []
        var answers: [Answer] = []
    }

    private let state: Mutex<State>
    private let handler: (@Sendable (TransportRequest, Int) -> Answer)?

    /// Answers in this order; one request more fails.
    init(_ answers: [Answer]) {
        state = Mutex(State(answers: answers))
        handler = nil
    }

    /// Answers by the request and its number, from 0.
    init(handler: @escaping @Sendable (TransportRequest, Int) -> Answer) {
        state = Mutex(State())
        self.handler = handler
    }

    var requests: [TransportRequest] { state.withLock { $0.requests } }
    var bodies: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let (number, scripted) = state.withLock { state -> (Int, Answer?) in
            state.requests.append(request)
            let scripted = state.answers.isEmpty ? nil : state.answers.removeFirst()
            return (state.requests.count - 1, scripted)
        }
        if let handler { return try handler(request, number).get() }
        guard let scripted else { throw .badRequest(reason: "the script has ended") }
        return try scripted.get()
    }
}

extension Result where Success == TransportResponse, Failure == TransportError {
    static func ok(_ body: String, headers: [String: String] = [:]) -> Self {
        status(200, body, headers: headers)
    }

    static func status(_ status: Int, _ body: String, headers: [String: String] = [:]) -> Self {
        .success(TransportResponse(status: status, headers: headers, body: Array(body.utf8)))
    }
}

/// A manual clock, a scripted generator, and a list of the sleeps.
final class ManualSurroundings: Sendable {
    private struct State {
        var now: Int
        var sleeps: [Duration] = []
    }

    private let state: Mutex<State>
    let random: Double

    init(now: Int = 1_700_000_000, random: Double = 0.5) {
        state = Mutex(State(now: now))
        self.random = random
    }

    var sleeps: [Duration] { state.withLock { $0.sleeps } }

    var surroundings: CallSurroundings {
        CallSurroundings(
            epochSeconds: { self.state.withLock { $0.now } }, uptime: { .zero },
            sleep: { duration in self.state.withLock { $0.sleeps.append(duration) } }, random: { self.random }
        )
    }
}

/// Credentials that change each time they are invalidated.
final class RefreshingCredentials: RefreshableCredentials {
    private let generation = Mutex(0)
    let changes: Bool

    init(changes: Bool = true) { self.changes = changes }

    var invalidations: Int { generation.withLock { $0 } }

    func credentials() async throws(CredentialsError) -> AWSCredentials {
        let number = changes ? generation.withLock { $0 } : 0
        return AWSCredentials(
            accessKeyID: "AKID\(number)", secretAccessKey: "secret-\(number)", sessionToken: "token-\(number)"
        )
    }

    func invalidate(_ used: AWSCredentials) async { generation.withLock { $0 += 1 } }
}

/// The same credentials for ever.
struct FixedCredentials: CredentialsProvider {
    var result: Result<AWSCredentials, CredentialsError> = .success(
        AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "a-secret-key"))

    func credentials() async throws(CredentialsError) -> AWSCredentials { try result.get() }
}

/// Keeps what it is told.
final class RecordingObserver: AWSCallObserver {
    private let unused = Mutex<[String: Int]>([:])
    /// How much of good answers was not used, by code.
    var leftOut: [String: Int] { unused.withLock { $0 } }

    func leftOut(_ count: Int, of request: AWSRequest, code: String) {
        unused.withLock { $0[code, default: 0] += count }
    }

    /// Metrics that may still be asked for; nil for any number.
    private let allowance = Mutex<Int?>(nil)
    func allow(_ metrics: Int) { allowance.withLock { $0 = metrics } }
    func affords(_ request: AWSRequest) -> Bool {
        allowance.withLock { left in
            guard let metrics = left else { return true }
            guard request.billedMetrics <= metrics else { return false }
            left = metrics - request.billedMetrics
            return true
        }
    }
    private let recorded = Mutex<[AWSCallAttempt]>([])
    var attempts: [AWSCallAttempt] { recorded.withLock { $0 } }
    func record(_ attempt: AWSCallAttempt) { recorded.withLock { $0.append(attempt) } }
}

/// A caller on a script, with a manual clock.
struct CallerFixture {
    let transport: ScriptedTransport
    let manual: ManualSurroundings
    let observer = RecordingObserver()
    let caller: AWSCaller

    init(
        _ transport: ScriptedTransport, credentials: (any CredentialsProvider)? = FixedCredentials(),
        endpoints: EndpointResolver = EndpointResolver(), attempts: Int = 3,
        manual: ManualSurroundings = ManualSurroundings()
    ) {
        self.transport = transport
        self.manual = manual
        caller = AWSCaller(
            transport: transport, credentials: credentials, endpoints: endpoints,
            retries: RetryPolicy(maximumAttempts: attempts), observer: observer,
            surroundings: manual.surroundings)
    }

    init(_ answers: [ScriptedTransport.Answer], credentials: (any CredentialsProvider)? = FixedCredentials())
    {
        self.init(ScriptedTransport(answers), credentials: credentials)
    }

    var cloudWatch: CloudWatchClient { CloudWatchClient(caller: caller, region: "us-east-1") }
    var serviceQuotas: ServiceQuotasClient { ServiceQuotasClient(caller: caller, region: "us-east-1") }
    var bedrock: BedrockClient { BedrockClient(caller: caller, region: "us-east-1") }
    var sts: STSClient { STSClient(caller: caller, region: "us-east-1") }
}

/// The error that the operation throws, or nil.
func awsError(_ operation: () async throws(AWSError) -> Void) async -> AWSError? {
    do throws(AWSError) {
        try await operation()
        return nil
    } catch {
        return error
    }
}
