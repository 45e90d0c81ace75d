import QuotaModel

/// Decides what to ask CloudWatch for and when, as a pure function of the clock and of what is covered.
///
/// The grid of polls is anchored in Unix time, so it does not drift; each Region has a phase of its own, so that many
/// Regions do not call AWS in the same second.
package struct PollPlan: Equatable, Sendable {
    /// Series that want the same minutes, so that one batch of queries serves them.
    package struct Read: Equatable, Sendable {
        package var window: Range<Minute>
        /// Ascending, so that a plan is the same for the same input.
        package var modelIDs: [String]
        /// False for the time before the store began to count: history, which must not make counters jump.
        package var countsTowardTotals: Bool
        /// True for minutes that have been read long ago: what is history among them stays so.
        package var isReread: Bool
        /// True where CloudWatch may have data of metrics that it lists no more: every metric is asked for that a
        /// model ID can have.
        package var asksEveryMetric = false

        package init(
            window: Range<Minute>, modelIDs: [String], countsTowardTotals: Bool = true, isReread: Bool = false
        ) {
            self.window = window
            self.modelIDs = modelIDs
            self.countsTowardTotals = countsTowardTotals
            self.isReread = isReread
        }

        /// How many metrics it asks for of a series of which so many are listed.
        package func queryCount(of modelID: String, _ listed: [String: Int]) -> Int {
            asksEveryMetric ? UsageMetric.everyCloudWatchName.count : listed[modelID] ?? 1
        }
    }

    /// A day: what peaks of 24 h and tokens per day need of a model ID that is seen for the first time.
    package static let firstReadMinutes = 24 * 60
    /// CloudWatch keeps 1-minute data for 15 days; an hour less, because the edge moves while a request is under way.
    package static let retentionMinutes = 15 * 24 * 60 - 60
    /// `ListMetrics` shows a metric for two weeks after its last datapoint; a day less, to be sure.
    package static let listedMinutes = 13 * 24 * 60
    /// How long `ListMetrics` takes to show a new metric, doubled to be sure.
    package static let listingDelayMinutes = 30
    /// An answer's size: the points of one request, 100,800 at most by CloudWatch's limit, less to spare memory.
    package static let pointsPerRequest = 50_000
    /// CloudWatch's limit of queries in one request.
    package static let queriesPerRequest = 500
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

    /// Cuts a read into requests that respect the limits of queries and points; each keeps a series whole, the newest
    /// minutes come first.
    ///
    /// The price is per metric asked for, so a long window is cut by series before it is cut by time.
    ///
    /// - Parameter periodMinutes: What one point stands for; the window lies on its boundaries.
    package static func requests(
        for read: Read, queriesPerSeries: [String: Int], periodMinutes: Int = 1
    ) -> [Read] {
        let most = max(1, read.modelIDs.map { read.queryCount(of: $0, queriesPerSeries) }.max() ?? 1)
        let minutesPerRequest = max(1, pointsPerRequest / most) * periodMinutes
        var requests: [Read] = []
        for window in cut(read.window, into: minutesPerRequest) {
            var batch = read
            (batch.window, batch.modelIDs) = (window, [])
            var queries = 0
            for modelID in read.modelIDs {
                let more = read.queryCount(of: modelID, queriesPerSeries)
                let isFull =
                    queries + more > queriesPerRequest
                    || (queries + more) * window.count / periodMinutes > pointsPerRequest
                if isFull, !batch.modelIDs.isEmpty {
                    requests.append(batch)
                    batch.modelIDs = []
                    queries = 0
                }
                batch.modelIDs.append(modelID)
                queries += more
            }
            if !batch.modelIDs.isEmpty { requests.append(batch) }
        }
        return requests
    }

    private static func cut(_ window: Range<Minute>, into minutes: Int) -> [Range<Minute>] {
        var parts: [Range<Minute>] = []
        var end = window.upperBound
        while end > window.lowerBound {
            let start = max(window.lowerBound, end.advanced(by: -minutes))
            parts.append(start..<end)
            end = start
        }
        return parts
    }
}
