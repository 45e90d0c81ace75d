import Alerting
import QuotaModel
import System
import UsageStore

/// Decides by one Region's findings after the other which alerts fire, and keeps what is to be told of it.
///
/// A decision is stored before anybody hears of it, the alerts and the notifications in one transaction.
package actor AlertCenter {
    /// What the decisions rest on besides findings.
    package struct Settings: Sendable {
        package var rules: AlertRules
        /// How each receiver is told, by its name.
        package var receivers: [String: MessageForm]
        /// Whether the account's Region is one of those that are polled.
        package var isWatched: @Sendable (RegionKey) -> Bool

        package init(
            rules: AlertRules, receivers: [String: MessageForm],
            isWatched: @escaping @Sendable (RegionKey) -> Bool
        ) {
            self.rules = rules
            self.receivers = receivers
            self.isWatched = isWatched
        }
    }

    /// What is needed of the world.
    package struct Services: Sendable {
        let store: UsageStore
        let board: AlertBoard
        let clock: PollClock
        let log: Log
        /// Called when the store failed.
        let storageFailed: @Sendable () -> Void
        /// Called when other alerts fire than before.
        let firingChanged: @Sendable () -> Void

        package init(
            store: UsageStore, board: AlertBoard, clock: PollClock, log: Log,
            storageFailed: @escaping @Sendable () -> Void, firingChanged: @escaping @Sendable () -> Void
        ) {
            self.store = store
            self.board = board
            self.clock = clock
            self.log = log
            self.storageFailed = storageFailed
            self.firingChanged = firingChanged
        }
    }

    private let services: Services
    private var settings: Settings
    /// What has been decided and told.
    private var state = AlertState()
    /// What the store holds: behind `state` only while the store fails for long.
    private var stored = AlertState()
    /// False while alerts may be there that the settings do not ask for, or receivers that they do not name.
    private var areSettingsApplied = false
    private var settingsVersion = 0
    /// What the store holds cannot be used and gives way to the next decision as a whole.
    private var replacesStored = false
    private var refusal = StoreRefusal()
    private var listeners = NotificationListeners()
    /// One decision at a time: an actor lets others in while it waits for the store.
    private let turn = PollSlots(1)

    /// Nothing is known before `restore`.
    package init(_ settings: Settings, services: Services) {
        self.settings = settings
        self.services = services
    }

    // MARK: Beginning and reloading

    /// Takes up what an earlier run left in the store. What cannot be read is logged and begins anew.
    package func restore() async {
        do {
            let problems: [String]
            (state, problems) = try await services.store.alertState()
            replacesStored = !problems.isEmpty
            for problem in problems.prefix(Self.loggedProblems) {
                services.log.error("A stored alert is lost", ["error": problem])
            }
            if !problems.isEmpty {
                services.log.error("Stored alerts are lost", ["rows": "\(problems.count)"])
            }
        } catch {
            services.storageFailed()
            services.log.error("Stored alerts cannot be read", ["error": String(describing: error)])
            replacesStored = true
        }
        stored = state
        services.board.show(state.machine, firingChanged: true)
        await applySettings()
    }

    /// Takes other rules, receivers and Regions: alerts of rules and Regions that are gone end.
    package func configure(_ settings: Settings) async {
        self.settings = settings
        await applySettings()
    }

    /// Ends the alerts of Regions that turned out not to be polled, such as those of an account before it was known.
    package func forgetUnwatched() async { await applySettings() }

    private func applySettings() async {
        settingsVersion += 1
        areSettingsApplied = false
        await decide()
    }

    // MARK: Deciding

    /// What the evaluation of a Region needs to know.
    package func context(of region: RegionKey) -> (rules: AlertRules, tracked: Set<AlertIdentity>) {
        (settings.rules, state.machine.tracked(account: region.account, region: region.region))
    }

    /// Decides by all findings of one Region.
    package func take(_ findings: [AlertFinding], of region: RegionKey) async {
        await decide((findings, region))
    }

    private func decide(_ found: (findings: [AlertFinding], region: RegionKey)? = nil) async {
        do {
            try await turn.run { await self.decideNow(found) }
        } catch {
            // Only cancellation ends the waiting: the Region's task is over, and so is what it found.
        }
    }

    private func decideNow(_ found: (findings: [AlertFinding], region: RegionKey)?) async {
        let now = services.clock.now()
        guard !isNothing(found, now: now) else { return }
        let (settings, version) = (settings, settingsVersion)
        let before = state
        var next = state
        var transitions: [AlertTransition] = []
        if !areSettingsApplied { transitions = next.end(settings, now: now) }
        if let (findings, region) = found {
            transitions += next.machine.evaluate(
                findings, account: region.account, region: region.region, rules: settings.rules, now: now)
        }
        let lost = next.outbox.enqueue(transitions, from: before.machine, to: next.machine)
        // After that, because a new receiver never heard of alerts that end.
        if !areSettingsApplied { next.outbox.setReceivers(settings.receivers) }
        next.outbox.forgetOld(now: now)
        do {
            let place = found.map {
                AlertChange.Place.in(account: $0.region.account, region: $0.region.region)
            }
            try await store(next, differing: areSettingsApplied ? place ?? .nowhere : .anywhere)
        } catch {
            guard mayGoOn(error, now: now) else { return }
        }
        // Unless others came while this waited for the store.
        if version == settingsVersion { areSettingsApplied = true }
        state = next
        announce(transitions, lost: lost, before: before.machine)
    }

    /// Whether a decision would change nothing, as of most Regions of a fleet.
    private func isNothing(
        _ found: (findings: [AlertFinding], region: RegionKey)?, now: Double
    ) -> Bool {
        guard let (findings, region) = found, areSettingsApplied, !replacesStored, !refusal.isUnstored else {
            return false
        }
        return findings.isEmpty
            && state.machine.tracked(account: region.account, region: region.region).isEmpty
            && !state.outbox.hasOld(now: now)
    }

    private func announce(_ transitions: [AlertTransition], lost: [String: Int], before: AlertStateMachine) {
        let isAnnounced = transitions.contains(where: \.isAnnounced)
        services.board.show(state.machine, firingChanged: isAnnounced)
        let log = AlertLog(log: services.log)
        for transition in transitions { log.note(transition, before: before) }
        log.note(lost: lost)
        log.note(refusedAlerts: state.machine.refusedAlerts - before.refusedAlerts)
        guard isAnnounced else { return }
        listeners.tell()
        services.firingChanged()
    }

    // MARK: The store

    private func store(_ next: AlertState, differing place: AlertChange.Place) async throws {
        // While the store lags behind, other Regions' alerts differ as well.
        let isBehind = replacesStored || refusal.isUnstored
        let change = AlertChange(
            from: replacesStored ? nil : stored, to: next, differing: isBehind ? .anywhere : place)
        if !change.isEmpty { try await services.store.updateAlerts(change) }
        replacesStored = false
        stored = next
        if refusal.end() { services.log.info("Alerts are stored again") }
    }

    /// Whether a decision that the store refuses stands all the same: when it has refused for long. Not to be told of
    /// anything while a disk is full is worse than to be told twice after a restart.
    private func mayGoOn(_ error: any Error, now: Double) -> Bool {
        services.storageFailed()
        services.log.error("Storing alerts failed", ["error": String(describing: error)])
        guard refusal.note(now: now) else { return false }
        services.log.warn("Alerts go on without the store", ["seconds": "\(Int(refusal.seconds(now: now)))"])
        return true
    }

    /// Of one restart.
    private static let loggedProblems = 5
}

