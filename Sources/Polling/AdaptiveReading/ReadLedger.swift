import QuotaModel
import Reading
import UsageStore

/// What is known of a Region's reading: when each series was read last, up to where, and what it had lately.
struct ReadLedger: Sendable {
    /// The start of the last poll that read the series completely, Unix seconds.
    private(set) var lastRead: [String: Double] = [:]
    /// Minutes before are final, as of the last read; missing after a read that was not answered in full.
    private(set) var through: [String: Minute] = [:]
    /// The newest minute with a request.
    private(set) var lastTraffic: [String: Minute] = [:]
    private(set) var recent = RecentCounts(window: Minute(index: 0)..<Minute(index: 0))
    /// What probes said, which is never stored.
    private(set) var probed = RecentCounts(window: Minute(index: 0)..<Minute(index: 0))
    var trust = AccountTrust()

    /// Holds the recent minutes of this window from now on.
    mutating func move(to window: Range<Minute>) {
        recent.move(to: window)
        probed.move(to: window)
    }

    mutating func take(_ probes: ProbedCounts) {
        for (modelID, minutes) in probes.counts {
            for (minute, counts) in minutes { probed.raise(modelID, minute, to: counts) }
        }
    }

    mutating func take(_ records: [SeriesRecord]) {
        for record in records {
            for minute in record.minutes { take(record.modelID, minute) }
        }
    }

    mutating func take(_ modelID: String, _ minute: RecordedMinute) {
        recent.take(modelID, minute)
        guard minute.usage.invocations ?? 0 > 0 else { return }
        lastTraffic[modelID] = max(lastTraffic[modelID] ?? minute.minute, minute.minute)
    }

    /// Notes a read of the live window; `uncovered` are the series that were not answered completely.
    mutating func note(_ modelIDs: [String], uncovered: Set<String>, settledEdge: Minute, now: Double) {
        for modelID in modelIDs {
            if uncovered.contains(modelID) {
                through[modelID] = nil
            } else {
                lastRead[modelID] = now
                through[modelID] = settledEdge
            }
        }
    }

    /// The newest minute that is known of all of these series; the settled one when a read of one of them failed.
    func shownMinute(of modelIDs: [String], settled: Minute) -> Minute {
        let through = modelIDs.compactMap { self.through[$0] }
        guard through.count == modelIDs.count, let oldest = through.min() else { return settled }
        return min(settled, oldest.advanced(by: -1))
    }

    /// After a clock was set back, nothing of what was noted about reading holds.
    mutating func forget() {
        lastRead = [:]
        through = [:]
        lastTraffic = [:]
        let nothing = recent.window.lowerBound..<recent.window.lowerBound
        recent = RecentCounts(window: nothing)
        probed = RecentCounts(window: nothing)
    }
}
