import QuotaModel

/// All alerts that are pending or firing. Pure: findings in, transitions out.
///
/// The state and the transitions that an evaluation returns belong together and are stored in one transaction; then a
/// restart at any instant repeats nothing and forgets nothing.
package struct AlertStateMachine: Equatable, Sendable {
    /// Pending and firing alerts.
    package private(set) var tracked: [AlertIdentity: TrackedAlert] = [:]
    /// The same by Region, so that an evaluation looks at its own only.
    private var regions: [RegionKey: Set<AlertIdentity>] = [:]
    /// The ID of the newest transition.
    package private(set) var lastTransition = 0
    /// Alerts not raised because too many were tracked already.
    package private(set) var refusedAlerts = 0

    package init() {}

    /// The state that was stored.
    package init(alerts: [TrackedAlert], lastTransition: Int, refusedAlerts: Int) {
        tracked = Dictionary(alerts.map { ($0.identity, $0) }, uniquingKeysWith: { _, last in last })
        regions = Dictionary(grouping: tracked.keys, by: \.place).mapValues(Set.init)
        self.lastTransition = lastTransition
        self.refusedAlerts = refusedAlerts
    }

    /// Pending and firing alerts, ordered.
    package var alerts: [TrackedAlert] { tracked.values.sorted { $0.identity < $1.identity } }

    package var firing: [TrackedAlert] { alerts.filter { $0.phase == .firing } }

    /// What `AlertEvaluator.findings` must report on for this Region.
    package func tracked(account: String, region: String) -> Set<AlertIdentity> {
        regions[RegionKey(account: account, region: region)] ?? []
    }

    // MARK: Inputs

    /// Takes all findings of one Region at one time.
    package mutating func evaluate(
        _ findings: [AlertFinding], account: String, region: String, rules: AlertRules, now: Double
    ) -> [AlertTransition] {
        var transitions: [AlertTransition] = []
        var missing = tracked(account: account, region: region)
        for finding in findings {
            missing.remove(finding.identity)
            take(finding, rules, now, &transitions)
        }
        for identity in missing.sorted() { miss(identity, rules, now, &transitions) }
        include(&transitions, now)
        return transitions
    }

    /// Ends the alerts of rules that were switched off and of Regions that are watched no more.
    package mutating func reload(
        rules: AlertRules, isWatched: (_ account: String, _ region: String) -> Bool, now: Double
    ) -> [AlertTransition] {
        var transitions: [AlertTransition] = []
        for identity in tracked.keys.sorted() {
            if !isWatched(identity.account, identity.region) {
                end(identity, .regionRemoved, now, &transitions)
            } else if !rules.isEnabled(identity) {
                end(identity, .ruleRemoved, now, &transitions)
            }
        }
        include(&transitions, now)
        return transitions
    }

    // MARK: One alert

    private mutating func take(
        _ finding: AlertFinding, _ rules: AlertRules, _ now: Double, _ transitions: inout [AlertTransition]
    ) {
        let identity = finding.identity
        tracked[identity]?.missingSince = nil
        switch finding.verdict {
        case .active(let from, let through):
            raise(finding, from: from, through: through, rules, now, &transitions)
        case .quiet(let calmFrom, let through):
            tracked[identity]?.take(finding.annotations)
            calm(identity, from: calmFrom, through: through, rules, now, &transitions)
        case .undecided: tracked[identity]?.take(finding.annotations)
        case .gone: end(identity, .quotaGone, now, &transitions)
        }
    }

    private mutating func raise(
        _ finding: AlertFinding, from: Double, through: Double, _ rules: AlertRules, _ now: Double,
        _ transitions: inout [AlertTransition]
    ) {
        let identity = finding.identity
        let isNew = tracked[identity] == nil
        guard !isNew || tracked.count < AlertLimits.trackedAlerts else {
            refusedAlerts += 1
            return
        }
        var alert =
            tracked[identity]
            ?? TrackedAlert(
                identity: identity, phase: .pending, since: from, firedAt: nil, lastActive: through,
                missingSince: nil, annotations: finding.annotations)
        // A clock that was set back must not leave a beginning in the future.
        alert.since = min(alert.since, from, through)
        alert.lastActive = max(min(alert.lastActive, now + AlertLimits.minuteSeconds), through)
        alert.take(finding.annotations)
        let fires = alert.phase == .pending && through - alert.since >= rules.forSeconds(identity)
        if fires {
            alert.phase = .firing
            alert.firedAt = now
        }
        tracked[identity] = alert
        if isNew { regions[identity.place, default: []].insert(identity) }
        if fires {
            transitions.append(transition(alert, .fired, .conditionMet, now))
        } else if isNew {
            transitions.append(transition(alert, .pending, .conditionMet, now))
        }
    }

    private mutating func calm(
        _ identity: AlertIdentity, from calmFrom: Double?, through: Double, _ rules: AlertRules,
        _ now: Double,
        _ transitions: inout [AlertTransition]
    ) {
        guard var alert = tracked[identity] else { return }
        alert.lastActive = min(alert.lastActive, now + AlertLimits.minuteSeconds)
        tracked[identity] = alert
        switch alert.phase {
        case .pending:
            // Exact data past the condition's end: it did not last.
            if through >= alert.lastActive { end(identity, .conditionOver, now, &transitions) }
        case .firing:
            guard let calmFrom else { return }
            let start = max(calmFrom, alert.lastActive)
            if through - start >= rules.resolveAfterSeconds(identity) {
                end(identity, .conditionOver, now, &transitions)
            }
        }
    }

    /// An observation does not know the subject, or the rule does not exist for it.
    private mutating func miss(
        _ identity: AlertIdentity, _ rules: AlertRules, _ now: Double, _ transitions: inout [AlertTransition]
    ) {
        guard rules.isEnabled(identity) else { return end(identity, .ruleRemoved, now, &transitions) }
        // After a jump of the clock backwards the waiting begins anew.
        let since = min(tracked[identity]?.missingSince ?? now, now)
        tracked[identity]?.missingSince = since
        if now - since >= AlertLimits.missingSeconds { end(identity, .subjectGone, now, &transitions) }
    }

    private mutating func end(
        _ identity: AlertIdentity, _ reason: AlertTransition.Reason, _ now: Double,
        _ transitions: inout [AlertTransition]
    ) {
        guard var alert = tracked.removeValue(forKey: identity) else { return }
        regions[identity.place]?.remove(identity)
        if regions[identity.place]?.isEmpty == true { regions[identity.place] = nil }
        alert.take(reason)
        transitions.append(transition(alert, alert.phase == .firing ? .resolved : .dropped, reason, now))
    }

    // MARK: Warnings and the critical alerts that include them

    /// Whether a critical alert is told in place of this one.
    func isHeldBack(_ identity: AlertIdentity) -> Bool { tracked[identity]?.toldAs != nil }

    /// Notes which of the alerts that fired are included in a critical one, and uncovers those whose critical one ended.
    private mutating func include(_ transitions: inout [AlertTransition], _ now: Double) {
        for index in transitions.indices {
            let identity = transitions[index].identity
            switch transitions[index].kind {
            case .fired:
                guard let critical = identity.including, tracked[critical]?.phase == .firing else { continue }
                tracked[identity]?.toldAs = critical.kind
            case .resolved:
                guard let included = identity.included, var warning = tracked[included],
                    warning.phase == .firing
                else { continue }
                transitions[index].annotations["summary", default: ""] +=
                    " \(included.kind.rawValue) still fires."
                guard warning.toldAs != nil else { continue }
                warning.toldAs = nil
                tracked[included] = warning
                transitions.append(transition(warning, .uncovered, .criticalOver, now))
            case .pending, .dropped, .uncovered: break
            }
        }
    }

    private mutating func transition(
        _ alert: TrackedAlert, _ kind: AlertTransition.Kind, _ reason: AlertTransition.Reason, _ now: Double
    ) -> AlertTransition {
        lastTransition += 1
        return AlertTransition(
            id: lastTransition, identity: alert.identity, kind: kind, reason: reason, at: now,
            startsAt: alert.firedAt ?? alert.since, annotations: alert.annotations)
    }
}

extension AlertIdentity {
    fileprivate var place: RegionKey { RegionKey(account: account, region: region) }
}
