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

/// Those who want to know when something new may wait for a receiver.
package struct NotificationListeners {
    private var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
    private var nextID = 0

    /// A stream that yields once at its beginning, for what waits already. `onEnd` is called when nobody reads it any
    /// more.
    package mutating func stream(onEnd: @escaping @Sendable (_ id: Int) -> Void) -> AsyncStream<Void> {
        let id = nextID
        nextID += 1
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { _ in onEnd(id) }
        continuation.yield()
        continuations[id] = continuation
        return stream
    }

    package func tell() {
        for continuation in continuations.values { continuation.yield() }
    }

    package mutating func remove(_ id: Int) { continuations[id] = nil }
}

/// For how long the store has refused what was decided of alerts.
package struct StoreRefusal: Sendable {
    /// After this long, decisions stand without the store.
    package static let patienceSeconds = 300.0

    private var since: Double?
    /// Decisions stand that the store does not know.
    package private(set) var isUnstored = false

    /// Notes one more refusal; true when patience is over.
    package mutating func note(now: Double) -> Bool {
        // After a jump of the clock backwards the waiting begins anew.
        let begun = min(since ?? now, now)
        since = begun
        guard now - begun >= Self.patienceSeconds else { return isUnstored }
        isUnstored = true
        return true
    }

    /// The store has taken everything; true when it had not for a while.
    package mutating func end() -> Bool {
        defer { self = StoreRefusal() }
        return since != nil
    }

    package func seconds(now: Double) -> Double { now - (since ?? now) }
}
