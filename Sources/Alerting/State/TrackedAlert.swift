/// What is known of alerts and still to be told of them: the two are stored together.
package struct AlertState: Equatable, Sendable {
    package var machine = AlertStateMachine()
    package var outbox = NotificationOutbox()

    package init() {}

    package init(machine: AlertStateMachine, outbox: NotificationOutbox) {
        self.machine = machine
        self.outbox = outbox
    }
}

/// What the evaluator says of one alert.
package struct AlertFinding: Equatable, Sendable {
    package let identity: AlertIdentity
    let verdict: Verdict
    /// The changing figures; empty when nothing new is known.
    package let annotations: [String: String]

    init(_ identity: AlertIdentity, _ verdict: Verdict, _ annotations: [String: String] = [:]) {
        self.identity = identity
        self.verdict = verdict
        self.annotations = annotations
    }
}

/// An alert that is pending or firing.
package struct TrackedAlert: Equatable, Sendable {
    package enum Phase: String, Sendable {
        case pending, firing
    }

    package let identity: AlertIdentity
    package internal(set) var phase: Phase
    /// When the condition began, by the data, Unix seconds.
    package internal(set) var since: Double
    /// When it fired, by the clock, Unix seconds; nil while pending.
    package internal(set) var firedAt: Double?
    /// The end of the newest data that showed the condition. Calm before that resolves nothing.
    package internal(set) var lastActive: Double
    /// Since when the observations no longer know the subject.
    package internal(set) var missingSince: Double?
    /// As of the last evaluation that knew of the subject, with what the state machine notes.
    package internal(set) var annotations: [String: String]

    package init(
        identity: AlertIdentity, phase: Phase, since: Double, firedAt: Double?, lastActive: Double,
        missingSince: Double?, annotations: [String: String]
    ) {
        self.identity = identity
        self.phase = phase
        self.since = since
        self.firedAt = firedAt
        self.lastActive = lastActive
        self.missingSince = missingSince
        self.annotations = annotations
    }
}

extension TrackedAlert {
    /// The critical alert that includes this one and was firing when this one fired. Receivers without an inhibition of
    /// their own are told of that one only. Kept among the annotations, for people too.
    package internal(set) var toldAs: AlertKind? {
        get { annotations["told_as"].flatMap(AlertKind.init) }
        set { annotations["told_as"] = newValue?.rawValue }
    }

    /// Takes the figures of an evaluation. What was true when the alert fired stays, and is named beside what is now.
    mutating func take(_ new: [String: String]) {
        guard !new.isEmpty else { return }
        let (old, toldAs) = (annotations, toldAs)
        annotations = new
        self.toldAs = toldAs
        if phase == .firing { annotations["when_fired"] = old["when_fired"] }
        nameFiring()
    }

    /// Says that the alert ended otherwise than by its condition, which nobody knows any more.
    mutating func take(_ reason: AlertTransition.Reason) {
        guard let text = identity.ending(reason) else { return }
        annotations["summary"] = text
        annotations["description"] = nil
        annotations["now"] = nil
        nameFiring()
    }

    private mutating func nameFiring() {
        guard let fired = annotations["when_fired"], fired != annotations["now"] else { return }
        annotations["summary", default: ""] += " When this fired: \(fired)."
    }
}

/// A change of state that somebody may want to know.
package struct AlertTransition: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case pending
        /// A pending alert that came to nothing.
        case dropped
        case fired
        /// The critical alert that included a warning is over: who was not told of the warning is told now.
        case uncovered
        case resolved
    }

    package enum Reason: String, Sendable {
        case conditionMet = "condition_met"
        case conditionOver = "condition_over"
        case criticalOver = "critical_over"
        case ruleRemoved = "rule_removed"
        case regionRemoved = "region_removed"
        case subjectGone = "subject_gone"
        case quotaGone = "quota_gone"
    }

    /// Ascending without gaps, also over restarts: the identity of the announcement.
    package let id: Int
    package let identity: AlertIdentity
    package let kind: Kind
    package let reason: Reason
    /// By the clock, Unix seconds.
    package let at: Double
    /// When it fired, or for one that never did, when its condition began.
    package let startsAt: Double
    package internal(set) var annotations: [String: String]

    package init(
        id: Int, identity: AlertIdentity, kind: Kind, reason: Reason, at: Double, startsAt: Double,
        annotations: [String: String]
    ) {
        self.id = id
        self.identity = identity
        self.kind = kind
        self.reason = reason
        self.at = at
        self.startsAt = startsAt
        self.annotations = annotations
    }

    /// Whether receivers are told; the log is told everything.
    package var isAnnounced: Bool { kind == .fired || kind == .uncovered || kind == .resolved }
}
