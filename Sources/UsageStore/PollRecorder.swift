import QuotaModel
import SQLite

/// Writes one poll into the tables: only what differs from what is stored, so re-reading costs a read.
struct PollRecorder {
    private let series: SeriesTable
    private let minutes: MinuteTable
    private var writer: MinuteTable.Writer
    private let coverage: CoverageTable
    private let totals: TotalsTable
    private let quotaTokens: QuotaTokenTable
    private let known: [String: SeriesTable.Known]
    private let weights: [Int: QuotaTokenTable.Weight]
    /// Parts with the series that count their traffic, too.
    private let wholes: [Int: Int]
    private let hasParts: Set<Int>
    private let poll: PollRecord
    private let periods: [PeriodTable]
    private var outcome = RecordOutcome()
    private var touched = TouchedHours()
    /// Applied once at the end: a counter must never show a state between two revisions of one poll.
    private var changes: [Int: UsageTotals] = [:]
    private var tokenChanges: [Int: Double] = [:]
    /// Minutes that became known or other, by model ID.
    private var revised: [String: MinuteRanges] = [:]
    /// The series with throttles or server errors among them, or that had some there.
    private var withErrors: Set<Int> = []

    /// Call inside a transaction.
    static func record(_ poll: PollRecord, in database: Database) throws(StoreError) -> RecordOutcome {
        var recorder = try PollRecorder(poll, database)
        for record in poll.series { try recorder.record(record) }
        try recorder.writer.finish()
        for (id, change) in recorder.changes { try recorder.totals.add(series: id, change) }
        for (id, change) in recorder.tokenChanges {
            guard let weight = recorder.weights[id] else { continue }
            try recorder.quotaTokens.add(series: id, weight.pool, change)
        }
        try recorder.touched.settle(
            in: database, of: RegionKey(account: poll.account, region: poll.region))
        try RevisionTable(database).note(
            account: poll.account, region: poll.region, recorder.revised, at: poll.recordedAt)
        try EpisodeRecorder.record(
            account: poll.account, region: poll.region, recorder.revised, withErrors: recorder.withErrors,
            at: poll.recordedAt, in: database)
        try SpendingTable(database).raise(to: poll.spending)
        return recorder.outcome
    }

    private init(_ poll: PollRecord, _ database: Database) throws(StoreError) {
        self.poll = poll
        series = SeriesTable(database)
        minutes = MinuteTable(database)
        writer = MinuteTable.Writer(database)
        coverage = CoverageTable(database)
        totals = TotalsTable(database)
        quotaTokens = QuotaTokenTable(database)
        known = try series.known(account: poll.account, region: poll.region)
        weights = try quotaTokens.weights(of: known.values, account: poll.account, region: poll.region)
        wholes = QuotaTokenTable.wholes(of: known)
        hasParts = Set(wholes.values)
        periods = PeriodRecord.Resolution.allCases.map { PeriodTable(database, $0) }
    }

    private mutating func record(_ record: SeriesRecord) throws(StoreError) {
        guard SeriesTable.accepts(record.modelID) else {
            outcome.refusedSeries += 1
            return
        }
        let entry = try entry(of: record.modelID)
        let accepted = entry.retainedFrom..<max(entry.retainedFrom, StoreLimits.times.upperBound)
        let usable = usableMinutes(record.minutes, in: accepted)
        var changed = MinuteRanges()
        var revised = MinuteRanges()
        for run in Self.runs(usable) { try write(run, to: entry.id, &changed, &revised) }
        let covered = MinuteRanges(record.covered.map { $0.clamped(to: accepted) })
        for range in covered.ranges {
            for added in try coverage.add(series: entry.id, range) {
                changed.insert(added)
                revised.insert(added)
                outcome.covered[record.modelID, default: MinuteRanges()].insert(added)
            }
        }
        if !revised.isEmpty { self.revised[record.modelID, default: MinuteRanges()].insert(revised) }
        let periodsEnd = known[record.modelID]?.periodsEnd ?? Minute(index: 0)
        for range in changed.ranges { try supersede(range, of: entry.id, periodsEnd: periodsEnd) }
        outcome.changed.insert(changed)
        let first = [usable.first?.minute, covered.span?.lowerBound].compactMap { $0 }.min()
        try series.note(known: first, covered: covered.span?.lowerBound, of: entry)
    }

    /// The series, made when it is new; more than once in a record it is the same.
    private mutating func entry(of modelID: String) throws(StoreError) -> SeriesTable.Entry {
        if let known = known[modelID] { return known.entry }
        let (entry, isNew) = try series.findOrInsert(
            account: poll.account, region: poll.region, modelID: modelID, at: poll.recordedAt)
        if isNew { outcome.newSeries += 1 }
        return entry
    }

    /// Minutes have become known or changed: longer periods that hold one of them no longer count.
    private mutating func supersede(
        _ range: Range<Minute>, of id: Int, periodsEnd: Minute
    ) throws(StoreError) {
        touched.note(id, range)
        guard range.lowerBound < periodsEnd else { return }
        // A period never reaches beyond the hour of the minutes that it shares.
        for table in periods { try table.drop(series: id, overlapping: range) }
    }

    // MARK: What came in

    /// The acceptable datapoints, ascending; of one minute told twice, the later datapoints win.
    private mutating func usableMinutes(
        _ recorded: [RecordedMinute], in accepted: Range<Minute>
    ) -> [RecordedMinute] {
        var usable: [RecordedMinute] = []
        usable.reserveCapacity(recorded.count)
        var isAscending = true
        for item in recorded {
            guard accepted.contains(item.minute) else {
                outcome.refusedMinutes += 1
                continue
            }
            let usage = item.usage.acceptable(refused: &outcome.refusedDatapoints)
            guard !usage.isEmpty else { continue }
            if let last = usable.last, last.minute >= item.minute { isAscending = false }
            usable.append(RecordedMinute(minute: item.minute, usage: usage))
        }
        return isAscending ? usable : Self.ascending(usable)
    }

