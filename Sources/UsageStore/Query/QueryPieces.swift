import QuotaModel

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
