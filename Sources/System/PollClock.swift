import FoundationEssentials
import Glibc
import Synchronization

/// Time as the pollers see it; tests turn it by hand.
package struct PollClock: Sendable {
    /// Unix time in seconds.
    package let now: @Sendable () -> Double
    /// Returns early by throwing `CancellationError` when the task is cancelled.
    package let sleep: @Sendable (_ seconds: Double) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Double,
        sleep: @escaping @Sendable (_ seconds: Double) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    package static let system = PollClock(
        now: { Date().timeIntervalSince1970 },
        sleep: { try await Task.sleep(for: .seconds(max(0, $0)), tolerance: .milliseconds(10)) })
}

/// Knows whether every poller of a fleet still comes round: each says within what time it will be heard of again.
package final class PollWatch: Sendable {
    /// A single poll; the requests of the longest catch-up, each with its time limit and retries, take less.
    package static let pollSeconds = 1800.0
    /// Beyond the planned time, for a machine that is busy.
    package static let slackSeconds = 120.0

    private let deadlines = Mutex<[ObjectIdentifier: Double]>([:])
    private let now: @Sendable () -> Double

    /// - Parameter now: Seconds that only go forward, and not while the machine sleeps.
    package init(now: @escaping @Sendable () -> Double = PollWatch.monotonicSeconds) {
        self.now = now
    }

    /// The poller will be heard of again within this time, in seconds; it replaces what it said before.
    package func expect(_ poller: ObjectIdentifier, within seconds: Double) {
        deadlines.withLock { $0[poller] = now() + seconds }
    }

    /// The poller was stopped.
    package func forget(_ poller: ObjectIdentifier) {
        deadlines.withLock { _ = $0.removeValue(forKey: poller) }
    }

    /// False once any poller is overdue; one that ended without being stopped is too.
    package var isAlive: Bool {
        let now = now()
        return deadlines.withLock { deadlines in deadlines.values.allSatisfy { now <= $0 } }
    }

    package static let monotonicSeconds: @Sendable () -> Double = {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1_000_000_000
    }
}

/// How many Regions may poll at the same time; the others wait in the order in which they came.
package final class PollSlots: Sendable {
    private struct State {
        var free: Int
        var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var nextID = 0
    }

    private let state: Mutex<State>

    package init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// Runs the body in a slot; throws `CancellationError` when the task is cancelled while it waits for one.
    package func run<Result: Sendable>(
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await acquire()
        defer { release() }
        return try await body()
    }

    /// Slots that nobody holds.
    package var freeCount: Int { state.withLock { $0.free } }
    /// Tasks that wait for a slot.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func acquire() async throws {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isGranted = state.withLock { state in
                    // Checked under the lock: a cancellation before this point found nobody waiting.
                    if Task.isCancelled { return false as Bool? }
                    guard state.free == 0 else {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                switch isGranted {
                case true?: continuation.resume()
                case false?: continuation.resume(throwing: CancellationError())
                case nil: break
                }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                guard let index = state.waiting.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiting.remove(at: index).continuation
            }
            waiter?.resume(throwing: CancellationError())
        }
    }

    private func release() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
