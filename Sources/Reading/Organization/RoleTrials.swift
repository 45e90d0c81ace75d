/// Which accounts' roles work, and when to try the others again: a role that does not exist yet is asked for ever more
/// rarely, up to the interval at which accounts are listed.
package struct RoleTrials: Sendable {
    /// Why a role does not work.
    package struct Failure: Equatable, Sendable {
        package let reason: String
        /// Unix seconds.
        package let since: Double
        package let retryAt: Double
        let pauseSeconds: Double
    }

    private static let firstPauseSeconds = 60.0

    private let longestPauseSeconds: Double
    private var working: Set<String> = []
    package private(set) var failures: [String: Failure] = [:]

    package init(longestPauseSeconds: Double) {
        self.longestPauseSeconds = longestPauseSeconds
    }

    package func works(_ id: String) -> Bool { working.contains(id) }

    /// Neither works nor failed.
    package func isUntried(_ id: String) -> Bool { !works(id) && failures[id] == nil }

    /// Forgets all accounts but these.
    package mutating func keep(_ ids: Set<String>) {
        working.formIntersection(ids)
        failures = failures.filter { ids.contains($0.key) }
    }

    /// Those of these accounts whose role is to be tried now.
    package func due(_ ids: [String], now: Double) -> [String] {
        ids.filter { id in
            guard !works(id) else { return false }
            guard let failure = failures[id] else { return true }
            // A clock set back must not postpone it for ever.
            return now >= failure.retryAt || failure.retryAt - now > 2 * longestPauseSeconds
        }
    }

    /// When the first of the failing roles is to be tried again; nil when none fails.
    package var nextDue: Double? { failures.values.lazy.map(\.retryAt).min() }

    package mutating func noteWorking(_ id: String) {
        working.insert(id)
        failures[id] = nil
    }

    /// - Parameter fraction: 0..<1, other for each account, so that those that fail together do not stay together.
    /// - Returns: True for the first failure, which is to be told.
    package mutating func noteFailing(
        _ id: String, _ reason: String, fraction: Double, now: Double
    ) -> Bool {
        let before = failures[id]
        let pause = min(
            before.map { $0.pauseSeconds * 2 } ?? Self.firstPauseSeconds, longestPauseSeconds)
        failures[id] = Failure(
            reason: reason, since: before?.since ?? now, retryAt: now + pause * (1 + fraction / 4),
            pauseSeconds: pause)
        return before == nil
    }
}
