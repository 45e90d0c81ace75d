/// Bounds of transfers.
package enum HTTPClientLimits {
    /// Name lookup, TCP and TLS together.
    package static let connectTimeout: Duration = .seconds(10)
    /// A transfer that stays below one byte a second for so long is given up.
    package static let lowSpeedSeconds = 20
    /// Of one answer's header section.
    package static let maximumHeaderBytes = 64 << 10
    /// libcurl asks for `100 Continue` from 1 MiB up, which no AWS client of ours needs.
    package static let maximumRequestBytes = (1 << 20) - 1
    /// Transfers that run at once, over all hosts.
    package static let maximumConcurrentTransfers = 32
    /// Transfers to one host that run at once, so that a dead Region cannot take every place.
    package static let maximumConcurrentTransfersPerHost = 8
    /// Requests that wait for a place; one more is refused.
    package static let maximumWaitingRequests = 4096
    /// Idle connections that are kept for reuse.
    package static let maximumIdleConnections = 16
    /// Idle transfer handles that are kept for reuse.
    package static let maximumIdleHandles = 8
}
