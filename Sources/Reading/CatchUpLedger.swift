/// Which series could not be read completely, and when to try their missing minutes again.
///
/// Without it one query that always fails would have its growing gap asked for, and billed, at every poll.
package struct CatchUpLedger {
    /// Requests beyond the live window in one poll, so that a long gap does not hold up the live figures for long.
    package static let requestsPerPoll = 100
    /// After this long in one poll no further request beyond the live window begins.
    package static let secondsPerPoll = 60.0
    private static let firstPauseSeconds = 60.0
    private static let longestPauseSeconds = 3600.0

    private struct Entry {
        var failures: Int
        var retryAt: Double
    }

    private var entries: [String: Entry] = [:]

    package init() {}

    /// Series that were asked for and not answered completely.
    package var tried: Set<String> { Set(entries.keys) }

    package func isDue(_ modelID: String, now: Double) -> Bool {
        guard let entry = entries[modelID] else { return true }
        // A clock set back must not postpone it for ever.
        return now >= entry.retryAt || entry.retryAt - now > Self.longestPauseSeconds
    }

    /// When the first of the series that wait is due; nil when none waits.
    package func nextDue(now: Double) -> Double? {
        entries.values.lazy.map(\.retryAt).filter { $0 > now }.min()
    }

    /// Notes how a request ended: a pause that doubles up to an hour for series that stay uncovered.
    package mutating func note(_ modelIDs: [String], uncovered: Set<String>, now: Double) {
        for modelID in modelIDs {
            guard uncovered.contains(modelID) else {
                entries[modelID] = nil
                continue
            }
            let failures = (entries[modelID]?.failures ?? 0) + 1
            let pause = min(
                Self.firstPauseSeconds * Double(1 << min(failures - 1, 10)), Self.longestPauseSeconds)
            entries[modelID] = Entry(failures: failures, retryAt: now + pause)
        }
    }
}
