import QuotaModel
import SQLite

/// Reads what is stored of one series in a stretch of time, minutes and longer periods, and adds it up by piece.
///
/// `UsageRow` states the rules; this carries them out, for rollups and queries alike.
struct SeriesScan {
    /// A period that no piece holds whole: its tokens still count in its day, from the period's end on.
    struct Straddler: Equatable {
        let end: Minute
        let tokens: BurnedTokens
    }

    let database: Database
    let series: Int
    private let rate: Double
    private let scope: InferenceScope?
    /// AWS's estimate speaks for the whole of a series, and says nothing of its parts.
    private let usesEstimate: Bool
    let pieces: Pieces
    /// One a piece; what was there before is added to.
    var sums: [SeriesSums]
    var straddlers: [Straddler] = []
    /// Of the range that was read last, the covered minutes.
    private(set) var covered = MinuteRanges()

    /// - Parameter pool: As whose use its minutes count; nil for a model ID without a pool.
    init(_ database: Database, series: Int, pool: StoreCatalog.Pool?, pieces: Pieces) {
        self.database = database
        self.series = series
        rate = pool?.rate ?? 1
        scope = pool?.pool.scope
        usesEstimate = pool?.parts.isEmpty ?? true
        self.pieces = pieces
        sums = [SeriesSums](repeating: SeriesSums(), count: pieces.count)
    }

    /// Adds a range that lies inside the pieces and returns its minutes; longer periods are taken by their start. The
    /// range's ends are ends of pieces or full hours, so that no period that a piece holds whole is cut.
    ///
    /// - Parameter body: Called with each stored minute.
    mutating func read(
        _ range: Range<Minute>, _ body: (Minute, UsageMinute) -> Void = { _, _ in }
    ) throws(StoreError) -> MinuteValues {
        var values = MinuteValues(range)
        try readCoverage(&values)
        try readRows(&values, body)
        countKnown(values)
        try readPeriods(values)
        return values
    }

    private mutating func readCoverage(_ values: inout MinuteValues) throws(StoreError) {
        covered = try CoverageTable(database).read(series: series, in: values.range)
        for range in covered.ranges {
            for (piece, part) in pieces.parts(of: range) { sums[piece].covered += part.count }
            values.note(known: range)
        }
    }

    private mutating func readRows(
        _ values: inout MinuteValues, _ body: (Minute, UsageMinute) -> Void
    ) throws(StoreError) {
        let first = values.range.lowerBound
        var piece = pieces.index(of: first) ?? 0
        try MinuteTable(database).read(series: series, values.range) { (minute, row) throws(StoreError) in
            while pieces[piece].upperBound <= minute { piece += 1 }
            let tokens =
                usesEstimate ? BurnedTokens(ofMinute: row.usage) : BurnedTokens(ofPeriod: row.usage)
            sums[piece].add(row.usage, tokens)
            body(minute, row.usage)
            values.add(
                tokens: tokens.quotaTokens(rate: rate),
                requests: scope?.count(of: row.usage) ?? row.usage.invocations ?? 0,
                at: first.distance(to: minute))
        }
    }

    private mutating func countKnown(_ values: MinuteValues) {
        for (piece, part) in pieces.parts(of: values.range) {
            for minute in part where values.isKnown(minute) {
                sums[piece].known += 1
                sums[piece].note(known: minute)
            }
        }
    }
}

/// Data of CloudWatch's longer periods, where nothing finer is known.
extension SeriesScan {
    mutating func readPeriods(_ values: MinuteValues) throws(StoreError) {
        var finer = MinuteRanges()
        for resolution in PeriodRecord.Resolution.allCases {
            let table = PeriodTable(database, resolution)
            let starts = try readRows(of: table, resolution, in: values.range)
            let covered = try table.coverage.read(series: series, in: values.range)
            if !covered.isEmpty {
                var taken = finer
                taken.insert(try hoursOfDeletedMinutes(in: values.range))
                count(covered, resolution, besides: starts, finer: taken, values)
            }
            guard resolution == .fiveMinutes else { continue }
            finer = covered
            for start in starts { finer.insert(start..<start.advanced(by: resolution.minutes)) }
        }
    }

    /// Adds the periods with a datapoint; returns where they start.
    private mutating func readRows(
        of table: PeriodTable, _ resolution: PeriodRecord.Resolution, in range: Range<Minute>
    ) throws(StoreError) -> Set<Minute> {
        var starts: Set<Minute> = []
        try table.read(series: series, range) { (start, usage) throws(StoreError) in
            starts.insert(start)
            let end = start.advanced(by: resolution.minutes)
            let tokens = BurnedTokens(ofPeriod: usage)
            guard let piece = piece(holding: start..<end) else {
                straddlers.append(Straddler(end: end, tokens: tokens))
                return
            }
            sums[piece].add(usage, tokens)
            sums[piece].coarse += resolution.minutes
            sums[piece].note(known: end.advanced(by: -1))
        }
        return starts
    }

