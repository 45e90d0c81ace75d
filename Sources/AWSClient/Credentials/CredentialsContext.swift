import FoundationEssentials
import HTTPClient

/// What every credential source works with; a value, so that tests replace each part.
package struct CredentialsContext: Sendable {
    package let environment: AWSEnvironment
    package let transport: any HTTPTransport
    package let roles: any RoleAssuming
    package let now: @Sendable () -> Date
    /// Waits; returns early when the task is cancelled.
    package let pause: @Sendable (Duration) async -> Void
    package let random: @Sendable (ClosedRange<Int>) -> Int

    package init(
        environment: AWSEnvironment, transport: any HTTPTransport, roles: any RoleAssuming,
        now: @escaping @Sendable () -> Date = { Date() },
        pause: @escaping @Sendable (Duration) async -> Void = CredentialsContext.sleep,
        random: @escaping @Sendable (ClosedRange<Int>) -> Int = { Int.random(in: $0) }
    ) {
        self.environment = environment
        self.transport = transport
        self.roles = roles
        self.now = now
        self.pause = pause
        self.random = random
    }

    @Sendable
    package static func sleep(_ duration: Duration) async {
        do {
            try await Task.sleep(for: duration)
        } catch {
            // Cancelled: the caller's next step notices.
            return
        }
    }
}
