import Dispatch
import Synchronization

/// Bytes from a producer that is pushed along by the store to a reader that takes them when it likes.
///
/// At most one chunk waits; until it is taken the producer's thread stands still, and with it the store's cursor. When
/// the reader goes away the producer's next row throws, so that the work stops.
package final class UsageStream: Sendable {
    /// The reader is gone or time is up: the rows that are left are not wanted.
    struct Abandoned: Error {}

    /// The answer took too long.
    struct OutOfTime: Error, CustomStringConvertible {
        let description = "the answer took longer than \(HistoryLimits.answerSeconds) s and was cut off"
    }

    private enum Ending {
        case complete
        case failed(any Error)
    }

    private struct State {
        var hasBegun = false
        var isAbandoned = false
        var chunk: [UInt8]?
        var ending: Ending?
        /// Bytes after the last full chunk.
        var tail: [UInt8] = []
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())
    /// Signalled whenever the chunk was taken or nobody will.
    private let room = DispatchSemaphore(value: 0)
    private let produce: @Sendable (UsageStream) async throws -> [UInt8]
    private let deadline: Mutex<ContinuousClock.Instant?> = Mutex(nil)
    private let allowance: Duration?

    /// - Parameters:
    ///   - allowance: How long the answer may take from its first pull; nil for no bound, as on a command line.
    ///   - produce: Begun with the first pull; sends chunks and returns what is left.
    package init(
        allowance: Duration? = nil, produce: @escaping @Sendable (UsageStream) async throws -> [UInt8]
    ) {
        self.allowance = allowance
        self.produce = produce
    }

    // MARK: The reader

    /// The next bytes, nil at the end; throws what the producer threw. Cancellation abandons the stream.
    package func next() async throws -> [UInt8]? {
        begin()
        return try await withTaskCancellationHandler {
            await arrival()
            return try take()
        } onCancel: {
            abandon()
        }
    }

    /// Nothing more is wanted. May be called at any time, more than once.
    package func abandon() {
        let reader = state.withLock { state in
            state.isAbandoned = true
            state.chunk = nil
            defer { state.reader = nil }
            return state.reader
        }
        room.signal()
        reader?.resume()
    }

    private func begin() {
        let isFirst = state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun && !state.isAbandoned
        }
        guard isFirst else { return }
        if let allowance { deadline.withLock { $0 = ContinuousClock.now + allowance } }
        Task {
            do {
                let tail = try await produce(self)
                finish(.complete, tail)
            } catch {
                finish(.failed(error), [])
            }
        }
    }

    private func arrival() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.chunk != nil || state.ending != nil || state.isAbandoned { return true }
                state.reader = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func take() throws -> [UInt8]? {
        let (bytes, ending, isAbandoned) = state.withLock { state -> ([UInt8]?, Ending?, Bool) in
            if let chunk = state.chunk {
                state.chunk = nil
                return (chunk, nil, false)
            }
            defer { state.tail = [] }
            return (state.tail.isEmpty ? nil : state.tail, state.ending, state.isAbandoned)
        }
        if let bytes, ending == nil {
            room.signal()
            return bytes
        }
        if isAbandoned { throw CancellationError() }
        switch ending {
        case .failed(let error)?: throw error
        case .complete?, nil: return bytes
        }
    }

    // MARK: The producer

    /// Hands a chunk over, and waits until the one before was taken. Never call it on Swift's own threads.
    func send(_ bytes: [UInt8]) throws {
        while true {
            try checkWanted()
            let (isTaken, reader) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
                guard state.chunk == nil, !state.isAbandoned else { return (false, nil) }
                state.chunk = bytes
                defer { state.reader = nil }
                return (true, state.reader)
            }
            if isTaken {
                reader?.resume()
                return
            }
            try wait()
        }
    }

    /// Throws when nobody waits for the rest any more.
    func checkWanted() throws {
        if state.withLock({ $0.isAbandoned }) { throw Abandoned() }
        if let deadline = deadline.withLock({ $0 }), ContinuousClock.now > deadline { throw OutOfTime() }
    }

    private func wait() throws {
        guard let deadline = deadline.withLock({ $0 }) else { return room.wait() }
        let left = max(deadline - ContinuousClock.now, .zero)
        let nanoseconds = Int(left.components.seconds) * 1_000_000_000 + Int(left.components.attoseconds / 1_000_000_000)
        guard room.wait(timeout: .now() + .nanoseconds(nanoseconds)) == .success else { throw OutOfTime() }
    }

    private func finish(_ ending: Ending, _ tail: [UInt8]) {
        let reader = state.withLock { state in
            state.ending = ending
            state.tail = tail
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }
}
