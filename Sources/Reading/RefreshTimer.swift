/// When a list is fetched again: after its interval, or sooner after a failure, with pauses that double.
package struct RefreshTimer: Equatable {
    private static let firstPauseSeconds = 60

    package private(set) var lastSuccess: Double?
    private var lastTry: Double?
    private var failures = 0

    /// - Parameter lastSuccess: Of an earlier run.
    package init(lastSuccess: Double? = nil) {
        (self.lastSuccess, lastTry) = (lastSuccess, lastSuccess)
    }

    /// The last try failed.
    var isFailing: Bool { failures > 0 }

    package func isDue(intervalSeconds: Int, now: Double) -> Bool {
        let pause = failures == 0 ? Int.max : Self.firstPauseSeconds << min(failures - 1, 10)
        return PollPlan.isDue(last: lastTry, intervalSeconds: min(pause, intervalSeconds), now: now)
    }

    package mutating func note(succeeded: Bool, now: Double) {
        lastTry = now
        failures = succeeded ? 0 : failures + 1
        if succeeded { lastSuccess = now }
    }
}
