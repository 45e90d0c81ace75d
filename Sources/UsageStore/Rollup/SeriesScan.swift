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
    let rate: Double
    let pieces: Pieces
    /// One a piece; what was there before is added to.
    var sums: [SeriesSums]
    var straddlers: [Straddler] = []

    init(_ database: Database, series: Int, rate: Double, pieces: Pieces, adding sums: [SeriesSums]? = nil) {
        self.database = database
        self.series = series
        self.rate = rate
        self.pieces = pieces
        self.sums = sums ?? [SeriesSums](repeating: SeriesSums(), count: pieces.count)
    }

    /// Adds a range that lies inside the pieces and returns its minutes; longer periods are taken by their start. The
    /// range's ends are ends of pieces or full hours, so that no period that a piece holds whole is cut.
    mutating func read(_ range: Range<Minute>) throws(StoreError) -> MinuteValues {
        var values = MinuteValues(range)
        try readCoverage(&values)
        try readRows(&values)
        countKnown(values)
        try readPeriods(values)
        return values
    }

    private mutating func readCoverage(_ values: inout MinuteValues) throws(StoreError) {
        for covered in try CoverageTable(database).read(series: series, in: values.range).ranges {
            for (piece, part) in pieces.parts(of: covered) { sums[piece].covered += part.count }
            values.note(known: covered)
        }
    }

    private mutating func readRows(_ values: inout MinuteValues) throws(StoreError) {
        let first = values.range.lowerBound
        var piece = pieces.index(of: first) ?? 0
        try MinuteTable(database).read(series: series, values.range) { (minute, row) throws(StoreError) in
            while pieces[piece].upperBound <= minute { piece += 1 }
            let tokens = BurnedTokens(ofMinute: row.usage)
            sums[piece].add(row.usage, tokens)
            values.add(
                tokens: tokens.quotaTokens(rate: rate), requests: row.usage.invocations ?? 0,
                at: first.distance(to: minute))
        }
    }

    private mutating func countKnown(_ values: MinuteValues) {
        for (piece, part) in pieces.parts(of: values.range) {
            let known = part.filter { values.isKnown($0) }
            sums[piece].known += known.count
            if let last = known.last { sums[piece].note(known: last) }
        }
    }
}
