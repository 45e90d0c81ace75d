import AWSClient

/// The notifiers of all receivers, each with a task of its own.
package final class NotifierFleet: Sendable {
    private struct Member {
        let receiver: AlertReceiver
        let settings: SenderFactory.Settings
        /// The AWS files that it was made by; nil where they are not known.
        let shared: SharedConfig?
        let notifier: Notifier

        /// A profile of the AWS configuration files may have changed without the receiver.
        func mayStay(_ shared: SharedConfig?) -> Bool {
            receiver.kind != .sns || shared != nil && shared == self.shared
        }
    }

    private let members: [Member]
    private let services: DeliveryServices

    /// Takes over from the fleet before it the notifiers whose receivers have not changed, with what they are at.
    ///
    /// Throws `CredentialsError` for a profile that does not exist and `TransportError` for a CA bundle that cannot be
    /// read; nothing has begun or ended then.
    ///
    /// - Parameter shared: The AWS files of now; nil where they are not known.
    package init(
        _ receivers: [AlertReceiver], _ settings: SenderFactory.Settings, after old: NotifierFleet?,
        shared: SharedConfig? = nil, services: DeliveryServices,
        senders: (SenderFactory.Settings) throws -> SenderFactory
    ) throws {
        var factory: SenderFactory?
        members = try receivers.map { receiver in
            let same = old?.members.first {
                $0.receiver == receiver && $0.settings == settings && $0.mayStay(shared)
            }
            if let same { return same }
            // None without a new receiver: each has a thread.
            let senders = try factory ?? senders(settings)
            factory = senders
            return Member(
                receiver: receiver, settings: settings, shared: shared,
                notifier: Notifier(receiver.name, sender: try senders.sender(receiver), services: services))
        }
        self.services = services
    }

    /// Those that were taken over are at work already.
    package func start() async {
        services.metrics.register(members.map(\.receiver.name))
        for member in members { await member.notifier.start() }
    }

    /// Lets messages that are under way and those that wait be sent for a while, then ends all that the next fleet has
    /// not taken over. What is left is in the store.
    package func stop(before next: NotifierFleet? = nil, drainSeconds: Double = DeliveryLimits.drainSeconds)
        async
    {
        let kept = next?.members.map(\.notifier) ?? []
        let ending = members.map(\.notifier).filter { notifier in !kept.contains { $0 === notifier } }
        for notifier in ending { await notifier.drain() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for notifier in ending { await notifier.end() } }
            group.addTask { [clock = services.clock] in
                // Cancelled when all have ended before.
                do { try await clock.sleep(drainSeconds) } catch { return }
            }
            await group.next()
            for notifier in ending { await notifier.cancel() }
            group.cancelAll()
        }
    }
}
