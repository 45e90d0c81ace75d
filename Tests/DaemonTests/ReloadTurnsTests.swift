import Testing

@testable import Daemon

@Suite("Turns of reloads", .timeLimit(.minutes(1)))
struct ReloadTurnsTests {
    /// A reload that waits until it is let go, and returns its number.
    private actor Reload {
        private(set) var begun = 0
        private var held: [CheckedContinuation<Void, Never>] = []
        private var isOpen = false

        func run() async -> String? {
            begun += 1
            let number = begun
            if !isOpen { await withCheckedContinuation { held.append($0) } }
            return "\(number)"
        }

        func open() {
            isOpen = true
            for waiter in held { waiter.resume() }
            held = []
        }
    }

    @Test("all who ask during a reload share the next one, and its outcome is theirs")
    func shared() async {
        let (turns, reload) = (ReloadTurns(), Reload())
        let first = Task { await turns.run { await reload.run() } }
        #expect(await eventually { await reload.begun == 1 })
        let others = (0..<50).map { _ in Task { await turns.run { await reload.run() } } }
        // Each of them has asked by then: a task that asks later would make a third.
        for _ in 0..<200 { await Task.yield() }
        try? await Task.sleep(for: .milliseconds(200))
        #expect(await reload.begun == 1)
        await reload.open()
        #expect(await first.value == "1")
        for other in others { #expect(await other.value == "2") }
        #expect(await reload.begun == 2)
        #expect(await turns.run { await reload.run() } == "3")
    }
}
