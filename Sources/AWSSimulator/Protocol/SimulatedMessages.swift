/// One HTTP request in plain values, so that the services can be tried without a socket.
package struct SimulatedRequest: Sendable {
    package var method: String
    /// Percent-decoded, without the query.
    package var path: String
    /// Decoded parameters in order.
    package var query: [(name: String, value: String)]
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        method: String = "POST", path: String = "/", query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first value of a header; `name` is in lower case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }

    /// The first query parameter of this name.
    func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}

/// One HTTP answer in plain values, with the way in which it reaches the client.
package struct SimulatedResponse: Sendable {
    /// What the connection does once the header section is due.
    package enum Ending: Equatable, Sendable {
        case complete
        /// The connection is cut after this many bytes of the body.
        case cut(afterBytes: Int)
        /// No answer; the connection stays open until the client or the server's limit ends it.
        case never
    }

    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Real seconds to wait before the first byte.
    package var delaySeconds: Double
    package var ending: Ending

    package init(
        status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        delaySeconds: Double = 0, ending: Ending = .complete
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.delaySeconds = delaySeconds
        self.ending = ending
    }

    /// The first value of a header; `name` is in lower case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}
