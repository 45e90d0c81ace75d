import QuotaModel
import SQLite

/// A query on its way through time: goes on window by window, each one read transaction, and never holds more than one.
struct QueryRun {
    private let plan: QueryPlan
    private var pieces: QueryPieces
    /// One a cell.
    private var days: [DayTokens]
    private var figures: [StepFigures]

    /// Figures of one piece and cell held in memory at once.
    private static let figuresPerWindow = 4_096
    private static let longestWindow = 1_024
    /// The same where each of them may hold many callers.
    private static let loggedFiguresPerWindow = 256

    /// - Parameter tags: What callers of a kind of tags are called.
    init(_ query: UsageQuery, _ catalog: StoreCatalog, tags: [SeriesKey: String] = [:]) {
        plan = QueryPlan(query, catalog, tags: tags)
        let first = plan.firstKnown ?? StoreLimits.times.upperBound
        let wantsDays = !plan.isByLogs && plan.cells.contains { $0.tokensPerDay != nil }
        pieces = QueryPieces(query, firstKnown: first, leadIn: wantsDays)
        days = [DayTokens](repeating: DayTokens(), count: plan.cells.count)
        figures = [StepFigures](repeating: StepFigures(), count: plan.cells.count)
    }

    /// The next rows, possibly none; nil at the end. Call inside a transaction. `check` is called between cells and
    /// may throw to stop.
    mutating func next(in database: Database, check: () throws -> Void) throws -> [UsageRow]? {
        guard !plan.cells.isEmpty else { return nil }
        let most = plan.isByLogs ? Self.loggedFiguresPerWindow : Self.figuresPerWindow
        let count = min(Self.longestWindow, max(1, most / plan.cells.count))
        let window = pieces.take(count)
        guard let first = window.first else { return nil }
        let bounds = Pieces(bounds: [first.range.lowerBound] + window.map(\.range.upperBound))
        let stale = try StaleRollups(database).all()
        var read: [[CellFigures]] = []
        var logged: [[LoggedUse]] = []
        for (index, cell) in plan.cells.enumerated() {
            try check()
            let ranges = cell.owners.compactMap { stale[$0] }
            let range = ranges.dropFirst().reduce(ranges.first) { $0?.hull(with: $1) }
            let reader = try CellReader.read(cell, bounds, stale: range, in: database)
            days[index].expect(reader.straddlers)
            read.append(reader.figures)
            guard plan.isByLogs else { continue }
            let scan = CallerScan(
                database: database, kind: plan.query.callerKind, cell: cell, pieces: bounds, stale: range)
            logged.append(try scan.read(reader.figures))
        }
        return fold(window, read, logged, CallerRows(plan, names: try plan.callerNames(in: database)))
    }

    private mutating func fold(
        _ window: [QueryPieces.Piece], _ read: [[CellFigures]], _ logged: [[LoggedUse]], _ callers: CallerRows
    ) -> [UsageRow] {
        let builder = RowBuilder(plan: plan)
        var rows: [UsageRow] = []
        for (number, piece) in window.enumerated() {
            for (index, cell) in plan.cells.enumerated() {
                let part = read[index][number]
                let tokens = days[index].advance(piece.range, part.sums, rate: cell.rate)
                guard piece.step != nil else { continue }
                figures[index].add(part, dayTokens: tokens, limits: cell.tokensPerDay)
                if plan.isByLogs { figures[index].logged.add(logged[index][number]) }
            }
            guard let step = piece.step, piece.endsStep else { continue }
            let whole = plan.groups.map { ($0, builder.row($0, step: step, figures)) }
            rows += plan.query.isByCaller ? callers.rows(whole, figures) : whole.compactMap(\.1)
            for index in figures.indices { figures[index] = StepFigures() }
        }
        return rows
    }
}

/// The steps of a query cut at midnight: the stretches that figures are read for, made as they are needed.
struct QueryPieces {
    struct Piece: Equatable {
        let range: Range<Minute>
        /// Nil before the query's range: only the day's tokens so far are wanted.
        let step: Range<Minute>?

        var endsStep: Bool { step?.upperBound == range.upperBound }
    }

    private let range: Range<Minute>
    private let stepMinutes: Int
    private var next: Minute

    /// The steps that end after `firstKnown`; with the day before the first step if `leadIn`.
    init(_ query: UsageQuery, firstKnown: Minute, leadIn: Bool) {
        range = query.range.clamped(to: StoreLimits.times)
        // Longer than the range is as good as nil, and cannot overflow.
        stepMinutes = min(max(1, query.stepMinutes ?? .max), max(1, range.count))
        let skipped = max(0, range.lowerBound.distance(to: firstKnown)) / stepMinutes * stepMinutes
        let first = range.lowerBound.advanced(by: min(skipped, range.count))
        next = first < range.upperBound && leadIn ? first.startOfDay : first
        lead = next..<first
    }

    /// From 00:00 UTC to the first step.
    private let lead: Range<Minute>

    /// The next pieces, at most so many; none at the end.
    mutating func take(_ count: Int) -> [Piece] {
        var pieces: [Piece] = []
        while pieces.count < count, next < range.upperBound {
            let piece = lead.contains(next) ? Piece(range: lead, step: nil) : piece(from: next)
            pieces.append(piece)
            next = piece.range.upperBound
        }
        return pieces
    }

    private func piece(from start: Minute) -> Piece {
        let index = range.lowerBound.distance(to: start) / stepMinutes
        let first = range.lowerBound.advanced(by: index * stepMinutes)
        let end = first.advanced(by: min(stepMinutes, first.distance(to: range.upperBound)))
        let midnight = start.startOfDay.advanced(by: 1440)
        return Piece(range: start..<min(end, midnight), step: first..<end)
    }
}

/// A cell's day so far: what tokens per day is measured by.
struct DayTokens {
    private var day = Minute(index: 0)
    private var tokens = BurnedTokens()
    private var pending: [SeriesScan.Straddler] = []

    mutating func expect(_ straddlers: [SeriesScan.Straddler]) { pending += straddlers }

    /// Goes on to the end of a piece and returns the day's quota tokens up to there.
    mutating func advance(_ piece: Range<Minute>, _ sums: SeriesSums, rate: Double) -> Double {
        if piece.lowerBound.startOfDay != day {
            day = piece.lowerBound.startOfDay
            tokens = BurnedTokens()
        }
        tokens += sums.tokens
        // None reaches beyond midnight.
        for straddler in pending where straddler.end <= piece.upperBound { tokens += straddler.tokens }
        pending.removeAll { $0.end <= piece.upperBound }
        return max(0, tokens.quotaTokens(rate: rate))
    }
}

/// A cell's figures of the step at work.
struct StepFigures {
    private(set) var sums = SeriesSums()
    private(set) var use = MinuteUse()
    private(set) var dayPeak: Peak?
    private(set) var dayRatioSum = 0.0
    private(set) var dayRatioCount = 0
    /// Empty but in a query by a kind of callers that the logs tell apart.
    var logged = LoggedUse()

    /// Adds a piece, at whose end the day's quota tokens stand at this value.
    mutating func add(_ figures: CellFigures, dayTokens: Double, limits: LimitHistory?) {
        sums.add(figures.sums)
        use.merge(figures.use)
        guard let limits, figures.sums.isKnown, let minute = figures.sums.lastKnown,
            let limit = limits.limit(at: minute), limit > 0
        else { return }
        let ratio = dayTokens / limit
        dayPeak = Peak.higher(dayPeak, Peak(value: ratio, minute: minute))
        dayRatioSum += ratio
        dayRatioCount += 1
    }
}
