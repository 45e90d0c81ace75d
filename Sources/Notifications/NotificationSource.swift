import Alerting

/// Where deliverers find what is to be told; the state behind it lives in the store.
package protocol NotificationSource: Sendable {
    /// The oldest message not yet confirmed for a receiver, by its name in the configuration; nil when nothing waits.
    /// The same message, with the same ID, until it is confirmed or given up, also after a restart.
    func next(for receiver: String) async -> NotificationMessage?

    /// Stores that the receiver has taken the message. Throws when the store refuses: then the confirmation is to be
    /// tried again later, not the message, which the receiver has.
    func confirm(_ message: NotificationMessage, by receiver: String) async throws

    /// Stores that the receiver will never take the message. Throws like `confirm`.
    func giveUp(_ message: NotificationMessage, for receiver: String) async throws

    /// For Alertmanager's resends: the alerts that fire now, and those that resolved in the last 15 minutes.
    func standing() async -> (firing: [TrackedAlert], resolved: [AlertNotice])

    /// How many alerts wait for the receiver.
    func queueLength(of receiver: String) async -> Int

    /// How many alerts the receiver was never told of: its queue was full, or they were given up.
    func dropped(for receiver: String) async -> Int

    /// Yields whenever something new may wait for any receiver; several such moments may become one.
    func changes() async -> AsyncStream<Void>
}
