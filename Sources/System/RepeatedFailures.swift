/// Which failures of tasks that run again and again are news: the first, one with another cause, and the same once an
/// hour.
package struct RepeatedFailures {
    /// How often a failure that goes on is told again.
    package static let reminderSeconds = 3600.0

    private var failing: [String: (cause: String, toldAt: Double)] = [:]

    package init() {}

    /// Notes a failure of a task; true when it is to be told.
    package mutating func failed(_ task: String, _ cause: String, now: Double) -> Bool {
        if let known = failing[task], known.cause == cause,
            // A clock that went back says nothing about how long ago it was.
            (0..<Self.reminderSeconds).contains(now - known.toldAt)
        {
            return false
        }
        failing[task] = (cause, now)
        return true
    }

    /// Notes that a task has worked; true when it had failed before.
    package mutating func worked(_ task: String) -> Bool {
        failing.removeValue(forKey: task) != nil
    }
}
