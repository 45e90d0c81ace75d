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

/// Every limit and interval of remote write, in one place.
package enum RemoteWriteLimits {
    /// Between two looks for settled minutes, of which there is a new one each minute.
    package static let pauseSeconds = 10.0
    /// Minutes whose rows are read from the store at once.
    package static let sliceMinutes = 15
    /// How long a stream waits for a hole to be filled when later minutes are there; each hole costs it so much once.
    package static let holeSeconds = 3600.0
    /// How long after its first change a minute is sent again: late data comes in parts, and a receiver that takes a
    /// second value need not take a third.
    package static let revisionSeconds = 900.0

    /// Samples of one request.
    package static let samplesPerRequest = 2000
    /// Of one request, before compression; half of what the transport sends at most.
    package static let bytesPerRequest = 512 << 10
    /// Requests that a refused batch may cost while the samples at fault are looked for.
    package static let splitsPerBatch = 32

    package static let requestTimeout = Duration.seconds(30)
    package static let responseBytes = 64 << 10
    package static let firstBackoffSeconds = 1.0
    package static let longestBackoffSeconds = 60.0
    /// A longer `Retry-After` is cut to it.
    package static let longestRetryAfterSeconds = 3600.0
    /// Of an answer's text in the log.
    package static let loggedCharacters = 300
}
