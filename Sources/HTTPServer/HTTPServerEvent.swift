/// What an operator may want to log or count. Delivered on the event loop, so the receiver must return
/// quickly and should thin out what a hostile client can cause at will.
package enum HTTPServerEvent: Sendable, Equatable {
    /// A response was handed to the socket completely.
    case responded(remoteAddress: String, method: String, target: String, status: Int, bodyBytes: Int)
    /// The server itself answered with an error before or instead of a handler.
    case rejected(remoteAddress: String, status: Int, reason: String)
    /// The connection cap was reached.
    case connectionRefused(remoteAddress: String)
    /// The connection ended before its response did.
    case cut(remoteAddress: String, reason: String)
    /// Accepting pauses until the system allows it again, for instance because descriptors ran out.
    case acceptFailed(reason: String)
}
