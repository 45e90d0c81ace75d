import Glibc
import Synchronization

/// Names a connection for its whole life; never reused, so that a late answer cannot reach another client.
typealias ConnectionID = UInt64

/// What other threads tell the event loop.
enum LoopMessage: Sendable {
    /// A request that waited for its admission has it, or the answer in its place.
    case judged(ConnectionID, HTTPRequest, refusal: HTTPResponse?)
    /// A handler returned.
    case response(ConnectionID, HTTPResponse)
    /// A pull of a stream returned.
    case pulled(ConnectionID, HTTPBodyStream, PullResult)
    /// Stop, and cut what still runs at the deadline.
    case stop(deadline: ContinuousClock.Instant)
}

/// Outcome of one pull from an `HTTPBodyStream`.
enum PullResult: Sendable {
    case chunk([UInt8])
    case end
    case failed(reason: String)
}

/// The way into the event loop from any thread: a bounded number of senders (one message per request in
/// flight or waiting for its admission), and a pipe that wakes `poll`.
final class LoopMailbox: Sendable {
    private struct State {
        var messages: [LoopMessage] = []
        var isOpen = true
    }

    private let state = Mutex(State())
    private let readEnd: Socket
    private let writeEnd: Socket

    /// Throws when the process has no descriptors left.
    init() throws(HTTPServerError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw .listenFailed(address: "the event loop", step: "pipe", errno: errno)
        }
        readEnd = Socket(owning: ends[0])
        writeEnd = Socket(owning: ends[1])
        guard Socket.configure(ends[0]), Socket.configure(ends[1]) else {
            throw .listenFailed(address: "the event loop", step: "fcntl", errno: errno)
        }
    }

    /// Readable while messages wait.
    var wakeDescriptor: Int32 { readEnd.descriptor }

    /// Delivers the message; false when the loop has ended and nobody will look at it.
    func post(_ message: LoopMessage) -> Bool {
        let (accepted, wakes) = state.withLock { state in
            guard state.isOpen else { return (false, false) }
            state.messages.append(message)
            return (true, state.messages.count == 1)
        }
        if wakes {
            var byte: UInt8 = 0
            // The pipe holds one byte at most per filled mailbox, so it is never full.
            _ = write(writeEnd.descriptor, &byte, 1)
        }
        return accepted
    }

    /// Everything that waits.
    func take() -> [LoopMessage] {
        var bytes = (UInt64(0), UInt64(0))
        _ = withUnsafeMutableBytes(of: &bytes) { read(readEnd.descriptor, $0.baseAddress, $0.count) }
        return state.withLock { state in
            defer { state.messages = [] }
            return state.messages
        }
    }

    /// Everything that waits; nothing is accepted afterwards.
    func close() -> [LoopMessage] {
        state.withLock { state in
            defer { state = State(messages: [], isOpen: false) }
            return state.messages
        }
    }
}
