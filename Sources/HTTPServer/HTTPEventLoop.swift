import Glibc

/// Serves all connections of one listener with `poll`. The set of descriptors is derived from the
/// connections' states in every turn, so there is no registration that could be out of date.
final class HTTPEventLoop {
    private let context: HTTPLoopContext
    private var listener: ListenSocket?
    private var connections: [ConnectionID: HTTPConnection] = [:]
    private var refusedConnections = 0
    private var nextID: ConnectionID = 0
    private var turn = 0
    private var acceptPausedUntil: ContinuousClock.Instant?
    /// A lasting shortage is reported once, not with every attempt.
    private var acceptFails = false
    private var stopDeadline: ContinuousClock.Instant?
    private let clock = ContinuousClock()

    init(listener: ListenSocket, context: HTTPLoopContext) {
        self.listener = listener
        self.context = context
    }

    /// Returns after a stop message, once the last connection is gone.
    func run() {
        while true {
            for message in context.mailbox.take() { receive(message, clock.now) }
            let (descriptors, ids, timeout) = prepare(clock.now)
            if stopDeadline != nil, connections.isEmpty { break }
            wait(descriptors, ids, timeout)
        }
        for message in context.mailbox.close() { receive(message, clock.now) }
    }

    private func receive(_ message: LoopMessage, _ now: ContinuousClock.Instant) {
        switch message {
        case .response(let id, let response): receiveResponse(response, connections[id], now)
        case .pulled(let id, let stream, let result):
            guard let connection = connections[id], !connection.isClosed else {
                return context.finish(stream)
            }
            connection.pulled(stream, result, now)
        case .judged(let id, let request, let refusal): connections[id]?.judged(request, refusal, now)
        case .stop(let deadline): stop(deadline)
        }
    }

    /// A handler's place is free once it returned; a stream keeps it until its end.
    private func receiveResponse(
        _ response: HTTPResponse, _ connection: HTTPConnection?, _ now: ContinuousClock.Instant
    ) {
        guard let connection, !connection.isClosed else {
            switch response.body {
            case .bytes: context.requestsInFlight -= 1
            case .stream(let stream): context.finish(stream)
            }
            return
        }
        if case .bytes = response.body { context.requestsInFlight -= 1 }
        connection.respond(response, now)
    }

    private func stop(_ deadline: ContinuousClock.Instant) {
        listener?.socket.stopListening()
        listener = nil
        context.isStopping = true
        stopDeadline = min(deadline, stopDeadline ?? deadline)
        for connection in connections.values where connection.isIdle { connection.close() }
    }

    /// Drops closed connections, fires deadlines, and lists what to wait for and how long.
    private func prepare(
        _ now: ContinuousClock.Instant
    ) -> (descriptors: [pollfd], ids: [ConnectionID], timeout: Int32) {
        var descriptors = [pollfd(fd: context.mailbox.wakeDescriptor, events: Int16(POLLIN), revents: 0)]
        if let acceptPausedUntil, acceptPausedUntil <= now { self.acceptPausedUntil = nil }
        // A negative descriptor is ignored by poll(2), which keeps the positions fixed.
        let listening = acceptPausedUntil == nil ? listener?.socket.descriptor ?? -1 : -1
        descriptors.append(pollfd(fd: listening, events: Int16(POLLIN), revents: 0))
        var ids: [ConnectionID] = []
        var next = [acceptPausedUntil, stopDeadline].compactMap(\.self).min()
        for (id, connection) in connections {
            if let stopDeadline, stopDeadline <= now, !connection.isClosed {
                connection.cut("the server stops")
            }
            connection.expire(now)
            guard !connection.isClosed else {
                remove(connection)
                continue
            }
            descriptors.append(
                pollfd(fd: connection.socket.descriptor, events: connection.interest, revents: 0))
            ids.append(id)
            if let deadline = connection.deadline { next = min(deadline, next ?? deadline) }
        }
        return (descriptors, ids, Self.milliseconds(from: now, to: next))
    }

