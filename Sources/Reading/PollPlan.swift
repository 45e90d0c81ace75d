import QuotaModel
import System

/// How often AWS is asked, and about how much of the past.
package struct PollingSettings: Equatable, Sendable {
    package var interval = TimeSpan.seconds(60)
    /// The trailing time that every poll reads again.
    package var rereadWindow = TimeSpan.minutes(15)
    /// The age at which CloudWatch no longer changes a minute.
    package var settleDelay = TimeSpan.minutes(3)
    /// How long nothing is delivered of a busy Region before that counts as no traffic.
    package var silenceTimeout = TimeSpan.minutes(45)
    /// Read pools less often while the account's traffic cannot bring them near a limit.
    package var isAdaptive = true
    /// How often such pools are read: no more often than graphs of counters are usually drawn over, so that rates stay smooth.
    package var relaxedInterval = TimeSpan.minutes(5)
    /// US dollars that GetMetricData may cost in a calendar month, all accounts together; nil for no limit.
    package var monthlyBudget: Double?
    /// How often the model IDs with metrics are looked up.
    package var discoveryInterval = TimeSpan.minutes(15)
    /// How often quotas and inference profiles are read.
    package var quotaInterval = TimeSpan.hours(1)
    /// How far back the first poll of a new series reads.
    package var backfill = TimeSpan.days(15)

    /// The defaults, with what `change` makes of them.
    package init(_ change: (inout PollingSettings) -> Void = { _ in }) { change(&self) }
}

