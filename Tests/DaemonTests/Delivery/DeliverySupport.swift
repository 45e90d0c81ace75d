import Glibc
import HTTPServer
import QuotaModel
import Synchronization
import Testing

@testable import Alerting
@testable import Notifications

/// Transitions as an evaluation makes them.
func announced(
    _ id: Int, _ kind: AlertTransition.Kind = .fired, model: String = "m", region: String = "r",
    at: Double = 1000
) -> AlertTransition {
    let pool = QuotaPool(account: "a", region: region, scope: .global, model: model)
    return AlertTransition(
        id: id, identity: AlertIdentity(.quotaWarning, pool: pool, quota: .tokensPerMinute), kind: kind,
        reason: .conditionMet, at: at, startsAt: at, annotations: ["summary": "Much is used."])
}

/// The real outbox without a store.
actor FakeSource: NotificationSource {
    struct Refusal: Error {}

    private var outbox = NotificationOutbox()
    private var firing: [TrackedAlert] = []
    private var resolved: [AlertNotice] = []
    private var listeners: [AsyncStream<Void>.Continuation] = []
    /// So many confirmations fail.
    private var refusals = 0
    private(set) var confirmed: [String: [Int]] = [:]

    init(_ forms: [String: MessageForm]) { outbox.setReceivers(forms) }

    func enqueue(_ transitions: [AlertTransition]) {
        _ = outbox.enqueue(transitions)
        for transition in transitions {
            firing.removeAll { $0.identity == transition.identity }
            if transition.kind == .fired {
                firing.append(
                    TrackedAlert(
                        identity: transition.identity, phase: .firing, since: transition.at,
                        firedAt: transition.at, lastActive: transition.at, missingSince: nil,
                        annotations: [:]))
            }
        }
        resolved += transitions.filter { $0.kind == .resolved }.compactMap(AlertNotice.init)
        for listener in listeners { listener.yield() }
    }

    func refuse(_ count: Int) { refusals = count }

    func next(for receiver: String) -> NotificationMessage? { outbox.next(for: receiver) }

    func confirm(_ message: NotificationMessage, by receiver: String) throws {
        if refusals > 0 {
            refusals -= 1
            throw Refusal()
        }
        confirmed[receiver, default: []] += message.transitionIDs
        outbox.confirm(message, by: receiver)
    }

    func giveUp(_ message: NotificationMessage, for receiver: String) {
        outbox.giveUp(message, for: receiver)
    }

    func standing() -> (firing: [TrackedAlert], resolved: [AlertNotice]) { (firing, resolved) }
    func queueLength(of receiver: String) -> Int { outbox.length(of: receiver) }
    func dropped(for receiver: String) -> Int { outbox.dropped(for: receiver) }

    func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        listeners.append(continuation)
        return stream
    }
}

/// Answers by a script, then accepts everything; remembers what it was given.
final class ScriptedSender: StandingSender {
    struct Sent: Equatable, Sendable {
        let id: String
        let models: [String]
        let at: Double
    }

    private let script: Mutex<[DeliveryResult]>
    private let messages = Mutex<[Sent]>([])
    private let now: @Sendable () -> Double
    let resendSeconds: Double

    init(
        _ script: [DeliveryResult] = [], resendSeconds: Double = 60,
        now: @escaping @Sendable () -> Double = { 0 }
    ) {
        self.script = Mutex(script)
        self.resendSeconds = resendSeconds
        self.now = now
    }

    var sent: [Sent] { messages.withLock { $0 } }

    func send(_ message: NotificationMessage) async -> DeliveryResult { take(message.id, message.notices) }
    func send(_ notices: [AlertNotice]) async -> DeliveryResult { take("resend", notices) }

    private func take(_ id: String, _ notices: [AlertNotice]) -> DeliveryResult {
        let models = notices.map { "\($0.identity.model ?? "") \($0.status.rawValue)" }
        messages.withLock { $0.append(Sent(id: id, models: models, at: now())) }
        return script.withLock { $0.isEmpty ? .accepted : $0.removeFirst() }
    }
}

/// As `ScriptedSender`, but nothing that is told again.
struct PlainSender: ReceiverSender {
    let inner: ScriptedSender

    func send(_ message: NotificationMessage) async -> DeliveryResult { await inner.send(message) }
}

/// Fails until a time.
struct OutageSender: ReceiverSender {
    private let end: Double
    private let now: @Sendable () -> Double

    init(until end: Double, now: @escaping @Sendable () -> Double) {
        self.end = end
        self.now = now
    }

    func send(_ message: NotificationMessage) async -> DeliveryResult {
        now() < end ? .later(DeliveryFailure(reason: "503", detail: "status 503")) : .accepted
    }
}

/// Never answers until it is cancelled.
struct DeadSender: ReceiverSender {
    func send(_ message: NotificationMessage) async -> DeliveryResult {
        do { try await Task.sleep(for: .seconds(3600)) } catch { return .cancelled }
        return .cancelled
    }
}

/// An HTTP receiver on loopback that keeps what it is sent.
final class RecordingReceiver: Sendable {
    private let requestsTaken = Mutex<[HTTPRequest]>([])
    private let answer: Mutex<HTTPResponse>
    private let server = Mutex<HTTPServer?>(nil)

    init(_ answer: HTTPResponse = .text(200, "ok")) { self.answer = Mutex(answer) }

    /// Listens; returns `127.0.0.1:port`.
    func start() throws -> String {
        let server = HTTPServer(
            limits: HTTPServerLimits(), onEvent: { _ in },
            handler: { [weak self] request in
                guard let self else { return .text(500, "gone") }
                self.requestsTaken.withLock { $0.append(request) }
                return self.answer.withLock { $0 }
            })
        let address = try server.start(ListenAddress("127.0.0.1:0"))
        self.server.withLock { $0 = server }
        return "\(address)"
    }

    func stop() async { await server.withLock { $0 }?.stop(drain: .zero) }

    var requests: [HTTPRequest] { requestsTaken.withLock { $0 } }
}

/// Waits for something that other tasks bring about, within a minute: all tests of the module run at the same time.
func eventually(_ what: Comment, _ condition: () async -> Bool) async throws {
    let deadline = ContinuousClock.now.advanced(by: .seconds(60))
    while await !condition() {
        try #require(ContinuousClock.now < deadline, what)
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A file that changes.
final class SecretBox: Sendable {
    private let text = Mutex<String?>(nil)

    var bytes: [UInt8]? { text.withLock { $0.map { Array($0.utf8) } } }
    func set(_ text: String?) { self.text.withLock { $0 = text } }
}