    private func remove(_ connection: HTTPConnection) {
        connections[connection.id] = nil
        if connection.isRefused { refusedConnections -= 1 }
    }

    /// Rounded up, so that the deadline has passed when poll returns; -1 waits without end.
    private static func milliseconds(
        from now: ContinuousClock.Instant, to deadline: ContinuousClock.Instant?
    ) -> Int32 {
        guard let deadline else { return -1 }
        let left = now.duration(to: deadline).components
        guard left.seconds < 3600 else { return 3_600_000 }
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(max(milliseconds, 0))
    }

    private func wait(_ descriptors: [pollfd], _ ids: [ConnectionID], _ timeout: Int32) {
        var descriptors = descriptors
        // EINTR and errors leave revents at 0: the next turn looks again.
        guard poll(&descriptors, nfds_t(descriptors.count), timeout) > 0 else { return }
        let now = clock.now
        let starved = serve(
            zip(ids, descriptors.dropFirst(2)).filter { $1.revents != 0 }.map { ($0, $1.revents) }, now)
        if descriptors[1].revents != 0 { accept(max(0, HTTPServerLimits.acceptsPerTurn - starved), now) }
    }

    /// Serves connections until the turn has moved its bytes; `poll` reports those left over once more.
    ///
    /// - Returns: How many were left over before anything of their request was read. Others had better wait in the queue
    ///   of the listening socket, where none is shut out, until these are served.
    private func serve(
        _ ready: [(id: ConnectionID, events: Int16)], _ now: ContinuousClock.Instant
    ) -> Int {
        turn += 1
        context.movedBytes = 0
        let waiting = ready.compactMap { id, events in
            connections[id].map { (connection: $0, events: events, claim: $0.claim) }
        }
        var starved = 0
        for (connection, events, claim) in waiting.sorted(by: { $0.claim < $1.claim }) {
            guard context.movedBytes < HTTPServerLimits.bytesPerTurn else {
                guard claim.receivedBytes == 0 else { break }
                starved += 1
                continue
            }
            connection.claim.servedInTurn = turn
            connection.ready(events, now)
        }
        return starved
    }

    private func accept(_ count: Int, _ now: ContinuousClock.Instant) {
        for _ in 0..<count {
            switch listener?.accept() {
            case .connection(let socket, let remoteAddress):
                acceptFails = false
                admit(socket, remoteAddress, now)
            case .failed(let code):
                acceptPausedUntil = now + HTTPServerLimits.acceptPause
                if !acceptFails { context.note(.acceptFailed(reason: SystemCall.message(code))) }
                acceptFails = true
                return
            case .some(.none), nil: return
            }
        }
    }

    /// Takes the place of the connection that has sent most of an incomplete request, or, among equals, has waited
    /// longest for its client; so nobody is shut out before its first bytes were read.
    ///
    /// - Returns: False when none waits.
    private func evictOne() -> Bool {
        let victim = connections.values.lazy.filter(\.isEvictable).max {
            ($0.claim.receivedBytes, $1.waitingSince) < ($1.claim.receivedBytes, $0.waitingSince)
        }
        guard let victim else { return false }
        if victim.isIdle { victim.close() } else { victim.cut("its place was needed") }
        remove(victim)
        return true
    }

    private func admit(_ socket: Socket, _ remoteAddress: String, _ now: ContinuousClock.Instant) {
        let isRefused =
            connections.count - refusedConnections >= context.limits.connections && !evictOne()
        if isRefused {
            context.note(.connectionRefused(remoteAddress: remoteAddress))
            guard refusedConnections < context.limits.refusedConnections else { return }
            refusedConnections += 1
        }
        nextID += 1
        let connection = HTTPConnection(
            id: nextID, socket: socket, remoteAddress: remoteAddress, isRefused: isRefused, context: context,
            now: now)
        connection.claim.servedInTurn = turn
        connections[nextID] = connection
        if isRefused { connection.reject(HTTPRejection(503, "too many connections"), now) }
    }
}
