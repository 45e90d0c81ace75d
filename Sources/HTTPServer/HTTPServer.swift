import Dispatch
import Glibc
import Synchronization

/// A small HTTP/1.1 server (RFC 9110, RFC 9112) for one listening address. One thread runs the event loop;
/// handlers run as tasks. A started server lives until it is stopped.
package final class HTTPServer: Sendable {
    private enum State {
        case new
        case running(LoopMailbox, stoppers: [CheckedContinuation<Void, Never>])
        case stopped
    }

    private let limits: HTTPServerLimits
    private let now: @Sendable () -> Int
    private let onEvent: @Sendable (HTTPServerEvent) -> Void
    private let beginsAtOnce: Bool
    private let admission: HTTPAdmissionCheck
    private let handler: HTTPHandler
    private let state = Mutex(State.new)

    /// `now` is the wall clock in Unix seconds, for the Date header. With `beginsAtOnce` handlers run on the event loop
    /// up to their first suspension, which spares quick ones two changes of thread; whatever takes long must suspend
    /// first, as `HTTPRouter` does. `admission` is asked about each request before it counts as one in flight.
    package init(
        limits: HTTPServerLimits = HTTPServerLimits(),
        now: @escaping @Sendable () -> Int = { Int(time(nil)) },
        onEvent: @escaping @Sendable (HTTPServerEvent) -> Void = { _ in },
        beginsAtOnce: Bool = false,
        admission: @escaping HTTPAdmissionCheck = { _ in .admitted },
        handler: @escaping HTTPHandler
    ) {
        self.limits = limits
        self.now = now
        self.onEvent = onEvent
        self.beginsAtOnce = beginsAtOnce
        self.admission = admission
        self.handler = handler
    }

    /// Binds, listens and serves; returns the address with the port that the system chose.
    @discardableResult
    package func start(_ address: ListenAddress) throws(HTTPServerError) -> ListenAddress {
        let listener = try ListenSocket(address)
        let mailbox = try LoopMailbox()
        try state.withLock { state throws(HTTPServerError) in
            guard case .new = state else { throw .alreadyStarted }
            state = .running(mailbox, stoppers: [])
        }
        // A serial queue of its own has a thread of its own for as long as the loop runs. The loop and all
        // that it owns are created there and never leave it.
        DispatchQueue(label: "http-server").async {
            [limits, now, onEvent, beginsAtOnce, admission, handler] in
            let context = HTTPLoopContext(
                limits: limits, admission: admission, handler: handler, beginsAtOnce: beginsAtOnce,
                mailbox: mailbox, onEvent: onEvent, now: now)
            HTTPEventLoop(listener: listener, context: context).run()
            self.ended()
        }
        return listener.address
    }

    /// Stops accepting, closes idle connections, gives running requests this long to end, then cuts the rest.
    /// Returns when every connection is closed; handlers that ignore their cancellation may still run.
    package func stop(drain: Duration) async {
        await withCheckedContinuation { continuation in
            let mailbox = state.withLock { state -> LoopMailbox? in
                guard case .running(let mailbox, let stoppers) = state else {
                    state = .stopped
                    return nil
                }
                state = .running(mailbox, stoppers: stoppers + [continuation])
                return mailbox
            }
            guard let mailbox else { return continuation.resume() }
            // A loop that has ended meanwhile resumes every stopper all the same.
            _ = mailbox.post(.stop(deadline: ContinuousClock.now + drain))
        }
    }

    private func ended() {
        let stoppers = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            defer { state = .stopped }
            guard case .running(_, let stoppers) = state else { return [] }
            return stoppers
        }
        for stopper in stoppers { stopper.resume() }
    }
}
