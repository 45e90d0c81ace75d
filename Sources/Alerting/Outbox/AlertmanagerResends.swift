/// When which alerts are sent to an Alertmanager again: it forgets a firing alert that is not resent.
///
/// Kept in memory only; after a restart everything is sent once more, which changes nothing there.
package struct AlertmanagerResends: Sendable {
    private let resendSeconds: Double
    private var sentAt: [AlertIdentity: Double] = [:]

    package init(resendSeconds: Double = AlertLimits.resendSeconds) {
        self.resendSeconds = resendSeconds
    }

    /// Requests that are due, each of at most `AlertLimits.alertsPerRequest` alerts, no alert twice.
    package func due(firing: [TrackedAlert], resolved: [AlertNotice], now: Double) -> [[AlertNotice]] {
        let firing = firing.compactMap(AlertNotice.init)
        let current = Set(firing.map(\.identity))
        let notices = firing + resolved.filter { !current.contains($0.identity) }
        let due = notices.filter { isDue($0.identity, now) }
        return stride(from: 0, to: due.count, by: AlertLimits.alertsPerRequest).map {
            Array(due[$0..<min($0 + AlertLimits.alertsPerRequest, due.count)])
        }
    }

    /// Notes what was accepted.
    package mutating func sent(_ notices: [AlertNotice], at now: Double) {
        for notice in notices { sentAt[notice.identity] = now }
        let oldest = now - AlertLimits.resolvedResendSeconds - resendSeconds
        sentAt = sentAt.filter { $0.value >= oldest }
    }

    /// A clock that was set back makes everything due.
    private func isDue(_ identity: AlertIdentity, _ now: Double) -> Bool {
        guard let last = sentAt[identity] else { return true }
        return now - last >= resendSeconds || last > now
    }

    /// The `endsAt` of a firing alert, Prometheus's rule: 4 x the larger of evaluation interval and resend delay from
    /// now, so that three lost resends resolve nothing.
    package static func endsAt(now: Double, evaluationSeconds: Double, resendSeconds: Double) -> Double {
        now + AlertLimits.endsAtFactor * max(evaluationSeconds, resendSeconds)
    }
}
