/// What becomes of a request before a handler sees it.
package enum HTTPAdmission: Sendable {
    case admitted
    /// Answered with a response that is no stream, and without a handler.
    case refused(HTTPResponse)
    /// Known later; the closure returns nil to admit. It is cancelled when the client goes away, and does not count among
    /// the requests in flight, so it must bound on its own how many wait.
    case pending(@Sendable () async -> HTTPResponse?)
}

/// Decides at once, on the event loop.
package typealias HTTPAdmissionCheck = @Sendable (HTTPRequest) -> HTTPAdmission
