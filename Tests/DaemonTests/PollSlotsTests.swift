import Synchronization
import Testing

@testable import System

/// A gate that opens once.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Waits up to a minute for something that happens elsewhere.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<30_000 {
        if try await condition() { return true }
        do { try await Task.sleep(for: .milliseconds(2)) } catch { return false }
    }
    return try await condition()
}

struct PollSlotsTests {
    @Test(
        "no more bodies run at a time than there are slots, and waiters are served in their order",
        .timeLimit(.minutes(5)))
    func order() async throws {
        let slots = PollSlots(1)
        let gate = Gate()
        let order = Shared<[Int]>([])
        let running = Shared(0)
        let most = Shared(0)
        let first = Task { try await slots.run { await gate.pass() } }
        #expect(await eventually { slots.freeCount == 0 })
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<20 {
            tasks.append(
                Task {
                    try await slots.run {
                        running.change { $0 += 1 }
                        most.change { $0 = max($0, running.value) }
                        order.change { $0.append(number) }
                        await Task.yield()
                        running.change { $0 -= 1 }
                    }
                })
            #expect(await eventually { slots.waitingCount == number + 1 })
        }
        gate.open()
        try await first.value
        for task in tasks { try await task.value }
        #expect(order.value == Array(0..<20))
        #expect(most.value == 1)
        #expect(slots.freeCount == 1)
    }

    @Test("a waiter that is cancelled leaves at once and takes no slot with it", .timeLimit(.minutes(5)))
    func cancellation() async throws {
        let slots = PollSlots(1)
        let gate = Gate()
        let holder = Task { try await slots.run { await gate.pass() } }
        #expect(await eventually { slots.freeCount == 0 })
        let waiter = Task { try await slots.run { true } }
        let second = Task { try await slots.run { true } }
        #expect(await eventually { slots.waitingCount == 2 })
        waiter.cancel()
        await #expect(throws: CancellationError.self) { _ = try await waiter.value }
        #expect(slots.waitingCount == 1)
        gate.open()
        try await holder.value
        #expect(try await second.value)
        #expect(slots.freeCount == 1)
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await slots.run { true }
        }
        await #expect(throws: CancellationError.self) { _ = try await late.value }
        #expect(slots.freeCount == 1)
    }

    @Test("slots survive errors and any mixture of cancellations", .timeLimit(.minutes(5)))
    func storm() async throws {
        struct Failure: Error {}
        let slots = PollSlots(3)
        let tasks = (0..<600).map { number in
            let task = Task {
                try await slots.run {
                    await Task.yield()
                    if number % 7 == 0 { throw Failure() }
                }
            }
            if number % 3 == 0 { task.cancel() }
            return task
        }
        var ended = 0
        for task in tasks {
            _ = await task.result
            ended += 1
        }
        #expect(ended == 600)
        #expect(slots.freeCount == 3)
        #expect(slots.waitingCount == 0)
    }
}
