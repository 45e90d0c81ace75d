import FoundationEssentials

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
