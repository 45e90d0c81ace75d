import Alerting

/// What is rendered or held in memory for requests; no answer waits for AWS or the store.
package protocol WebState: Sendable {
    /// `/metrics`, rendered.
    var page: RenderedPage { get }
    var readiness: Readiness { get }
    /// The running configuration, secrets hidden.
    var configurationText: String { get }
    /// Pending and firing alerts, ordered.
    var currentAlerts: [TrackedAlert] { get }
    func pools() -> PoolsDocument
    func status() -> StatusDocument
}