extension AlertState {
    /// Ends what the settings no longer ask for.
    fileprivate mutating func end(_ settings: AlertCenter.Settings, now: Double) -> [AlertTransition] {
        machine.reload(
            rules: settings.rules,
            isWatched: { settings.isWatched(RegionKey(account: $0, region: $1)) }, now: now)
    }
}

// MARK: - Delivery

extension AlertCenter: NotificationSource {
    package func next(for receiver: String) -> NotificationMessage? { state.outbox.next(for: receiver) }

    package func confirm(_ message: NotificationMessage, by receiver: String) async throws {
        try await deliver { $0.confirm(message, by: receiver) }
    }

    package func giveUp(_ message: NotificationMessage, for receiver: String) async throws {
        try await deliver { $0.giveUp(message, for: receiver) }
    }

    package func standing() -> (firing: [TrackedAlert], resolved: [AlertNotice]) {
        (state.machine.firing, state.outbox.recentlyResolved(now: services.clock.now()))
    }

    package func queueLength(of receiver: String) -> Int { state.outbox.length(of: receiver) }

    package func dropped(for receiver: String) -> Int { state.outbox.dropped(for: receiver) }

    package func changes() -> AsyncStream<Void> {
        listeners.stream { [weak self] id in
            Task { await self?.stopTelling(id) }
        }
    }

    private func stopTelling(_ id: Int) { listeners.remove(id) }

    private func deliver(_ change: @escaping @Sendable (inout NotificationOutbox) -> Void) async throws {
        try await turn.run { try await self.deliverNow(change) }
    }

    private func deliverNow(_ change: @Sendable (inout NotificationOutbox) -> Void) async throws {
        var next = state
        change(&next.outbox)
        do {
            try await store(next, differing: .nowhere)
        } catch {
            guard mayGoOn(error, now: services.clock.now()) else { throw error }
        }
        state = next
    }
}
