import QuotaModel
import UsageStore

/// Decides which of the past to ask CloudWatch for, at the best resolution that it still keeps; pure.
///
/// CloudWatch keeps 1 minute for 15 days, 5 minutes for 63 days, 1 hour for 455 days, and rounds StartTime down by age
/// to the same units (API reference of GetMetricData). Every window lies on a boundary of its period, so it asks for
/// whole periods and for each only once.
package struct BackfillPlan: Sendable {
    /// What one datapoint stands for.
    package enum Resolution: Int, CaseIterable, Sendable, Comparable {
        case minute = 1
        case fiveMinutes = 5
        case hour = 60

        /// The length of a datapoint's period.
        package var minutes: Int { rawValue }

        /// How the store calls it; nil for minutes, which have a table of their own.
        package var period: PeriodRecord.Resolution? {
            switch self {
            case .minute: nil
            case .fiveMinutes: .fiveMinutes
            case .hour: .hour
            }
        }

        package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    }

    /// What the store holds of a Region's series, by model ID; every series that is to be read has an entry in `minutes`.
    package struct Known: Equatable, Sendable {
        package var minutes: [String: MinuteRanges]
        package var fiveMinutes: [String: MinuteRanges]
        package var hours: [String: MinuteRanges]

        package init(
            minutes: [String: MinuteRanges], fiveMinutes: [String: MinuteRanges] = [:],
            hours: [String: MinuteRanges] = [:]
        ) {
            self.minutes = minutes
            self.fiveMinutes = fiveMinutes
            self.hours = hours
        }
    }

    /// One call of GetMetricData.
    package struct Request: Equatable, Sendable {
        package var resolution: Resolution
        package var read: PollPlan.Read

        package init(resolution: Resolution, read: PollPlan.Read) {
            self.resolution = resolution
            self.read = read
        }
    }

    /// CloudWatch's longest memory.
    package static let longestMinutes = hourDays * 24 * 60
    /// The edges of CloudWatch's memory move while requests are under way: an hour of each is not asked for.
    private static let marginMinutes = 60
    /// From here on the past needs longer periods.
    package static let minuteRetention = minuteDays * 24 * 60
    private static let hourDays = 455
    private static let fiveMinuteDays = 63
    private static let minuteDays = 15

    /// How minutes are read, and the settle delay.
    package let plan: PollPlan
    /// What is wanted of the past, half-open.
    package let range: Range<Minute>
    /// Whether minutes that are missing since the first that the store knows are wanted although they lie before the
    /// range, such as those of a downtime longer than CloudWatch keeps minutes.
    package let fillsGaps: Bool

    package init(plan: PollPlan, range: Range<Minute>, fillsGaps: Bool) {
        self.plan = plan
        self.range = range
        self.fillsGaps = fillsGaps
    }

    // MARK: Reach

    /// The minutes that are to be asked for at a resolution: those that no finer one reaches.
    package static func reach(_ resolution: Resolution, now: Double) -> Range<Minute> {
        let newest = Minute(containingEpochSeconds: Int(now.rounded(.down))).advanced(by: 1)
        /// Where a resolution ends: on a boundary of the longer periods that go on from there.
        func edge(days: Int, next: Resolution) -> Minute {
            newest.advanced(by: marginMinutes - days * 24 * 60).roundedUp(to: next.minutes)
        }
        let minuteEdge = edge(days: minuteDays, next: .fiveMinutes)
        let fiveMinuteEdge = edge(days: fiveMinuteDays, next: .hour)
        switch resolution {
        case .minute: return minuteEdge..<newest
        case .fiveMinutes: return fiveMinuteEdge..<minuteEdge
        case .hour: return edge(days: hourDays, next: .hour)..<fiveMinuteEdge
        }
    }

    // MARK: What

    /// Everything that is missing, newest first, cut into requests.
    package func requests(now: Double, known: Known, queriesPerSeries: [String: Int]) -> [Request] {
        let minutes = minuteReads(now: now, known: known).map { Request(resolution: .minute, read: $0) }
        return Self.cut(minutes + periods(now: now, known: known), queriesPerSeries)
    }

    /// What is missing of the longer periods alone, newest first, cut into requests.
    package func periodRequests(now: Double, known: Known, queriesPerSeries: [String: Int]) -> [Request] {
        Self.cut(periods(now: now, known: known), queriesPerSeries)
    }

    /// Minutes are read up to the first that is known, whatever the end of the range: a hole would later be taken for
    /// downtime, and its traffic would enter the counters.
    private func minuteReads(now: Double, known: Known) -> [PollPlan.Read] {
        guard range.overlaps(Self.reach(.minute, now: now)) else { return [] }
        return plan.catchUpReads(now: now, coverage: known.minutes)
            + plan.firstReadsBehind(now: now, coverage: known.minutes)
            + plan.backfillReads(now: now, coverage: known.minutes)
    }

    private func periods(now: Double, known: Known) -> [Request] {
        [Resolution.fiveMinutes, .hour].flatMap { resolution in
            var wanted: [Range<Minute>: [String]] = [:]
            for (modelID, minutes) in known.minutes {
                for gap in gaps(of: modelID, minutes, resolution, now: now, known) {
                    wanted[gap, default: []].append(modelID)
                }
            }
            let listedFrom = PollPlan.listedFrom(now: now)
            return PollPlan.reads(wanted, countsTowardTotals: false, listedFrom: listedFrom).map {
                Request(resolution: resolution, read: $0)
            }
        }
    }

    /// Whole periods of which neither they nor one of their minutes is known.
    private func gaps(
        of modelID: String, _ minutes: MinuteRanges, _ resolution: Resolution, now: Double, _ known: Known
    ) -> [Range<Minute>] {
        let reach = Self.reach(resolution, now: now)
        var oldest = range.lowerBound
        if fillsGaps, let first = minutes.span?.lowerBound { oldest = min(oldest, first) }
        guard oldest < range.upperBound else { return [] }
        let window = reach.clamped(to: oldest..<range.upperBound).inward(to: resolution.minutes)
        guard !window.isEmpty else { return [] }
        var have = MinuteRanges()
        var finer = [minutes, known.fiveMinutes[modelID] ?? MinuteRanges()]
        if resolution == .hour { finer.append(known.hours[modelID] ?? MinuteRanges()) }
        for ranges in finer {
            for range in ranges.intersection(window).ranges {
                have.insert(range.outward(to: resolution.minutes))
            }
        }
        return have.gaps(in: window)
    }

    private static func cut(_ requests: [Request], _ queriesPerSeries: [String: Int]) -> [Request] {
        requests.flatMap { request in
            PollPlan.requests(
                for: request.read, queriesPerSeries: queriesPerSeries,
                periodMinutes: request.resolution.minutes
            ).map { Request(resolution: request.resolution, read: $0) }
        }
    }
}

