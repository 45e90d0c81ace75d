import QuotaModel

/// The minutes of a pool or series one by one, added up over its series.
struct MinuteValues {
    let range: Range<Minute>
    private(set) var tokens: [Double]
    private(set) var requests: [Double]
    /// Known of at least one series.
    private(set) var known: [Bool]

    init(_ range: Range<Minute>) {
        self.range = range
        tokens = [Double](repeating: 0, count: range.count)
        requests = tokens
        known = [Bool](repeating: false, count: range.count)
    }

    mutating func add(tokens more: Double, requests moreRequests: Double, at index: Int) {
        tokens[index] += more
        requests[index] += moreRequests
        known[index] = true
    }

    mutating func note(known covered: Range<Minute>) {
        for minute in covered { known[range.lowerBound.distance(to: minute)] = true }
    }

    /// False outside the range.
    func isKnown(_ minute: Minute) -> Bool {
        range.contains(minute) && known[range.lowerBound.distance(to: minute)]
    }

    mutating func add(_ other: MinuteValues) {
        for index in known.indices where other.known[index] {
            known[index] = true
            tokens[index] += other.tokens[index]
            requests[index] += other.requests[index]
        }
    }

    /// Sets every known minute against the limits; one figure a piece. A model ID without a pool has no quota tokens.
    func measure(_ pool: StoreCatalog.Pool?, in pieces: Pieces) -> [MinuteUse] {
        var uses = [MinuteUse](repeating: MinuteUse(), count: pieces.count)
        for (piece, part) in pieces.parts(of: range) { uses[piece].merge(measure(pool, part)) }
        return uses
    }

    private func measure(_ pool: StoreCatalog.Pool?, _ part: Range<Minute>) -> MinuteUse {
        let tokenLimits = LimitCursor(pool?.limits[.tokensPerMinute], part)
        let requestLimits = LimitCursor(pool?.limits[.requestsPerMinute], part)
        var use = MinuteUse()
        for minute in part {
            let slot = range.lowerBound.distance(to: minute)
            guard known[slot] else { continue }
            if pool != nil { use.tokens.add(tokens[slot], limit: tokenLimits.limit(at: minute), at: minute) }
            use.requests.add(requests[slot], limit: requestLimits.limit(at: minute), at: minute)
        }
        return use
    }
}

/// A limit in a part of its history, looked up once where it stays the same.
private struct LimitCursor {
    private let history: LimitHistory
    private let constant: Double??

    init(_ known: LimitHistory?, _ part: Range<Minute>) {
        history = known ?? LimitHistory()
        constant = history.isConstant(in: part) ? .some(history.limit(at: part.lowerBound)) : nil
    }

    func limit(at minute: Minute) -> Double? { constant ?? history.limit(at: minute) }
}