    private static func ascending(_ minutes: [RecordedMinute]) -> [RecordedMinute] {
        var known: [Minute: UsageMinute] = [:]
        for item in minutes {
            known[item.minute] = known[item.minute]?.overwritten(by: item.usage) ?? item.usage
        }
        return known.map { RecordedMinute(minute: $0.key, usage: $0.value) }.sorted { $0.minute < $1.minute }
    }

    /// Ascending minutes, split where the gap is too wide to read the stored rows between.
    private static func runs(_ sorted: [RecordedMinute]) -> [ArraySlice<RecordedMinute>] {
        var runs: [ArraySlice<RecordedMinute>] = []
        var start = 0
        for index in sorted.indices.dropFirst()
        where sorted[index - 1].minute.distance(to: sorted[index].minute)
            > StoreLimits.readThroughGapMinutes
        {
            runs.append(sorted[start..<index])
            start = index
        }
        if start < sorted.count { runs.append(sorted[start...]) }
        return runs
    }

    // MARK: What is stored

    /// Writes the minutes, ascending and close together, over the stored ones.
    private mutating func write(
        _ new: ArraySlice<RecordedMinute>, to id: Int, _ changed: inout MinuteRanges,
        _ revised: inout MinuteRanges
    ) throws(StoreError) {
        // What is stored may wait to be written: of a series that comes twice.
        try writer.finish(series: id)
        let stored = try storedRows(around: new, of: id)
        var next = stored.startIndex
        let counted = try countedMinutes(of: id)
        let whole = wholes[id]
        let (rate, wholeRate) = (weights[id]?.rate, whole.flatMap { weights[$0]?.rate })
        // AWS's estimate says nothing of parts.
        let usesEstimate = !hasParts.contains(id)
        var sums = changes[id] ?? UsageTotals()
        var tokens = tokenChanges[id] ?? 0
        var takenOut = 0.0
        func count(_ usage: UsageMinute, sign: Int) {
            sums.add(usage, sign: sign)
            let period = BurnedTokens(ofPeriod: usage)
            if let rate {
                let burned = usesEstimate ? BurnedTokens(ofMinute: usage) : period
                tokens += Double(sign) * burned.quotaTokens(rate: rate)
            }
            if let wholeRate { takenOut += Double(sign) * period.quotaTokens(rate: wholeRate) }
        }
        var hasErrors = false
        for item in new {
            let (minute, usage) = (item.minute, item.usage)
            while next < stored.endIndex, stored[next].minute < minute { next += 1 }
            let old = next < stored.endIndex && stored[next].minute == minute ? stored[next].row : nil
            let row = MinuteTable.Stored(
                usage: old?.usage.overwritten(by: usage) ?? usage,
                isCounted: old?.isCounted == true || counted?.contains(minute) == true)
            if let old, old.usage == row.usage, old.isCounted == row.isCounted {
                outcome.unchangedMinutes += 1
                continue
            }
            try writer.write(series: id, minute, row)
            changed.insert(minute..<minute.advanced(by: 1))
            if old?.usage != row.usage { revised.insert(minute..<minute.advanced(by: 1)) }
            hasErrors = hasErrors || row.usage.hasErrors || old?.usage.hasErrors == true
            outcome.changedMinutes += 1
            if let old, old.isCounted { count(old.usage, sign: -1) }
            if row.isCounted { count(row.usage, sign: 1) }
        }
        if hasErrors { withErrors.insert(id) }
        changes[id] = sums
        if rate != nil { tokenChanges[id] = tokens }
        if let whole, takenOut != 0 { tokenChanges[whole, default: 0] -= takenOut }
    }

    /// The minutes whose datapoints enter the totals; nil for none.
    private func countedMinutes(of id: Int) throws(StoreError) -> PartialRangeFrom<Minute>? {
        guard poll.countsTowardTotals else { return nil }
        guard poll.isReread else { return StoreLimits.times.lowerBound... }
        return try minutes.firstCounted(series: id).map { $0... }
    }

    /// What is stored from the first of the minutes to the last.
    private func storedRows(
        around new: ArraySlice<RecordedMinute>, of id: Int
    ) throws(StoreError) -> [(minute: Minute, row: MinuteTable.Stored)] {
        guard let first = new.first?.minute, let last = new.last?.minute else { return [] }
        var rows: [(minute: Minute, row: MinuteTable.Stored)] = []
        try minutes.read(series: id, first..<last.advanced(by: 1)) { (minute, row) throws(StoreError) in
            rows.append((minute, row))
        }
        return rows
    }
}

extension UsageMinute {
    /// Whether AWS refused or failed a request.
    fileprivate var hasErrors: Bool { throttles ?? 0 > 0 || serverErrors ?? 0 > 0 }

    /// This minute without the datapoints that cannot be true, which are counted: negative, not finite, above 2^53.
    func acceptable(refused: inout Int) -> UsageMinute {
        var usage = self
        for metric in UsageMetric.allCases {
            guard let value = usage[metric] else { continue }
            let isAcceptable =
                switch metric.statistic {
                case .sum: (0...StoreLimits.largestCount).contains(value)
                case .average: value >= 0 && value.isFinite
                }
            guard !isAcceptable else { continue }
            usage[metric] = nil
            refused += 1
        }
        return usage
    }
}