/// Decides what to ask CloudWatch for and when, as a pure function of the clock and of what is covered.
///
/// The grid of polls is anchored in Unix time, so it does not drift; each Region has a phase of its own, so that many
/// Regions do not call AWS in the same second.
package struct PollPlan: Equatable, Sendable {
    /// A day: what peaks of 24 h and tokens per day need of a model ID that is seen for the first time.
    package static let firstReadMinutes = 24 * 60
    /// CloudWatch keeps 1-minute data for 15 days; an hour less, because the edge moves while a request is under way.
    package static let retentionMinutes = 15 * 24 * 60 - 60
    /// `ListMetrics` shows a metric for two weeks after its last datapoint; a day less, to be sure.
    package static let listedMinutes = 13 * 24 * 60
    /// How long `ListMetrics` takes to show a new metric, doubled to be sure.
    package static let listingDelayMinutes = 30
    /// After this many failures the pause between polls grows no more.
    package static let maximumBackoffSeconds = 600

    package let settings: PollingSettings

    package init(settings: PollingSettings) {
        self.settings = settings
    }

    // MARK: When

    /// The first grid point after `now`, or after the pause that consecutive failures call for.
    ///
    /// - Parameter phase: 0..<1, the Region's place in the interval.
    package func nextPoll(after now: Double, phase: Double, consecutiveFailures: Int) -> Double {
        let interval = Double(settings.interval.seconds)
        let offset = phase * interval
        let earliest = now + backoffSeconds(consecutiveFailures) - interval
        let steps = ((max(now, earliest) - offset) / interval).rounded(.down) + 1
        return steps * interval + offset
    }

    /// One interval, doubled by each failure after the first, up to ten minutes or the interval if that is longer.
    package func backoffSeconds(_ consecutiveFailures: Int) -> Double {
        let interval = Double(settings.interval.seconds)
        let doublings = Double(1 << min(max(consecutiveFailures - 1, 0), 10))
        return min(interval * doublings, max(Double(Self.maximumBackoffSeconds), interval))
    }

    /// Whether something with an interval of its own is due; never done before means due.
    package static func isDue(last: Double?, intervalSeconds: Int, now: Double) -> Bool {
        guard let last else { return true }
        // A clock set back must not postpone it for ever.
        return now >= last + Double(intervalSeconds) || now < last
    }

    // MARK: What

    /// Minutes younger than this may still change.
    package var settleMinutes: Int { settings.settleDelay.wholeMinutes }

    /// The first minute that CloudWatch may still change, if it delivers as usual.
    package func settledEdge(now: Double) -> Minute {
        Minute(containingEpochSeconds: Int(now.rounded(.down))).advanced(
            by: -settleMinutes)
    }

    /// The window that every poll reads again, up to and with the minute in progress.
    package func liveWindow(now: Double) -> Range<Minute> {
        let current = Minute(containingEpochSeconds: Int(now.rounded(.down)))
        return current.advanced(by: -settings.rereadWindow.wholeMinutes)..<current.advanced(by: 1)
    }

    /// The live window, or one that begins as much before the newest minute delivered, while that is late.
    package func liveWindow(now: Double, delivered: Minute?) -> Range<Minute> {
        let live = liveWindow(now: now)
        guard let delivered else { return live }
        let day = live.upperBound.advanced(by: -Self.firstReadMinutes)
        let start = min(live.lowerBound, delivered.advanced(by: -settings.rereadWindow.wholeMinutes))
        return max(day, start)..<live.upperBound
    }

    /// What a poll asks for: the live window of series that have been read before.
    ///
    /// A series seen for the first time waits for its first read of a whole day, so that its counters appear complete.
    ///
    /// - Parameter tried: Series whose first read failed; they are read live all the same.
    package func liveRead(now: Double, coverage: [String: MinuteRanges], tried: Set<String> = []) -> Read? {
        let known = coverage.filter { !$0.value.isEmpty || tried.contains($0.key) }.keys.sorted()
        return known.isEmpty ? nil : Read(window: liveWindow(now: now), modelIDs: known)
    }

    /// Minutes that are missing beyond the live window, newest first: the first read of new series and the gaps that
    /// downtime left, as far back as CloudWatch keeps minutes.
    ///
    /// - Parameters:
    ///   - deferred: Series whose newest minutes are left to their next read on purpose: no gap.
    ///   - settledEdge: Minutes from here on are not missing yet, if it is earlier than by the clock.
    ///   - delivered: As of `liveReads`.
    package func catchUpReads(
        now: Double, coverage: [String: MinuteRanges], deferred: Set<String> = [],
        settledEdge: Minute? = nil, delivered: Minute? = nil
    ) -> [Read] {
        let clockEdge = self.settledEdge(now: now)
        let edge = min(settledEdge ?? clockEdge, clockEdge)
        let live = liveWindow(now: now, delivered: delivered)
        let firstRead = min(Self.firstReadMinutes, settings.backfill.wholeMinutes)
        var wanted: [Range<Minute>: [String]] = [:]
        for (modelID, covered) in coverage {
            guard let span = covered.span else {
                wanted[edge.advanced(by: -firstRead)..<live.upperBound, default: []].append(modelID)
                continue
            }
            let oldest = max(span.lowerBound, live.upperBound.advanced(by: -Self.retentionMinutes))
            let end = min(live.lowerBound, edge, deferred.contains(modelID) ? span.upperBound : edge)
            guard oldest < end else { continue }
            for gap in covered.gaps(in: oldest..<end) {
                wanted[gap, default: []].append(modelID)
            }
        }
        return Self.reads(wanted, countsTowardTotals: true, listedFrom: Self.listedFrom(now: now))
    }

    /// The time before a series' first read, back to the configured length and as far as CloudWatch keeps minutes.
    package func backfillReads(now: Double, coverage: [String: MinuteRanges]) -> [Read] {
        let newest = liveWindow(now: now).upperBound
        var oldest = newest.advanced(by: -min(settings.backfill.wholeMinutes, Self.retentionMinutes))
        // Where longer periods go on, minutes begin with such a period, so that none is lost between the two.
        if settings.backfill.wholeMinutes > Self.retentionMinutes {
            oldest = oldest.roundedUp(to: BackfillPlan.Resolution.fiveMinutes.minutes)
        }
        var wanted: [Range<Minute>: [String]] = [:]
        for (modelID, covered) in coverage {
            // After a clock was set back, the first minute covered may lie in the time to come.
            guard let first = covered.span.map({ min($0.lowerBound, newest) }), oldest < first else {
                continue
            }
            wanted[oldest..<first, default: []].append(modelID)
        }
        return Self.reads(wanted, countsTowardTotals: false, listedFrom: Self.listedFrom(now: now))
    }

    /// The recent past once more for series that got further metrics since they were first read, such as the first
    /// throttle: `ListMetrics` shows a new metric up to 15 minutes after its first datapoint, and then we have to look.
    ///
    /// - Parameter since: The listing that lacked the metric, nil when it was one of an earlier run.
    package func grownReads(
        now: Double, coverage: [String: MinuteRanges], since: [String: Double?]
    ) -> [Read] {
        let live = liveWindow(now: now)
        let day = live.upperBound.advanced(by: -Self.firstReadMinutes)
        var wanted: [Range<Minute>: [String]] = [:]
        for (modelID, listing) in since {
            guard let first = coverage[modelID]?.span?.lowerBound else { continue }
            let lacking = listing.map { Minute(containingEpochSeconds: Int($0)) } ?? day
            let start = max(day, first, lacking.advanced(by: -Self.listingDelayMinutes))
            guard start < live.lowerBound else { continue }
            wanted[start..<live.lowerBound, default: []].append(modelID)
        }
        return Self.reads(wanted, countsTowardTotals: true, listedFrom: Self.listedFrom(now: now))
    }

    /// From here on a metric with data is listed.
    package static func listedFrom(now: Double) -> Minute {
        Minute(containingEpochSeconds: Int(now.rounded(.down))).advanced(by: -listedMinutes)
    }

    /// One read for each window, cut where CloudWatch's list of metrics no longer tells which have data.
    package static func reads(
        _ wanted: [Range<Minute>: [String]], countsTowardTotals: Bool, listedFrom: Minute
    ) -> [Read] {
        wanted.flatMap { window, modelIDs -> [Read] in
            let edge = min(max(window.lowerBound, listedFrom), window.upperBound)
            let newer = Read(
                window: edge..<window.upperBound, modelIDs: modelIDs.sorted(),
                countsTowardTotals: countsTowardTotals)
            var older = newer
            older.window = window.lowerBound..<edge
            older.asksEveryMetric = true
            return [newer, older].filter { !$0.window.isEmpty }
        }
        .sorted {
            ($0.window.upperBound, $0.window.lowerBound) > ($1.window.upperBound, $1.window.lowerBound)
        }
    }

    // MARK: Reads that come later than the next poll

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
        settleMinutes + (settings.relaxedInterval.seconds + 2 * settings.interval.seconds + 59) / 60
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
