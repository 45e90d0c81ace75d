import QuotaModel
import UsageStore

/// When each of a Region's series was read last, up to where, and what it had lately.
package struct LastReads: Sendable {

    package init() {
    }
    /// The start of the last poll that read the series completely, Unix seconds.
    package private(set) var lastRead: [String: Double] = [:]
    /// Minutes before are final, as of the last read; missing after a read that was not answered in full.
    package private(set) var through: [String: Minute] = [:]
    /// The newest minute with a request.
    package private(set) var lastTraffic: [String: Minute] = [:]
    /// What was read of the last minutes.
    package private(set) var recent = RecentCounts(window: Minute(index: 0)..<Minute(index: 0))

    /// Holds the recent minutes of this window from now on.
    package mutating func move(to window: Range<Minute>) { recent.move(to: window) }

    package mutating func take(_ records: [SeriesRecord]) {
        for record in records { take(record.modelID, record.minutes) }
    }

    package mutating func take(_ modelID: String, _ minutes: some Sequence<RecordedMinute>) {
        recent.take(modelID, minutes)
        let busy = minutes.lazy.filter { $0.usage.invocations ?? 0 > 0 }.map(\.minute)
        guard let last = busy.max() else { return }
        lastTraffic[modelID] = max(lastTraffic[modelID] ?? last, last)
    }

    /// Notes a read of the live window; `uncovered` are the series that were not answered completely.
    package mutating func note(
        _ modelIDs: [String], uncovered: Set<String>, now: Double, settledEdge: (String) -> Minute
    ) {
        for modelID in modelIDs {
            if uncovered.contains(modelID) {
                through[modelID] = nil
            } else {
                lastRead[modelID] = now
                through[modelID] = settledEdge(modelID)
            }
        }
    }

    /// The newest minute that is known of all of these series; the settled one when a read of one of them failed.
    package func shownMinute(of modelIDs: [String], settled: Minute) -> Minute {
        let through = modelIDs.compactMap { self.through[$0] }
        guard through.count == modelIDs.count, let oldest = through.min() else { return settled }
        return min(settled, oldest.advanced(by: -1))
    }
}
