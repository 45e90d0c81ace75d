import Synchronization
import System

/// Has the metrics page rendered soon after something was counted, but not for each of a storm's messages.
package final class PublishThrottle: Sendable {
    /// Between two renderings.
    package static let pauseSeconds = 0.5

    private let isWaiting = Atomic(false)
    private let clock: PollClock
    private let publish: @Sendable () -> Void

    package init(clock: PollClock, publish: @escaping @Sendable () -> Void) {
        self.clock = clock
        self.publish = publish
    }

    /// What has been counted before the call will be on the page after the pause.
    package func request() {
        guard !isWaiting.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Task { [self] in
            do {
                try await clock.sleep(Self.pauseSeconds)
            } catch {
                // Nobody cancels it; if somebody did, the page would be rendered at once.
            }
            isWaiting.store(false, ordering: .releasing)
            publish()
        }
    }
}
