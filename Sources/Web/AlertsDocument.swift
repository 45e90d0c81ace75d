import Alerting
import System

/// `GET /api/v1/alerts`: every alert that is pending or firing, or those of the accounts and Regions that are asked for.
package struct AlertsDocument: Encodable {
    package struct Alert: Encodable {
        let alert: String
        let severity: String
        /// `pending` or `firing`.
        let state: String
        /// When its condition began, by the data.
        let since: String
        let firedAt: Nullable<String>
        /// The critical alert that fires about the same; whoever counts alerts counts that one alone.
        let includedIn: Nullable<String>
        let labels: [String: String]
        let annotations: [String: String]
    }

    /// Alerts that there are, and those of them that the parameters fit.
    package let total: Int
    package let matched: Int
    package let alerts: [Alert]

    /// - Parameter query: Its limit leaves the worst: firing before pending ones, then by severity, then the oldest.
    package init(_ alerts: [TrackedAlert], _ query: RegionsQuery = RegionsQuery()) {
        let firing = Set(alerts.filter { $0.phase == .firing }.map(\.identity))
        let fitting = alerts.filter { query.fits(account: $0.identity.account, region: $0.identity.region) }
        total = alerts.count
        matched = fitting.count
        let listed = query.limit.map { limit in
            Array(fitting.sorted { Self.urgency($0) < Self.urgency($1) }.prefix(limit))
        }
        self.alerts = (listed ?? fitting).map { alert in
            Alert(
                alert: alert.identity.kind.rawValue, severity: alert.identity.severity.rawValue,
                state: alert.phase.rawValue, since: JSONDocument.time(alert.since),
                firedAt: Nullable(alert.firedAt.map(JSONDocument.time)),
                includedIn: Nullable(
                    alert.identity.including.flatMap { firing.contains($0) ? $0.kind.rawValue : nil }),
                labels: alert.identity.labels, annotations: alert.annotations)
        }
    }

    /// Less is more urgent.
    private static func urgency(_ alert: TrackedAlert) -> (Int, Int, Double, AlertIdentity) {
        let severity =
            switch alert.identity.severity {
            case .critical: 0
            case .warning: 1
            case .info: 2
            }
        return (alert.phase == .firing ? 0 : 1, severity, alert.since, alert.identity)
    }
}