extension PollPlan {
    /// What lies behind the first reads of series that are new, so that one plan holds all of their minutes.
    fileprivate func firstReadsBehind(now: Double, coverage: [String: MinuteRanges]) -> [Read] {
        let first = min(Self.firstReadMinutes, settings.backfill.wholeMinutes)
        let edge = settledEdge(now: now)
        let afterwards = coverage.filter { $0.value.isEmpty }
            .mapValues { _ in MinuteRanges([edge.advanced(by: -first)..<edge]) }
        return backfillReads(now: now, coverage: afterwards)
    }
}

extension Minute {
    /// The first minute from this one on whose number is a multiple.
    package func roundedUp(to multiple: Int) -> Minute {
        let rounded = (index / multiple) * multiple
        return Minute(index: rounded < index ? rounded + multiple : rounded)
    }

    /// The last minute up to this one whose number is a multiple; for times since 1970.
    package func roundedDown(to multiple: Int) -> Minute { Minute(index: index / multiple * multiple) }
}

extension Range<Minute> {
    /// The whole periods in the range; empty when it holds none.
    package func inward(to minutes: Int) -> Range<Minute> {
        let start = lowerBound.roundedUp(to: minutes)
        return start..<Swift.max(start, upperBound.roundedDown(to: minutes))
    }

    /// The periods that share a minute with the range.
    package func outward(to minutes: Int) -> Range<Minute> {
        guard !isEmpty else { return self }
        return lowerBound.roundedDown(to: minutes)..<upperBound.roundedUp(to: minutes)
    }
}

/// What requests will cost, known before the first is sent.
package struct BackfillEstimate: Equatable, Sendable {
    /// Calls of GetMetricData.
    package var requests = 0
    /// Metrics asked for, the unit of the bill; each call counts each of its metrics.
    package var metrics = 0

    package init() {}

    package init(_ requests: [BackfillPlan.Request], queriesPerSeries: [String: Int]) {
        self.requests = requests.count
        metrics = requests.reduce(0) { sum, request in
            sum + request.read.modelIDs.reduce(0) { $0 + request.read.queryCount(of: $1, queriesPerSeries) }
        }
    }

    /// At the list price, outside the free tier.
    package var dollars: Double { Double(metrics) / 1000 * CloudWatchPrice.dollarsPerThousandMetrics }

    package static func + (a: Self, b: Self) -> Self {
        var sum = a
        sum.requests += b.requests
        sum.metrics += b.metrics
        return sum
    }
}
