/// Those who want to know when something new may wait for a receiver.
package struct NotificationListeners {
    private var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
    private var nextID = 0

    /// A stream that yields once at its beginning, for what waits already. `onEnd` is called when nobody reads it any
    /// more.
    package mutating func stream(onEnd: @escaping @Sendable (_ id: Int) -> Void) -> AsyncStream<Void> {
        let id = nextID
        nextID += 1
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.onTermination = { _ in onEnd(id) }
        continuation.yield()
        continuations[id] = continuation
        return stream
    }

    package func tell() {
        for continuation in continuations.values { continuation.yield() }
    }

    package mutating func remove(_ id: Int) { continuations[id] = nil }
}
