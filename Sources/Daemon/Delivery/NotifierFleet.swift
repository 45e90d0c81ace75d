import Configuration

/// The notifiers of all receivers, each with a task of its own.
final class NotifierFleet: Sendable {
    private let notifiers: [Notifier]
    private let names: [String]
    private let services: DeliveryServices

    /// Throws `CredentialsError` for a profile that does not exist and what `senders` throws; nothing has begun then.
    /// Without receivers, `senders` is not asked for.
    init(
        _ receivers: [AlertReceiver], senders: @autoclosure () throws -> SenderFactory,
        services: DeliveryServices
    ) throws {
        let senders = receivers.isEmpty ? nil : try senders()
        notifiers = try receivers.compactMap { receiver in
            try senders.map {
                Notifier(receiver.name, sender: try $0.sender(receiver), services: services)
            }
        }
        names = receivers.map(\.name)
        self.services = services
    }

    func start() async {
        services.metrics.register(names)
        for notifier in notifiers { await notifier.start() }
    }

    /// Lets messages that are under way and those that wait be sent for a while, then ends all. What is left is in the
    /// store.
    func stop(drainSeconds: Double = DeliveryLimits.drainSeconds) async {
        for notifier in notifiers { await notifier.drain() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for notifier in self.notifiers { await notifier.end() } }
            group.addTask { [clock = services.clock] in
                // Cancelled when all have ended before.
                do { try await clock.sleep(drainSeconds) } catch { return }
            }
            await group.next()
            for notifier in notifiers { await notifier.cancel() }
            group.cancelAll()
        }
    }
}
