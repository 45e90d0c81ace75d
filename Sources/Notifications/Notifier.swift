import Alerting
import System

/// What all notifiers share.
package struct DeliveryServices: Sendable {
    package let source: any NotificationSource
    package let clock: PollClock
    package let log: Log
    package let metrics: DeliveryMetrics
    /// Uniform in 0..<1, for jitter.
    package var random: @Sendable () -> Double = { Double.random(in: 0..<1) }
    /// Called when there are new figures for the page.
    package var published: @Sendable () -> Void = {}

    package init(
        source: any NotificationSource, clock: PollClock, log: Log, metrics: DeliveryMetrics,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        published: @escaping @Sendable () -> Void = {}
    ) {
        self.source = source
        self.clock = clock
        self.log = log
        self.metrics = metrics
        self.random = random
        self.published = published
    }
}

/// Delivers one receiver's messages in their order and at its pace, for ever: what fails is tried again until it is
/// taken or refused, and waits for no other receiver.
package actor Notifier {
    private let name: String
    private let sender: any ReceiverSender
    private let services: DeliveryServices
    private var schedule = DeliverySchedule()
    private var resends: AlertmanagerResends?
    private var task: Task<Void, Never>?
    private var wake: AsyncStream<Void>.Continuation?
    private var isDraining = false
    private var isPausing = false

    package init(_ name: String, sender: any ReceiverSender, services: DeliveryServices) {
        self.name = name
        self.sender = sender
        self.services = services
        resends = (sender as? any StandingSender).map { AlertmanagerResends(resendSeconds: $0.resendSeconds) }
    }

    /// Once; a second call does nothing.
    package func start() {
        task = task ?? Task { await run() }
    }

    /// Sends what waits as long as all goes well, and ends.
    package func drain() {
        isDraining = true
        wake?.finish()
        if isPausing { task?.cancel() }
    }

    /// Ends at once; what is under way is sent again by the next notifier of this name.
    package func cancel() { task?.cancel() }

    package func end() async { await task?.value }

    // MARK: The loop

    private func run() async {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wake = wake
        let changes = await services.source.changes()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in changes {
                    await self.noteQueue()
                    wake.yield()
                }
            }
            if let standing = sender as? any StandingSender {
                let pause = standing.resendSeconds / DeliveryLimits.resendChecksPerInterval
                group.addTask { [clock = services.clock] in await Self.tick(wake, every: pause, clock) }
            }
            // What waited before.
            wake.yield()
            if isDraining { wake.finish() }
            await serve(wakes)
            group.cancelAll()
        }
    }

    private func serve(_ wakes: AsyncStream<Void>) async {
        do {
            for await _ in wakes { try await work() }
            // A change may have come with the order to end.
            if isDraining, !Task.isCancelled, schedule.failures == 0 { try await work() }
        } catch {
            // Only cancellation ends it.
            services.log.debug("Delivery stopped", ["receiver": name])
        }
    }

    private static func tick(
        _ wake: AsyncStream<Void>.Continuation, every seconds: Double, _ clock: PollClock
    )
        async
    {
        while !Task.isCancelled {
            do { try await clock.sleep(seconds) } catch { return }
            wake.yield()
        }
    }

    private func work() async throws(CancellationError) {
        await noteQueue()
        // What waits goes first: a resend in between would tell the end of an alert before its beginning.
        while let message = await services.source.next(for: name) {
            guard !Task.isCancelled else { throw CancellationError() }
            try await deliver(message)
            await noteQueue()
        }
        try await resend()
    }

    private func noteQueue() async {
        let length = await services.source.queueLength(of: name)
        let dropped = await services.source.dropped(for: name)
        services.metrics.waiting(name, queueLength: length, dropped: dropped)
        services.published()
    }

    // MARK: Messages

    /// Returns when the message is dealt with, or after the pause that its failure asks for.
    private func deliver(_ message: NotificationMessage) async throws(CancellationError) {
        services.metrics.attempted(name)
        switch await sender.send(message) {
        case .accepted:
            reportSuccess(message)
            resends?.sent(message.notices, at: services.clock.now())
            try await store { try await self.services.source.confirm(message, by: self.name) }
        case .refused(let failure):
            services.metrics.failed(name, reason: failure.reason)
            services.log.error(
                "Receiver refuses a notification, which is given up",
                [
                    "receiver": name, "notification": message.id, "alerts": "\(message.notices.count)",
                    "error": failure.detail,
                ])
            try await store { try await self.services.source.giveUp(message, for: self.name) }
        case .later(let failure, let seconds):
            try await pause(after: failure, "Notification not delivered", message.id, seconds)
        case .cancelled: throw CancellationError()
        }
    }

    private func reportSuccess(_ message: NotificationMessage) {
        services.log.info(
            "Notification delivered",
            [
                "receiver": name, "notification": message.id, "alerts": "\(message.notices.count)",
                "failures_before": "\(schedule.failures)",
            ])
        schedule.succeeded()
    }

    private func pause(
        after failure: DeliveryFailure, _ what: String, _ message: String, _ seconds: Double?
    ) async throws(CancellationError) {
        let now = services.clock.now()
        schedule.failed(now: now, random: services.random(), retryAfterSeconds: seconds)
        let pause = schedule.notBefore - now
        services.metrics.failed(name, reason: failure.reason)
        services.published()
        services.log.warn(
            what,
            [
                "receiver": name, "notification": message, "failures_in_a_row": "\(schedule.failures)",
                "pause_seconds": "\(pause)", "error": failure.detail,
            ])
        try await sleep(pause)
    }

    private func sleep(_ seconds: Double) async throws(CancellationError) {
        guard !isDraining else { throw CancellationError() }
        isPausing = true
        defer { isPausing = false }
        do {
            try await services.clock.sleep(seconds)
        } catch {
            throw CancellationError()
        }
    }

    /// Has the store note what became of a message. While the store refuses, that is tried again and not the message,
    /// which the receiver has.
    private func store(_ note: @escaping @Sendable () async throws -> Void) async throws(CancellationError) {
        var attempts = DeliverySchedule()
        while true {
            do {
                // A task of its own: a stop that comes now must not undo what has been delivered.
                return try await Task { try await note() }.value
            } catch {
                let now = services.clock.now()
                attempts.failed(now: now, random: services.random())
                services.log.error(
                    "The state of a notification was not stored",
                    ["receiver": name, "failures_in_a_row": "\(attempts.failures)", "error": "\(error)"])
                try await sleep(attempts.notBefore - now)
            }
        }
    }

    // MARK: Resends

    /// Tells an Alertmanager once more what stands; it forgets alerts that nobody repeats.
    private func resend() async throws(CancellationError) {
        guard let sender = sender as? any StandingSender, let resends, !isDraining else { return }
        let standing = await services.source.standing()
        for notices in resends.due(
            firing: standing.firing, resolved: standing.resolved, now: services.clock.now())
        {
            guard !Task.isCancelled else { throw CancellationError() }
            services.metrics.attempted(name)
            switch await sender.send(notices) {
            case .accepted:
                schedule.succeeded()
                self.resends?.sent(notices, at: services.clock.now())
            case .refused(let failure):
                services.metrics.failed(name, reason: failure.reason)
                services.log.error(
                    "Receiver refuses alerts that are sent again",
                    ["receiver": name, "alerts": "\(notices.count)", "error": failure.detail])
                // Alertmanager takes the good ones of a request all the same; the next resend is due in time.
                self.resends?.sent(notices, at: services.clock.now())
            case .later(let failure, let seconds):
                // The rest stays due; what came into the queue meanwhile goes first.
                wake?.yield()
                return try await pause(after: failure, "Alerts not sent again", "resend", seconds)
            case .cancelled: throw CancellationError()
            }
        }
    }
}
