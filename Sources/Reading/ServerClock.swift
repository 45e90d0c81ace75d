import AWSClient

/// CloudWatch's clock, as its answers show it. Which minutes are settled is CloudWatch's to say: by a clock that is ahead,
/// minutes that it does not have yet would count as minutes without traffic.
package struct ServerClock: Sendable {
    /// What is added to this machine's clock to get CloudWatch's, since the last poll began.
    package private(set) var skewSeconds = 0
    /// By the last answer.
    private var observed = 0

    /// Takes the time of an answer that has just come.
    package mutating func observe(_ serverTime: Int?, now: Double) {
        guard let serverTime else { return }
        observed = ClockSkew.observed(serverTime: serverTime, epochSeconds: Int(now))
    }

    /// A clock was set since the poll began: what it takes for settled is wrong. A difference comes in whole seconds and
    /// with the delay of an answer.
    package var change: ClockChange? {
        abs(observed - skewSeconds) >= AWSDefaults.minimumObservedSkewSeconds
            ? ClockChange(seconds: observed) : nil
    }

    /// Goes by the last answers from now on; true when that is another time than before.
    package mutating func adopt() -> Bool {
        guard change != nil else { return false }
        skewSeconds = observed
        return true
    }
}

/// This machine's clock, or CloudWatch's, was set while a poll was under way.
package struct ClockChange: Error, CustomStringConvertible {
    package let seconds: Int

    package var description: String {
        "CloudWatch's clock is found to be \(seconds) s ahead of this machine's; the next poll goes by it"
    }
}
