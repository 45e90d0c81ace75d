/// What one Region's polls cost, in metrics.
package struct PollDemand: Equatable, Sendable {
    /// Older polls count ever less, half as much after this time: a night says little about the day.
    private static let memorySeconds = 43_200.0
    /// Before polls that leave pools out have been seen, they are taken to cost this part of everything …
    private static let assumedShare = 0.5
    /// … and that counts like so many polls.
    private static let assumedPolls = 5.0

    /// A poll that reads everything.
    package var everything: Int
    private var sum = 0.0
    private var polls = 0.0
    private var lastPoll: Double?

    package init(everything: Int) {
        self.everything = everything
    }

    /// A poll at the present pace.
    ///
    /// - Parameter isReduced: Whether pools may be left out.
    package func mean(isReduced: Bool) -> Double {
        guard isReduced else { return Double(everything) }
        let assumed = Double(everything) * Self.assumedShare
        return (sum + assumed * Self.assumedPolls) / (polls + Self.assumedPolls)
    }

    /// Takes what a poll that could leave pools out has cost.
    package mutating func note(_ billed: Int, now: Double) {
        let age = max(0, now - (lastPoll ?? now))
        let kept = Self.memorySeconds / (Self.memorySeconds + age)
        sum = sum * kept + Double(billed)
        polls = polls * kept + 1
        lastPoll = now
    }
}
