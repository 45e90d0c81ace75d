/// Every bound of the server; the defaults suit a metrics endpoint.
package struct HTTPServerLimits: Sendable {
    /// Method, target and version; more is answered with 414.
    package var requestLineBytes = 8 << 10
    /// The whole header section, and the trailer section likewise; more is answered with 431.
    package var headerBytes = 16 << 10
    /// Fields in a header or trailer section; more is answered with 431.
    package var headerCount = 100
    /// One request body without its chunked framing; more is answered with 413.
    package var bodyBytes = 1 << 20
    /// Unfinished requests of all connections together; the one that exceeds it is answered with 503.
    package var bufferedBytes = 32 << 20
    /// Open connections; a further one takes the place of the one that has sent most of an incomplete request, among
    /// equals of the one that has waited longest for its client, or, when all are being answered, gets 503 and is
    /// closed.
    package var connections = 512
    /// Handlers running and streams being sent; a further request is answered with 503.
    package var requestsInFlight = 40
    /// From the first byte of a request to the end of its header section; then 408.
    package var headerDeadline = Duration.seconds(10)
    /// How long a connection may stay silent between requests; then it is closed.
    package var idleDeadline = Duration.seconds(75)
    /// From the end of the header section to the end of the body; then 408.
    package var bodyDeadline = Duration.seconds(30)
    /// For each further `writeProgressBytes`, and for the rest of a response; then the connection is cut.
    package var writeDeadline = Duration.seconds(30)

    /// The defaults.
    package init() {}

    /// The client must take this much within each write deadline, unless less is left.
    static let writeProgressBytes = 64 << 10
    /// How long input is discarded after a closing answer, so that the client can read it (RFC 9112 section
    /// 9.6).
    static let lingerDeadline = Duration.seconds(2)
    /// Connections beyond the cap that are told 503; any more are closed without a word.
    package var refusedConnections: Int { max(1, connections / 8) }
    /// Pause of accepting when descriptors or memory ran out.
    static let acceptPause = Duration.milliseconds(100)
    /// The queue of the listening socket.
    static let backlog: Int32 = 512
    /// Connections accepted in one turn of the event loop, those included that still wait to be read for the first time.
    static let acceptsPerTurn = 16
    /// Once a turn of the event loop has read and written so much, the connections left over wait for the next one.
    static let bytesPerTurn = 256 << 10
    /// One read from a socket.
    static let readBytes = 16 << 10
    /// One write to a socket.
    static let writeBytes = 256 << 10
    /// How many of these writes one connection gets in one turn of the event loop.
    static let writesPerTurn = 8
}
