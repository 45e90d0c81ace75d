import QuotaModel
import SQLite

/// What the logs tell of one cell in one piece of time, with CloudWatch's figures of the same minutes.
struct LoggedUse {
    /// By the callers' IDs.
    private(set) var callers: [Int: SeriesSums] = [:]
    /// CloudWatch's, of the minutes that the logs were read for.
    var read = SeriesSums()
    var readMinutes = 0
    /// Minutes in which the cell's use is expected to be known.
    var expectedMinutes = 0

    /// The ID that stands for those beyond the bound.
    static let otherID = -1
    /// Callers of a cell that are held one by one; what more there are is added up.
    static let maximumCallers = 1_000

    mutating func add(_ caller: Int, _ usage: UsageMinute) {
        callers[slot(caller), default: SeriesSums()].add(usage, BurnedTokens(ofPeriod: usage))
    }

    mutating func add(_ other: LoggedUse) {
        for (caller, sums) in other.callers { callers[slot(caller), default: SeriesSums()].add(sums) }
        read.add(other.read)
        readMinutes += other.readMinutes
        expectedMinutes += other.expectedMinutes
    }

    private func slot(_ caller: Int) -> Int {
        let named = callers.count - (callers[Self.otherID] == nil ? 0 : 1)
        return named < Self.maximumCallers || callers[caller] != nil ? caller : Self.otherID
    }
}

/// Reads what the logs tell of a cell, for adjoining pieces of time.
struct CallerScan {
    let database: Database
    let kind: CallerKind
    let cell: QueryPlan.Cell
    let pieces: Pieces
    /// Hours whose rollups must not be used.
    let stale: Range<Minute>?

    /// - Parameter whole: CloudWatch's figures of the pieces.
    func read(_ whole: [CellFigures]) throws(StoreError) -> [LoggedUse] {
        var uses = [LoggedUse](repeating: LoggedUse(), count: pieces.count)
        guard let place = cell.members.first?.key.place else { return uses }
        let first = min(firstExpected ?? pieces.span.upperBound, pieces.span.upperBound)
        for (piece, part) in pieces.parts(of: first..<pieces.span.upperBound) {
            uses[piece].expectedMinutes = part.count
        }
        // The logs do not tell apart what CloudWatch does by tier or context.
        guard !cell.members.allSatisfy(\.isPart) else { return uses }
        let read = try LoggedCallers(database, kind).read(
            account: place.account, region: place.region, in: pieces.span)
        for range in read.ranges {
            try readCallers(range, into: &uses)
            for (piece, part) in pieces.parts(of: range) {
                uses[piece].readMinutes +=
                    max(first, part.lowerBound) < part.upperBound
                    ? max(first, part.lowerBound).distance(to: part.upperBound) : 0
            }
        }
        for index in uses.indices {
            let parts = read.intersection(pieces[index]).ranges
            guard !parts.isEmpty else { continue }
            uses[index].read =
                parts == [pieces[index]] ? whole[index].sums : try sums(parts, in: pieces[index])
        }
        return uses
    }

    private var firstExpected: Minute? {
        cell.members.compactMap { $0.firstCovered ?? $0.firstKnown }.min()
    }

    private func readCallers(_ range: Range<Minute>, into uses: inout [LoggedUse]) throws(StoreError) {
        for series in cell.members {
            var piece = pieces.index(of: range.lowerBound) ?? 0
            try LoggedCallers(database, kind).minutes(series: series.id, range) {
                (minute, caller, usage) throws(StoreError) in
                while pieces[piece].upperBound <= minute { piece += 1 }
                uses[piece].add(caller, usage)
            }
        }
    }

    /// CloudWatch's figures of some parts of a piece; a longer period that they cut is not among them.
    private func sums(_ parts: [Range<Minute>], in piece: Range<Minute>) throws(StoreError) -> SeriesSums {
        var bounds = [piece.lowerBound]
        for bound in parts.flatMap({ [$0.lowerBound, $0.upperBound] }) + [piece.upperBound]
        where bound > bounds[bounds.count - 1] { bounds.append(bound) }
        let cut = Pieces(bounds: bounds)
        let reader = try CellReader.read(cell, cut, stale: stale, in: database)
        var sums = SeriesSums()
        for index in 0..<cut.count where parts.contains(where: { $0.contains(cut[index].lowerBound) }) {
            sums.add(reader.figures[index].sums)
        }
        return sums
    }
}
