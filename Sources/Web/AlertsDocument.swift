import Alerting
import System

/// `GET /api/v1/alerts`: every alert that is pending or firing.
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

    package let alerts: [Alert]

    package init(_ alerts: [TrackedAlert]) {
        let firing = Set(alerts.filter { $0.phase == .firing }.map(\.identity))
        self.alerts = alerts.map { alert in
            Alert(
                alert: alert.identity.kind.rawValue, severity: alert.identity.severity.rawValue,
                state: alert.phase.rawValue, since: JSONDocument.time(alert.since),
                firedAt: Nullable(alert.firedAt.map(JSONDocument.time)),
                includedIn: Nullable(
                    alert.identity.including.flatMap { firing.contains($0) ? $0.kind.rawValue : nil }),
                labels: alert.identity.labels, annotations: alert.annotations)
        }
    }
}
