import QuotaModel
import SQLite

/// What one cell used in one piece of time.
struct CellFigures {
    var sums = SeriesSums()
    var use = MinuteUse()

    mutating func add(_ other: CellFigures) {
        sums.add(other.sums)
        use.merge(other.use)
    }
}

/// Reads one cell's figures for adjoining pieces, each part from the coarsest table that tells it exactly.
struct CellReader {
    private enum Source: Equatable {
        case rollups(RollupTable.Unit)
        case minutes
    }

    private let database: Database
    private let cell: QueryPlan.Cell
    private let pieces: Pieces
    /// Hours whose rollups must not be used.
    private let stale: Range<Minute>
    private(set) var figures: [CellFigures]
    private(set) var straddlers: [SeriesScan.Straddler] = []

    /// Minutes held in memory at once.
    private static let chunkMinutes = 1440

    static func read(
        _ cell: QueryPlan.Cell, _ pieces: Pieces, stale: Range<Minute>?, in database: Database
    ) throws(StoreError) -> CellReader {
        let nothing = pieces.span.lowerBound..<pieces.span.lowerBound
        var reader = CellReader(database, cell, pieces, stale: stale ?? nothing)
        try reader.read()
        return reader
    }

    private init(_ database: Database, _ cell: QueryPlan.Cell, _ pieces: Pieces, stale: Range<Minute>) {
        self.database = database
        self.cell = cell
        self.pieces = pieces
        self.stale = stale
        figures = [CellFigures](repeating: CellFigures(), count: pieces.count)
    }

    private mutating func read() throws(StoreError) {
        for (source, range) in segments() {
            switch source {
            case .rollups(let unit): try readRollups(RollupTable(database, unit), range)
            case .minutes: try readMinutes(range)
            }
        }
    }

    // MARK: Which table

    /// The pieces' span in parts of one source each, parts of the same source that adjoin made one.
    private func segments() -> [(source: Source, range: Range<Minute>)] {
        var segments: [(source: Source, range: Range<Minute>)] = []
        func append(_ source: Source, _ range: Range<Minute>) {
            guard !range.isEmpty else { return }
            if let last = segments.last, last.source == source {
                segments[segments.count - 1].range = last.range.lowerBound..<range.upperBound
            } else {
                segments.append((source, range))
            }
        }
        for index in 0..<pieces.count {
            let piece = pieces[index]
            if piece.count == 1440, piece.lowerBound.startOfDay == piece.lowerBound, !piece.overlaps(stale) {
                append(.rollups(.day), piece)
                continue
            }
            let first = min(piece.lowerBound.endOfHour, piece.upperBound)
            let hours = first..<max(first, piece.upperBound.startOfHour)
            let marked = stale.clamped(to: hours)
            append(.minutes, piece.lowerBound..<hours.lowerBound)
            append(.rollups(.hour), hours.lowerBound..<marked.lowerBound)
            append(.minutes, marked)
            append(.rollups(.hour), marked.upperBound..<hours.upperBound)
            append(.minutes, hours.upperBound..<piece.upperBound)
        }
        return segments
    }

    // MARK: Reading

    private mutating func readRollups(_ table: RollupTable, _ range: Range<Minute>) throws(StoreError) {
        let first = pieces.index(of: range.lowerBound) ?? 0
        for series in cell.members {
            var piece = first
            if cell.isWholePool {
                try table.readSums(series: series.id, range) { (start, sums) throws(StoreError) in
                    while pieces[piece].upperBound <= start { piece += 1 }
                    figures[piece].sums.add(sums)
                }
            } else {
                try table.readSeries(series.id, range) { (start, sums, use) throws(StoreError) in
                    while pieces[piece].upperBound <= start { piece += 1 }
                    figures[piece].add(CellFigures(sums: sums, use: use))
                }
            }
        }
        for part in cell.parts {
            var piece = first
            try table.readSums(series: part.id, range) { (start, sums) throws(StoreError) in
                while pieces[piece].upperBound <= start { piece += 1 }
                figures[piece].sums.subtract(sums)
            }
        }
        guard cell.isWholePool, let pool = cell.pool else { return }
        var piece = first
        try table.readPool(pool.id, range) { (start, use) throws(StoreError) in
            while pieces[piece].upperBound <= start { piece += 1 }
            figures[piece].use.merge(use)
        }
    }

    /// Chunks end on full hours, so that no period is cut by them.
    private mutating func readMinutes(_ range: Range<Minute>) throws(StoreError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(range.upperBound, start.startOfHour.advanced(by: Self.chunkMinutes))
            try readChunk(start..<end)
            start = end
        }
    }

    private mutating func readChunk(_ range: Range<Minute>) throws(StoreError) {
        guard let first = pieces.index(of: range.lowerBound),
            let last = pieces.index(of: range.upperBound.advanced(by: -1))
        else { return }
        let part = Pieces(bounds: Array(pieces.bounds[first...(last + 1)]))
        var whole = MinuteValues(range)
        for series in cell.members {
            var scan = SeriesScan(database, series: series.id, pool: cell.pool, pieces: part)
            whole.add(try scan.read(range))
            for index in 0..<part.count { figures[first + index].sums.add(scan.sums[index]) }
            straddlers += scan.straddlers
        }
        for series in cell.parts {
            var scan = SeriesScan(database, series: series.id, pool: cell.pool, pieces: part)
            whole.subtract(try scan.read(range))
            for index in 0..<part.count { figures[first + index].sums.subtract(scan.sums[index]) }
            straddlers += scan.straddlers.map { SeriesScan.Straddler(end: $0.end, tokens: -$0.tokens) }
        }
        for (index, use) in whole.measure(cell.pool, in: part).enumerated() {
            figures[first + index].use.merge(use)
        }
    }
}
