import Synchronization

@testable import HTTPServer

/// Collects values from any thread.
final class Recorder<Value: Sendable>: Sendable {
    private let stored = Mutex<[Value]>([])

    var values: [Value] { stored.withLock { $0 } }

    func add(_ value: Value) { stored.withLock { $0.append(value) } }
}

/// Lets a test hold handlers back and wait for them.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var arrivals = 0
    private var observers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    /// Called by a handler; returns once the gate is open.
    func pass() async {
        arrivals += 1
        let due = observers.filter { $0.count <= arrivals }
        observers.removeAll { $0.count <= arrivals }
        for observer in due { observer.continuation.resume() }
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for waiter in waiting { waiter.resume() }
        waiting = []
    }

    /// Returns once this many handlers have arrived.
    func arrived(_ count: Int) async {
        guard arrivals < count else { return }
        await withCheckedContinuation { observers.append((count, $0)) }
    }
}

/// Waits until the condition holds; false after a minute.
func eventually(_ condition: @Sendable () -> Bool) async throws -> Bool {
    for _ in 0..<6000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
