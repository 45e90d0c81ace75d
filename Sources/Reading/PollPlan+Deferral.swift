import QuotaModel

/// Reads that come later than the next poll, and reach back to where the last one ended.
extension PollPlan {
    /// A read never reaches further back than this beyond the live window; what is older is a gap to be caught up.
    package static let longestExtensionMinutes = 120
    /// A poll this much early still counts as having reached an interval: polls are not exact to the second.
    private static let intervalSlack = 0.5

    /// Whether pools may be read less often than they are polled; not where that would come to the same.
    package var canDefer: Bool {
        settings.isAdaptive && settings.relaxedInterval.seconds > settings.interval.seconds
    }

    /// Whether the last read is so long ago that a series is read even if nothing happens.
    package func isRelaxedReadDue(lastRead: Double?, now: Double) -> Bool {
        guard let lastRead, lastRead <= now else { return true }
        let slack = Double(settings.interval.seconds) * Self.intervalSlack
        return now - lastRead >= Double(settings.relaxedInterval.seconds) - slack
    }

    /// Minutes that may pass between two reads of a series, and those that were not settled at the first of them.
    package var deferredMinutes: Int {
        settleMinutes
            + (settings.relaxedInterval.seconds + 2 * settings.interval.seconds + 59) / 60
            + 1
    }

    /// The live window for series read a poll ago, or for the first time in this run; for the others one that begins
    /// where the live window of their last read began, so that each minute is read as often late as it would have been.
    ///
    /// - Parameter delivered: The newest minute that was delivered, while data are late: the window then lies around
    ///   that one as it usually does around now.
    package func liveReads(
        of modelIDs: [String], lastRead: [String: Double], now: Double, delivered: Minute? = nil
    ) -> [Read] {
        let live = liveWindow(now: now, delivered: delivered)
        let recent = now - Double(settings.interval.seconds) * (1 + Self.intervalSlack)
        var regular: [String] = []
        var deferred: [String] = []
        var start = live.lowerBound
        for modelID in modelIDs {
            guard let last = lastRead[modelID], last < recent else {
                regular.append(modelID)
                continue
            }
            deferred.append(modelID)
            start = min(start, liveWindow(now: last).lowerBound)
        }
        let longest = liveWindow(now: now).lowerBound.advanced(by: -Self.longestExtensionMinutes)
        start = max(start, min(live.lowerBound, longest))
        return [
            Read(window: live, modelIDs: regular.sorted()),
            Read(window: start..<live.upperBound, modelIDs: deferred.sorted()),
        ].filter { !$0.modelIDs.isEmpty }
    }
}
