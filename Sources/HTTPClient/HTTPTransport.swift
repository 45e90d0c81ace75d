import FoundationEssentials
import Glibc
import System

/// One HTTP exchange as the AWS clients see it; the libcurl transport and the tests' scripted one implement it.
package protocol HTTPTransport: Sendable {
    /// Sends the request once, without retries, and returns whatever status the server answered.
    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse
}

package struct TransportRequest: Sendable {
    package var method: String
    /// Absolute; query parameters sorted by name and percent-encoded, because libcurl signs them as they stand.
    package var url: String
    /// Sent in this order. Values hold no CR or LF.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Nil sends the request unsigned (web identity, metadata services).
    package var signing: SigningScope?
    /// From the start of the transfer to the last byte.
    package var timeout: Duration
    /// A longer body fails with `responseTooLarge`.
    package var maximumResponseBytes: Int
    /// Metadata services are never reached through a proxy.
    package var bypassesProxy: Bool
    /// Over a connection of its own: libcurl sends a request again that a kept connection broke off under.
    package var isSentOnce: Bool

    package init(
        method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        signing: SigningScope? = nil, timeout: Duration = .seconds(30), maximumResponseBytes: Int = 32 << 20,
        bypassesProxy: Bool = false, isSentOnce: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.signing = signing
        self.timeout = timeout
        self.maximumResponseBytes = maximumResponseBytes
        self.bypassesProxy = bypassesProxy
        self.isSentOnce = isSentOnce
    }
}

/// What Signature Version 4 needs beside the request.
package struct SigningScope: Sendable {
    /// The signing name, such as `monitoring`.
    package var service: String
    package var region: String
    package var credentials: AWSCredentials
    /// Added to this machine's clock: the difference that the server's `Date` header showed.
    package var clockSkewSeconds: Int

    package init(service: String, region: String, credentials: AWSCredentials, clockSkewSeconds: Int = 0) {
        self.service = service
        self.region = region
        self.credentials = credentials
        self.clockSkewSeconds = clockSkewSeconds
    }
}

package struct TransportResponse: Sendable {
    package var status: Int
    /// Names in lower case; of a repeated header the last one.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why no answer came. Messages name the host, never headers or bodies.
package enum TransportError: Error, Equatable, Sendable {
    case timedOut(host: String, seconds: Double)
    case cannotConnect(host: String, reason: String)
    case connectionFailed(host: String, reason: String)
    case responseTooLarge(host: String, limitBytes: Int)
    case badRequest(reason: String)
    case cancelled

    /// Whether the server surely received nothing.
    package var isBeforeSending: Bool {
        switch self {
        case .cannotConnect, .badRequest: true
        case .timedOut, .connectionFailed, .responseTooLarge, .cancelled: false
        }
    }
}

/// Keys that sign requests. Printing one shows the access key ID's tail and nothing secret.
package struct AWSCredentials: Equatable, Sendable, SecretHolder {
    package let accessKeyID: String
    package let secretAccessKey: String
    package let sessionToken: String?
    /// Nil for keys that do not expire.
    package let expiration: Date?
    /// The 12-digit account, where the source tells it.
    package let accountID: String?

    package init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil,
        accountID: String? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
        self.accountID = accountID
        // Whatever comes from outside from now on may quote them.
        hold()
    }

    /// Notes with the redactor that these keys are in use now.
    package func hold() {
        Redactor.process.hold(keys: [secretAccessKey, sessionToken ?? "", accessKeyID])
    }

    package var description: String { "AWSCredentials(…\(accessKeyID.suffix(4)))" }
}

/// The time of a signature as `X-Amz-Date` spells it.
package enum SigningTime {
    /// `yyyymmddThhmmssZ` in UTC.
    package static func text(epochSeconds: Int) -> String {
        CivilTime.basicText(epochSeconds)
    }
}

extension Duration {
    /// Rounded down.
    package var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

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
