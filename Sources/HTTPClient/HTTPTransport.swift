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

    package init(
        method: String, url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        signing: SigningScope? = nil, timeout: Duration = .seconds(30), maximumResponseBytes: Int = 32 << 20,
        bypassesProxy: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.signing = signing
        self.timeout = timeout
        self.maximumResponseBytes = maximumResponseBytes
        self.bypassesProxy = bypassesProxy
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
}
