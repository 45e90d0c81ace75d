import Alerting
import Notifications

/// Sends each receiver a message that says it is a test, once, and tells each result in a line.
package struct ReceiverCheck: Sendable {
    private let receivers: [AlertReceiver]
    private let senders: SenderFactory
    private let now: @Sendable () -> Double
    private let report: @Sendable (CheckLine) -> Void

    package init(
        _ receivers: [AlertReceiver], senders: SenderFactory, now: @escaping @Sendable () -> Double,
        report: @escaping @Sendable (CheckLine) -> Void
    ) {
        self.receivers = receivers
        self.senders = senders
        self.now = now
        self.report = report
    }

    /// All at the same time; the lines come in the order of the configuration.
    package func run() async {
        guard !receivers.isEmpty else {
            return report(CheckLine(.fail, "receivers", "none are configured below alerts.receivers"))
        }
        let message = NotificationMessage.test(now: now())
        let tests = receivers.map { receiver in
            Task { [senders] in await Self.test(receiver, message, senders) }
        }
        for test in tests { report(await test.value) }
    }

    private static func test(
        _ receiver: AlertReceiver, _ message: NotificationMessage, _ senders: SenderFactory
    ) async -> CheckLine {
        let subject = "receiver \(receiver.name) (\(receiver.target.shown))"
        let result: DeliveryResult
        do {
            result = await (try senders.sender(receiver)).send(message)
        } catch {
            return CheckLine(.fail, subject, String(describing: error))
        }
        switch result {
        case .accepted: return CheckLine(.ok, subject, "took the test alert")
        case .refused(let failure): return CheckLine(.fail, subject, "refuses it: \(failure.detail)")
        case .later(let failure, _): return CheckLine(.fail, subject, "did not take it: \(failure.detail)")
        case .cancelled: return CheckLine(.fail, subject, "the check was interrupted")
        }
    }
}

extension AlertReceiver.Target {
    /// Where messages go, without secrets.
    fileprivate var shown: String {
        switch self {
        case .alertmanager(.text(let url)): url.descriptionWithPath
        case .webhook(.text(let url)), .slack(.text(let url)): url.description
        case .alertmanager(.file(let path)), .webhook(.file(let path)), .slack(.file(let path)):
            "the URL in \(path)"
        case .sns(let topicARN): topicARN
        case .command(let program, _): program
        }
    }
}
