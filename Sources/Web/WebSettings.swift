import HTTPServer
import System

/// The web server: where it listens, what it serves, who may look.
package struct WebSettings: Equatable, Sendable {
    package var listenAddress = ListenAddress(host: .ipv4("127.0.0.1"), port: 9747)
    /// Begins with `/` and is none of the server's other paths.
    package var telemetryPath = "/metrics"
    /// User names with their bcrypt hashes; empty when no one has to log in.
    package var basicAuthUsers: [String: Secret] = [:]
    /// Names and addresses under which it is answered besides those of the loopback, lowercase.
    package var allowedHosts: [String] = []
    /// Requests answered at a time; more get status 503.
    package var maxRequests = 40

    package init() {}

    /// The paths that the server itself answers; whatever lies below them is its own as well.
    package static let reservedPaths = ["/-", "/api", "/assets", "/config", "/pool"]
}
