import Alerting

/// `GET /api/v1/alerts`: every alert that is pending or firing.
struct AlertsDocument: Encodable {
    struct Alert: Encodable {
        let alert: String
        let severity: String
        /// `pending` or `firing`.
        let state: String
        /// When its condition began, by the data.
        let since: String
        let firedAt: Nullable<String>
        let labels: [String: String]
        let annotations: [String: String]
    }

    let alerts: [Alert]

    init(_ alerts: [TrackedAlert]) {
        self.alerts = alerts.map { alert in
            Alert(
                alert: alert.identity.kind.rawValue, severity: alert.identity.severity.rawValue,
                state: alert.phase.rawValue, since: JSONDocument.time(alert.since),
                firedAt: Nullable(alert.firedAt.map(JSONDocument.time)), labels: alert.identity.labels,
                annotations: alert.annotations)
        }
    }
}
