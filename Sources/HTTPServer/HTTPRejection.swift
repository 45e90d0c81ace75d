/// Why a request is refused before any handler sees it; the connection closes after the answer.
package struct HTTPRejection: Error, Equatable, Sendable {
    /// The status to answer with, 400 to 505.
    package let status: Int
    /// Plain English with the clause that was broken; goes to the client and never quotes what it sent.
    package let reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    /// A 400.
    static func badRequest(_ reason: String) -> HTTPRejection {
        HTTPRejection(400, reason)
    }
}