    /// Counts the covered periods none of whose minutes is known more finely.
    private mutating func count(
        _ covered: MinuteRanges, _ resolution: PeriodRecord.Resolution, besides starts: Set<Minute>,
        finer: MinuteRanges, _ values: MinuteValues
    ) {
        let minutes = resolution.minutes
        for range in covered.ranges {
            var start = Minute(index: (range.lowerBound.index + minutes - 1) / minutes * minutes)
            while start.advanced(by: minutes) <= range.upperBound {
                let period = start..<start.advanced(by: minutes)
                start = period.upperBound
                guard let piece = piece(holding: period), finer.intersection(period).isEmpty,
                    !period.contains(where: { values.isKnown($0) })
                else { continue }
                sums[piece].covered += minutes
                guard !starts.contains(period.lowerBound) else { continue }
                sums[piece].coarse += minutes
                sums[piece].note(known: period.upperBound.advanced(by: -1))
            }
        }
    }

    private func piece(holding period: Range<Minute>) -> Int? {
        guard let piece = pieces.index(of: period.lowerBound), period.upperBound <= pieces[piece].upperBound
        else { return nil }
        return piece
    }

    /// Which of their minutes were known is known no more, so that only their rollups tell of them.
    private func hoursOfDeletedMinutes(in range: Range<Minute>) throws(StoreError) -> MinuteRanges {
        var hours = MinuteRanges()
        let end = min(range.upperBound, try SeriesTable(database).retainedFrom())
        guard range.lowerBound < end else { return hours }
        try RollupTable(database, .hour).readSums(series: series, range.lowerBound.startOfHour..<end) {
            if $1.known > 0 { hours.insert($0..<$0.advanced(by: 60)) }
        }
        return hours
    }
}

/// What a series, or several of one pool, used in a stretch of time.
struct SeriesSums: Equatable {
    /// Of the counted metrics, in the order of `UsageTotals.metrics`.
    private(set) var metrics = [Double](repeating: 0, count: Self.metricCount)
    private(set) var tokens = BurnedTokens()
    /// Series-minutes that were asked for and answered, at whatever resolution.
    var covered = 0
    /// Series-minutes that are covered, or have a datapoint, at one-minute resolution.
    var known = 0
    /// Series-minutes that are known only as part of a longer period.
    var coarse = 0
    /// The last minute that is known, alone or as the end of a period.
    private(set) var lastKnown: Minute?

    static let metricCount = UsageTotals.metrics.count

    init() {}

    /// What a rollup row holds.
    init(
        metrics: [Double], tokens: BurnedTokens, covered: Int, known: Int, coarse: Int, lastKnown: Minute?
    ) {
        self.metrics = metrics
        self.tokens = tokens
        self.covered = covered
        self.known = known
        self.coarse = coarse
        self.lastKnown = lastKnown
    }

    var isKnown: Bool { known > 0 || coarse > 0 }

    /// The sum of a counted metric; 0 for one that is not counted.
    subscript(metric: UsageMetric) -> Double {
        UsageTotals.metrics.firstIndex(of: metric).map { metrics[$0] } ?? 0
    }

    /// Nothing to store.
    var isEmpty: Bool { !isKnown && covered == 0 }

    mutating func add(_ usage: UsageMinute, _ tokens: BurnedTokens) {
        metrics.withUnsafeMutableBufferPointer { metrics in
            for (index, metric) in UsageTotals.metrics.enumerated() {
                if let value = usage[metric] { metrics[index] += value }
            }
        }
        self.tokens += tokens
    }

    /// Takes out what a part of these series used; what is known stays known. The whole may come later, or in another step.
    mutating func subtract(_ part: SeriesSums) {
        for index in metrics.indices { metrics[index] -= part.metrics[index] }
        tokens += -part.tokens
    }

    /// The sum at a place of `UsageTotals.metrics`, not below zero, which a part that came before its whole would leave.
    func shown(_ place: Int) -> Double { max(0, metrics[place]) }

    var shown: [Double] { metrics.indices.map(shown) }

    mutating func note(known minute: Minute) {
        lastKnown = max(lastKnown ?? minute, minute)
    }

    mutating func add(_ other: SeriesSums) {
        for index in metrics.indices { metrics[index] += other.metrics[index] }
        tokens += other.tokens
        covered += other.covered
        known += other.known
        coarse += other.coarse
        if let last = other.lastKnown { note(known: last) }
    }
}
