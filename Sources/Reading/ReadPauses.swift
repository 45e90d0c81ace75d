import System

/// Which series could not be read completely, and when to try their missing minutes again.
///
/// Without it one query that always fails would have its growing gap asked for, and billed, at every poll.
package struct ReadPauses {
    private static let firstPauseSeconds = 60.0
    private static let longestPauseSeconds = 3600.0

    private struct Entry {
        var failures: Int
        var retryAt: Double
    }

    private var entries: [String: Entry] = [:]

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

/// When each series is read a whole day back again, because CloudWatch may have added to minutes after the window that
/// every poll reads. The price is per metric, so such a read costs no more than the live one that it takes the place of.
package struct DayRereads {
    package static let intervalSeconds = 6 * 3600.0
    /// Points of such reads in one poll, which are in memory at once.
    package static let pointsPerPoll = 100_000

    private var last: [String: Double] = [:]

    package init() {}

    /// The series among these that are due, those that waited longest first, as many as one poll may read.
    ///
    /// A series that is new here counts as read some time ago, each another one, so that the reads spread.
    ///
    /// - Parameter queries: What each costs.
    package mutating func due(_ modelIDs: [String], queries: (String) -> Int, now: Double) -> [String] {
        var due: [(modelID: String, last: Double)] = []
        for modelID in modelIDs {
            let read =
                last[modelID] ?? now - Self.intervalSeconds * FNV1a.fraction("/\(modelID)")
            // A clock set back must not postpone it for ever.
            last[modelID] = min(read, now)
            if now - read >= Self.intervalSeconds { due.append((modelID, read)) }
        }
        due.sort { ($0.last, $0.modelID) < ($1.last, $1.modelID) }
        var points = 0
        let fitting = due.prefix { item in
            points += queries(item.modelID) * PollPlan.firstReadMinutes
            return points <= Self.pointsPerPoll
        }
        return (fitting.isEmpty ? Array(due.prefix(1)) : Array(fitting)).map(\.modelID)
    }

    /// Notes those that were read completely.
    package mutating func note(_ modelIDs: some Sequence<String>, now: Double) {
        for modelID in modelIDs { last[modelID] = now }
    }
}
