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

    init(_ query: UsageQuery, _ catalog: StoreCatalog) {
        plan = QueryPlan(query, catalog)
        let first = plan.firstKnown ?? StoreLimits.times.upperBound
        pieces = QueryPieces(query, firstKnown: first, leadIn: plan.cells.contains { $0.tokensPerDay != nil })
        days = [DayTokens](repeating: DayTokens(), count: plan.cells.count)
        figures = [StepFigures](repeating: StepFigures(), count: plan.cells.count)
    }

    /// The next rows, possibly none; nil at the end. Call inside a transaction. `check` is called between cells and
    /// may throw to stop.
    mutating func next(in database: Database, check: () throws -> Void) throws -> [UsageRow]? {
        guard !plan.cells.isEmpty else { return nil }
        let count = min(Self.longestWindow, max(1, Self.figuresPerWindow / plan.cells.count))
        let window = pieces.take(count)
        guard let first = window.first else { return nil }
        let bounds = Pieces(bounds: [first.range.lowerBound] + window.map(\.range.upperBound))
        let stale = try StaleRollups(database).all()
        var read: [[CellFigures]] = []
        for (index, cell) in plan.cells.enumerated() {
            try check()
            let range = cell.owner.flatMap { stale[$0] }
            let reader = try CellReader.read(cell, bounds, stale: range, in: database)
            days[index].expect(reader.straddlers)
            read.append(reader.figures)
        }
        return fold(window, read)
    }

    private mutating func fold(_ window: [QueryPieces.Piece], _ read: [[CellFigures]]) -> [UsageRow] {
        let builder = RowBuilder(plan: plan)
        var rows: [UsageRow] = []
        for (number, piece) in window.enumerated() {
            for (index, cell) in plan.cells.enumerated() {
                let part = read[index][number]
                let tokens = days[index].advance(piece.range, part.sums, rate: cell.rate)
                guard piece.step != nil else { continue }
                figures[index].add(part, dayTokens: tokens, limits: cell.tokensPerDay)
            }
            guard let step = piece.step, piece.endsStep else { continue }
            rows += plan.groups.compactMap { builder.row($0, step: step, figures) }
            for index in figures.indices { figures[index] = StepFigures() }
        }
        return rows
    }
}
