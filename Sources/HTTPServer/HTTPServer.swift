/// A small HTTP/1.1 server (RFC 9110, RFC 9112) for one listening address.
package final class HTTPServer: Sendable {
    /// `now` is the wall clock in Unix seconds, for the Date header.
    package init(
        limits: HTTPServerLimits = HTTPServerLimits(),
        now: @escaping @Sendable () -> Int,
        onEvent: @escaping @Sendable (HTTPServerEvent) -> Void = { _ in },
        handler: @escaping HTTPHandler
    ) {}

    /// Binds, listens and serves; returns the address with the port that the system chose.
    @discardableResult
    package func start(_ address: ListenAddress) throws(HTTPServerError) -> ListenAddress {
        throw .alreadyStarted
    }

    /// Stops accepting, closes idle connections, gives running requests this long to end, then cuts the rest.
    package func stop(drain: Duration) async {}
}
