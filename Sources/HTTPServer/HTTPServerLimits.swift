/// Every bound of the server; the defaults suit a metrics endpoint.
package struct HTTPServerLimits: Sendable {
    package static let defaultRequestLineBytes = 8 << 10
    package static let defaultHeaderBytes = 16 << 10
    package static let defaultHeaderCount = 100
    package static let defaultBodyBytes = 1 << 20
    package static let defaultBufferedBytes = 32 << 20
    package static let defaultConnections = 512
    package static let defaultRequestsInFlight = 40
    package static let defaultHeaderDeadline = Duration.seconds(10)
    package static let defaultIdleDeadline = Duration.seconds(75)
    package static let defaultBodyDeadline = Duration.seconds(30)
    package static let defaultWriteDeadline = Duration.seconds(30)

    /// Method, target and version; more is answered with 414.
    package var requestLineBytes = defaultRequestLineBytes
    /// The whole header section, and the trailer section likewise; more is answered with 431.
    package var headerBytes = defaultHeaderBytes
    /// Fields in a header or trailer section; more is answered with 431.
    package var headerCount = defaultHeaderCount
    /// One request body without its chunked framing; more is answered with 413.
    package var bodyBytes = defaultBodyBytes
    /// Unfinished requests of all connections together; the one that exceeds it is answered with 503.
    package var bufferedBytes = defaultBufferedBytes
    /// Open connections; a further one is answered with 503 and closed.
    package var connections = defaultConnections
    /// Handlers running and streams being sent; a further request is answered with 503.
    package var requestsInFlight = defaultRequestsInFlight
    /// From the first byte of a request to the end of its header section; then 408.
    package var headerDeadline = defaultHeaderDeadline
    /// How long a connection may stay silent between requests; then it is closed.
    package var idleDeadline = defaultIdleDeadline
    /// From the end of the header section to the end of the body; then 408.
    package var bodyDeadline = defaultBodyDeadline
    /// For each further `writeProgressBytes`, and for the rest of a response; then the connection is cut.
    package var writeDeadline = defaultWriteDeadline

    package init() {}

    /// The client must take this much within each write deadline, unless less is left.
    static let writeProgressBytes = 64 << 10
    /// How long input is discarded after a closing answer, so that the client can read it (RFC 9112 section 9.6).
    static let lingerDeadline = Duration.seconds(2)
    /// Connections beyond the cap that are told 503; any more are closed without a word.
    static let refusedConnections = 64
    /// Pause of accepting when descriptors or memory ran out.
    static let acceptPause = Duration.milliseconds(100)
    /// The queue of the listening socket.
    static let backlog: Int32 = 512
    /// Connections accepted in one turn of the event loop.
    static let acceptsPerTurn = 64
    /// One read from a socket.
    static let readBytes = 16 << 10
    /// One write to a socket, and how many of them in one turn of the event loop.
    static let writeBytes = 256 << 10
    static let writesPerTurn = 8
}
