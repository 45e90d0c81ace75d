import Synchronization
import System

/// Renders the page when it is asked to, at once as long as that costs little: beyond, so rarely that it takes a bounded
/// share of a processor. What was asked for before a rendering begins is on the page after it.
final class RenderPace: Sendable {
    /// The pause after a rendering, as a multiple of what that took.
    static let pauseShare = 10.0
    /// However large the page, no poll waits longer to be seen.
    static let longestPauseSeconds = 5.0

    private struct State {
        var isBusy = false
        var isAskedAgain = false
        /// By the monotonic clock.
        var notBefore = 0.0
    }

    private let state = Mutex(State())
    private let render: @Sendable () -> Void
    private let uptime: @Sendable () -> Double
    private let sleep: @Sendable (_ seconds: Double) async throws -> Void

    /// - Parameter uptime: Seconds that only go forward.
    init(
        uptime: @escaping @Sendable () -> Double = PollWatch.monotonicSeconds,
        sleep: @escaping @Sendable (_ seconds: Double) async throws -> Void = PollClock.system.sleep,
        render: @escaping @Sendable () -> Void
    ) {
        self.uptime = uptime
        self.sleep = sleep
        self.render = render
    }

    func request() {
        let pause = state.withLock { state -> Double? in
            guard !state.isBusy else {
                state.isAskedAgain = true
                return nil
            }
            state.isBusy = true
            return max(0, state.notBefore - uptime())
        }
        guard let pause else { return }
        guard pause > 0 else { return renderNow() }
        Task {
            // Nobody cancels it; if somebody did, the page would be rendered at once.
            try? await sleep(pause)
            renderNow()
        }
    }

    private func renderNow() {
        state.withLock { $0.isAskedAgain = false }
        let began = uptime()
        render()
        let ended = uptime()
        let isAskedAgain = state.withLock { state in
            state.isBusy = false
            state.notBefore = ended + min((ended - began) * Self.pauseShare, Self.longestPauseSeconds)
            return state.isAskedAgain
        }
        if isAskedAgain { request() }
    }
}
