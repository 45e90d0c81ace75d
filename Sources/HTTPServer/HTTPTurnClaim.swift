/// What a connection has on the next turn of the event loop; the smaller one is served first.
///
/// Who has sent least of the request that is being received comes first, so that a short request does not wait
/// behind any number of long ones, whoever sends them; among equals who was served the longest time ago.
struct HTTPTurnClaim: Comparable {
    /// Bytes received since the last complete request.
    var receivedBytes = 0
    /// The number of the turn in which the connection was last served, or was accepted.
    var servedInTurn = 0

    static func < (one: HTTPTurnClaim, other: HTTPTurnClaim) -> Bool {
        (one.receivedBytes, one.servedInTurn) < (other.receivedBytes, other.servedInTurn)
    }
}
