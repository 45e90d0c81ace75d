import Alerting

/// What came of one attempt to deliver.
package enum DeliveryResult: Equatable, Sendable {
    case accepted
    /// To be tried again, not before so many seconds when the receiver says so.
    case later(DeliveryFailure, afterSeconds: Double? = nil)
    /// The receiver will never take the message.
    case refused(DeliveryFailure)
    case cancelled
}

/// Why an attempt did not succeed. Holds no secret.
package struct DeliveryFailure: Equatable, Sendable {
    /// An HTTP status, an error code of AWS or a short word; for counters.
    package let reason: String
    /// A sentence for people.
    package let detail: String
}

/// Sends a message to one receiver once, without retries.
package protocol ReceiverSender: Sendable {
    func send(_ message: NotificationMessage) async -> DeliveryResult
}

/// A receiver that forgets what it is not told again.
package protocol StandingSender: ReceiverSender {
    /// Between two times that it is told of a firing alert.
    var resendSeconds: Double { get }

    /// At most `AlertLimits.alertsPerRequest` alerts as they are now.
    func send(_ notices: [AlertNotice]) async -> DeliveryResult
}
