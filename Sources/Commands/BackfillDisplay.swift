import Glibc
import Polling
import Synchronization
import System

/// Progress on standard output: a bar that is drawn over itself on a terminal, a line now and then elsewhere.
final class BackfillDisplay: Sendable {
    private static let secondsBetweenBars = 0.1
    private static let secondsBetweenLines = 10.0

    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let lastShown = Mutex(0.0)

    @Sendable func show(_ progress: BackfillJob.Progress) {
        let now = PollClock.system.now()
        let isLast = progress.done.requests >= progress.total.requests
        let pause = isTerminal ? Self.secondsBetweenBars : Self.secondsBetweenLines
        let isDue = lastShown.withLock { last in
            guard isLast || now - last >= pause else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        guard isTerminal else { return Output.print(BackfillReport.line(progress)) }
        draw("\r" + BackfillReport.bar(progress, width: TerminalWidth.columns) + Self.eraseToEnd)
    }

    /// Leaves the bar where it is.
    func end() {
        if isTerminal, lastShown.withLock({ $0 > 0 }) { draw("\n") }
    }

    /// ECMA-48, EL: what a longer bar left behind.
    private static let eraseToEnd = "\u{1B}[K"

    private func draw(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
    }
}
