import QuotaModel

/// How single minutes of a pool, or of one model ID of it, stand against the quotas of a minute.
struct MinuteUse: Equatable {
    /// Quota tokens by tokens per minute, or input tokens by theirs; empty for a model ID without a pool.
    var tokens = PerMinute()
    /// Invocations by requests per minute, or output tokens by theirs.
    var requests = PerMinute()

    /// One quota.
    struct PerMinute: Equatable {
        /// The highest minute in tokens or requests; the earliest of equal ones.
        var peak: Peak?
        /// The highest minute by the limit that held then; the earliest of equal ones.
        var peakRatio: Peak?
        var ratioSum = 0.0
        /// Known minutes with a limit above 0.
        var ratioMinutes = 0
        var above70 = 0
        var above80 = 0
        var above100 = 0

        mutating func add(_ value: Double, limit: Double?, at minute: Minute) {
            peak = Peak.higher(peak, Peak(value: value, minute: minute))
            guard let limit, limit > 0 else { return }
            let ratio = value / limit
            peakRatio = Peak.higher(peakRatio, Peak(value: ratio, minute: minute))
            ratioSum += ratio
            ratioMinutes += 1
            if ratio >= 0.7 { above70 += 1 }
            if ratio >= 0.8 { above80 += 1 }
            if ratio >= 1 { above100 += 1 }
        }

        mutating func merge(_ other: PerMinute) {
            peak = Peak.higher(peak, other.peak)
            peakRatio = Peak.higher(peakRatio, other.peakRatio)
            ratioSum += other.ratioSum
            ratioMinutes += other.ratioMinutes
            above70 += other.above70
            above80 += other.above80
            above100 += other.above100
        }
    }

    var isEmpty: Bool { tokens.peak == nil && requests.peak == nil }

    mutating func merge(_ other: MinuteUse) {
        tokens.merge(other.tokens)
        requests.merge(other.requests)
    }
}

extension Peak {
    /// The higher of two; of equal ones the earlier.
    static func higher(_ a: Peak?, _ b: Peak?) -> Peak? {
        guard let a else { return b }
        guard let b else { return a }
        if a.value == b.value { return a.minute <= b.minute ? a : b }
        return a.value > b.value ? a : b
    }
}

/// The highest minute of something.
package struct Peak: Equatable, Sendable {
    package var value: Double
    package var minute: Minute

    package init(value: Double, minute: Minute) {
        self.value = value
        self.minute = minute
    }
}

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

    /// Takes out what a part used; what is known stays known.
    mutating func subtract(_ part: MinuteValues) {
        for index in known.indices where part.known[index] {
            tokens[index] = max(0, tokens[index] - part.tokens[index])
            requests[index] = max(0, requests[index] - part.requests[index])
        }
    }

    /// Sets every known minute against the limits; one figure a piece. A model ID without a pool has no quota tokens.
    func measure(_ pool: StoreCatalog.Pool?, in pieces: Pieces) -> [MinuteUse] {
        var uses = [MinuteUse](repeating: MinuteUse(), count: pieces.count)
        for (piece, part) in pieces.parts(of: range) { uses[piece].merge(measure(pool, part)) }
        return uses
    }

    private func measure(_ pool: StoreCatalog.Pool?, _ part: Range<Minute>) -> MinuteUse {
        let tokenLimits = LimitCursor(pool?.limits(.tokens), part)
        let requestLimits = LimitCursor(pool?.limits(.count), part)
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

/// Adjoining stretches of time that figures are wanted for, one after the other.
struct Pieces {
    /// Ascending; piece n lies between bounds n and n + 1.
    let bounds: [Minute]

    init(bounds: [Minute]) {
        self.bounds = bounds
    }

    /// Every hour of a range of whole hours.
    init(hoursOf range: Range<Minute>) {
        bounds = Array(stride(from: range.lowerBound, through: range.upperBound, by: 60))
    }

    var count: Int { max(0, bounds.count - 1) }

    var span: Range<Minute> {
        guard let first = bounds.first, let last = bounds.last else {
            return Minute(index: 0)..<Minute(index: 0)
        }
        return first..<last
    }

    subscript(index: Int) -> Range<Minute> { bounds[index]..<bounds[index + 1] }

    /// The piece that holds the minute; nil outside.
    func index(of minute: Minute) -> Int? {
        guard span.contains(minute) else { return nil }
        var low = 0
        var high = count
        while high - low > 1 {
            let middle = (low + high) / 2
            if bounds[middle] <= minute { low = middle } else { high = middle }
        }
        return low
    }

    /// The range cut at the pieces' ends, each part with its piece; what lies outside is left out.
    func parts(of range: Range<Minute>) -> [(piece: Int, part: Range<Minute>)] {
        var parts: [(piece: Int, part: Range<Minute>)] = []
        var next = max(range.lowerBound, span.lowerBound)
        while next < range.upperBound, let piece = index(of: next) {
            let part = next..<min(self[piece].upperBound, range.upperBound)
            parts.append((piece, part))
            next = part.upperBound
        }
        return parts
    }
}
