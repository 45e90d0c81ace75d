import System

/// A Prometheus-compatible server that settled minutes are pushed to.
package struct RemoteWriteSettings: Equatable, Sendable {
    /// How requests prove who sends them. Secrets are read from files, anew for each request.
    package enum Authentication: Equatable, Sendable {
        case none
        case basic(BasicAuth)
        case bearer(tokenFile: String)
        case sigv4(SigV4)
    }

    package struct BasicAuth: Equatable, Sendable {
        package var username: String
        package var passwordFile: String

        package init(username: String, passwordFile: String) {
            self.username = username
            self.passwordFile = passwordFile
        }
    }

    /// Signature Version 4 for Amazon Managed Service for Prometheus.
    package struct SigV4: Equatable, Sendable {
        /// The workspace's Region.
        package var region: String
        /// A profile of the AWS configuration files; nil for the default credential chain.
        package var profile: String?
        /// A role that is assumed on top.
        package var roleARN: String?

        package init(region: String, profile: String? = nil, roleARN: String? = nil) {
            self.region = region
            self.profile = profile
            self.roleARN = roleARN
        }
    }

    /// Without a user.
    package var url: ServiceURL
    /// Unique; what the store's cursors, logs and metrics call the receiver.
    package var name: String
    package var authentication = Authentication.none
    /// Added to every series.
    package var externalLabels: [String: String] = [:]
    /// How far back a receiver that the store does not know begins.
    package var start = TimeSpan.seconds(0)

    /// A receiver that is called by its host and port.
    package init(url: ServiceURL) {
        self.url = url
        name = url.authority
    }
}
