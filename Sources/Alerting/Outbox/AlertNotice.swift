/// An alert as a receiver is told of it.
package struct AlertNotice: Equatable, Sendable {
    package enum Status: String, Sendable {
        case firing, resolved
    }

    package let identity: AlertIdentity
    package let status: Status
    /// Unix seconds.
    package let startsAt: Double
    /// When it resolved, never before `startsAt`; nil while it fires.
    package let endsAt: Double?
    package let annotations: [String: String]

    /// A transition that is announced; nil for the others.
    package init?(_ transition: AlertTransition) {
        guard transition.isAnnounced else { return nil }
        identity = transition.identity
        startsAt = transition.startsAt
        status = transition.kind == .resolved ? .resolved : .firing
        endsAt = transition.kind == .resolved ? max(transition.at, transition.startsAt) : nil
        var annotations = transition.annotations
        if transition.kind == .resolved {
            annotations["resolved_because"] = transition.reason.rawValue
            // Nothing is left to be done.
            annotations["next_step"] = nil
        }
        self.annotations = annotations
    }

    /// The present state of a firing alert; nil for one that is only pending.
    package init?(_ alert: TrackedAlert) {
        guard let firedAt = alert.firedAt else { return nil }
        identity = alert.identity
        startsAt = firedAt
        status = .firing
        endsAt = nil
        annotations = alert.annotations
    }

    package init(
        identity: AlertIdentity, status: Status, startsAt: Double, endsAt: Double? = nil,
        annotations: [String: String] = [:]
    ) {
        self.identity = identity
        self.status = status
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.annotations = annotations
    }
}

/// What goes to a receiver in one request.
package struct NotificationMessage: Equatable, Sendable {
    /// The same at every attempt and after a restart, and never used again.
    package let id: String
    /// The transitions that it announces, ascending.
    package let transitionIDs: [Int]
    package let notices: [AlertNotice]

    package init(id: String, transitionIDs: [Int], notices: [AlertNotice]) {
        self.id = id
        self.transitionIDs = transitionIDs
        self.notices = notices
    }

    /// A message that says what it is: a test of the way to a receiver.
    package static func test(now: Double) -> NotificationMessage {
        let identity = AlertIdentity(.testAlert, account: "test", region: "test")
        let annotations = [
            "summary": "This is a test of the delivery of alerts. Nothing is wrong.",
            "description": "bedrock-quota-exporter check --send-test-alert sent it at \(Figure.time(now)).",
            "next_step": "None. In an Alertmanager it ends by itself after some minutes.",
        ]
        return NotificationMessage(
            id: "test-\(Int(now))", transitionIDs: [],
            notices: [
                AlertNotice(identity: identity, status: .firing, startsAt: now, annotations: annotations)
            ])
    }
}
