/// How transitions become messages.
package enum MessageForm: String, Sendable {
    /// All of one evaluation together, as Alertmanager takes them.
    case batch
    /// Those of one evaluation with the same alert name, account and Region together.
    case grouped
    /// Each alone.
    case single
}

/// What is still to be told to whom. Pure: the edge sends, then confirms.
///
/// Delivery is at least once: a message leaves its queue only when it is confirmed, and keeps its identity until then.
/// Stored in one transaction with the state machine whose transitions it took.
package struct NotificationOutbox: Equatable, Sendable {
    /// One receiver's messages, as ascending transition IDs each.
    package struct Queue: Equatable, Sendable {
        package internal(set) var form: MessageForm
        package internal(set) var messages: [[Int]] = []
        /// Transitions that were given up because the queue was full or the receiver refused them.
        package internal(set) var dropped = 0

        package init(form: MessageForm, messages: [[Int]] = [], dropped: Int = 0) {
            self.form = form
            self.messages = messages
            self.dropped = dropped
        }

        var length: Int { messages.reduce(0) { $0 + $1.count } }
    }

    /// By the receiver's name.
    package private(set) var queues: [String: Queue] = [:]
    /// Those that a queue holds, by their IDs.
    package private(set) var transitions: [Int: AlertTransition] = [:]
    /// The newest resolution of each alert that has not fired since; resent to Alertmanager for a while.
    package private(set) var resolved: [AlertIdentity: AlertTransition] = [:]

    package init() {}

    /// What was stored. A message of transitions that are missing is one that nobody can be told: it counts as dropped.
    package init(
        queues: [String: Queue], transitions: [AlertTransition], resolved: [AlertTransition]
    ) {
        let byID = Dictionary(transitions.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        self.queues = queues.mapValues { queue in
            var kept = queue
            kept.messages = queue.messages.map { $0.filter { byID[$0] != nil } }.filter { !$0.isEmpty }
            kept.dropped += queue.length - kept.length
            return kept
        }
        self.transitions = byID
        self.resolved = Dictionary(
            resolved.map { ($0.identity, $0) }, uniquingKeysWith: { $0.id > $1.id ? $0 : $1 })
        forgetUnused()
    }

    // MARK: Filling

    /// The receivers of now, by name. A new one begins with an empty queue; the queue of one that is gone goes too.
    package mutating func setReceivers(_ forms: [String: MessageForm]) {
        queues = queues.filter { forms[$0.key] != nil }
        for (name, form) in forms.sorted(by: { $0.key < $1.key }).prefix(AlertLimits.receivers) {
            queues[name, default: Queue(form: form)].form = form
        }
        forgetUnused()
    }

    /// Queues the announced ones among the transitions of one evaluation for every receiver.
    ///
    /// - Parameters:
    ///   - old: The state before. Alertmanager is told of all, and inhibits by its own rules; others are not told of
    ///     warnings that a critical alert includes, by the state before or after.
    ///   - state: The state after.
    /// - Returns: How many each receiver lost because its queue was full; only those that lost some.
    package mutating func enqueue(
        _ new: [AlertTransition], from old: AlertStateMachine = AlertStateMachine(),
        to state: AlertStateMachine = AlertStateMachine()
    ) -> [String: Int] {
        let announced = new.filter(\.isAnnounced)
        guard !announced.isEmpty else { return [:] }
        for transition in announced {
            transitions[transition.id] = transition
            resolved[transition.identity] = transition.kind == .resolved ? transition : nil
        }
        let all = announced.filter { $0.kind != .uncovered }
        let distinct = Self.distinct(announced, from: old, to: state)
        var lost: [String: Int] = [:]
        for name in queues.keys.sorted() {
            guard var queue = queues[name] else { continue }
            queue.messages += Self.messages(of: queue.form == .batch ? all : distinct, as: queue.form)
            let dropped = Self.shorten(&queue)
            if dropped > 0 { lost[name] = dropped }
            queues[name] = queue
        }
        forgetUnused()
        return lost
    }

    /// Without warnings that a critical alert includes.
    private static func distinct(
        _ transitions: [AlertTransition], from old: AlertStateMachine, to state: AlertStateMachine
    ) -> [AlertTransition] {
        var uncovered: Set<AlertIdentity> = []
        return transitions.filter { transition in
            let identity = transition.identity
            switch transition.kind {
            case .fired: return !state.isHeldBack(identity)
            case .uncovered:
                uncovered.insert(identity)
                return true
            // Who was never told of a beginning is not told of the end.
            case .resolved: return uncovered.contains(identity) || !old.isHeldBack(identity)
            case .pending, .dropped: return false
            }
        }
    }

    private static func messages(of transitions: [AlertTransition], as form: MessageForm) -> [[Int]] {
        switch form {
        case .single: return transitions.map { [$0.id] }
        case .batch: return chunks(transitions.map(\.id))
        case .grouped:
            var groups: [NotificationGroup: [Int]] = [:]
            for transition in transitions {
                groups[NotificationGroup(transition.identity), default: []].append(transition.id)
            }
            return groups.sorted { $0.value[0] < $1.value[0] }.flatMap { chunks($0.value) }
        }
    }

    private static func chunks(_ ids: [Int]) -> [[Int]] {
        stride(from: 0, to: ids.count, by: AlertLimits.alertsPerRequest).map {
            Array(ids[$0..<min($0 + AlertLimits.alertsPerRequest, ids.count)])
        }
    }

    /// Drops the oldest messages of a queue that is too long; returns how many transitions that were.
    private static func shorten(_ queue: inout Queue) -> Int {
        var excess = queue.length - AlertLimits.queuedNotifications
        var dropped = 0
        while excess > 0, let oldest = queue.messages.first {
            queue.messages.removeFirst()
            dropped += oldest.count
            excess -= oldest.count
        }
        queue.dropped += dropped
        return dropped
    }

    // MARK: Delivery

    package var receivers: [String] { queues.keys.sorted() }

    /// The oldest message that the receiver has not confirmed; nil when there is none.
    package func next(for receiver: String) -> NotificationMessage? {
        guard let ids = queues[receiver]?.messages.first else { return nil }
        let found = ids.compactMap { transitions[$0] }
        guard let first = found.first else { return nil }
        return NotificationMessage(
            id: "\(first.id)-\(Int(first.at))", transitionIDs: ids,
            notices: found.compactMap(AlertNotice.init))
    }

    /// The receiver took the message. Confirming twice does no harm.
    package mutating func confirm(_ message: NotificationMessage, by receiver: String) {
        remove(message, from: receiver)
    }

    /// The receiver will never take the message: it is given up and counted.
    package mutating func giveUp(_ message: NotificationMessage, for receiver: String) {
        guard remove(message, from: receiver) else { return }
        queues[receiver]?.dropped += message.transitionIDs.count
    }

    @discardableResult
    private mutating func remove(_ message: NotificationMessage, from receiver: String) -> Bool {
        guard let index = queues[receiver]?.messages.firstIndex(of: message.transitionIDs) else {
            return false
        }
        queues[receiver]?.messages.remove(at: index)
        forgetUnused()
        return true
    }

    /// Transitions that wait for the receiver.
    package func length(of receiver: String) -> Int { queues[receiver]?.length ?? 0 }

    /// Transitions that the receiver was never told of.
    package func dropped(for receiver: String) -> Int { queues[receiver]?.dropped ?? 0 }

    /// Alerts that resolved lately, oldest first, for Alertmanager's resends.
    package func recentlyResolved(now: Double) -> [AlertNotice] {
        resolved.values.filter { Self.isRecent($0, now) }.sorted { $0.id < $1.id }.compactMap(
            AlertNotice.init)
    }

    /// Whether there are resolutions that are resent no more.
    package func hasOld(now: Double) -> Bool { resolved.values.contains { !Self.isRecent($0, now) } }

    /// Forgets resolutions that are resent no more.
    package mutating func forgetOld(now: Double) {
        resolved = resolved.filter { Self.isRecent($0.value, now) }
    }

    /// Also false for a resolution far in the future, after the clock was set back.
    private static func isRecent(_ transition: AlertTransition, _ now: Double) -> Bool {
        (now - transition.at).magnitude < AlertLimits.resolvedResendSeconds
    }

    private mutating func forgetUnused() {
        let used = Set(queues.values.flatMap { $0.messages.joined() })
        guard used.count < transitions.count else { return }
        transitions = transitions.filter { used.contains($0.key) }
    }
}

/// What makes alerts one message: a whole Region in trouble is announced once.
package struct NotificationGroup: Hashable, Sendable {
    package let kind: AlertKind
    package let account: String
    package let region: String

    package init(_ identity: AlertIdentity) {
        kind = identity.kind
        account = identity.account
        region = identity.region
    }

    /// The labels that all alerts of the group have.
    package var labels: [String: String] {
        ["alertname": kind.rawValue, "account": account, "region": region].filter { !$0.value.isEmpty }
    }
}
