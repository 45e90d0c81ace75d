import QuotaModel

/// What one limit of one pool was at any minute.
struct LimitHistory: Equatable {
    /// From each minute on; nil: no such quota.
    private var changes: [(from: Minute, limit: Double?)] = []
    /// What is taken for the time before the first sighting.
    private var earliest: Double?

    init() {}

    /// A change that was seen at this second holds from the first minute that begins then or later. Call in order.
    mutating func append(seenFrom: Int, limit: Double?) {
        changes.append((Minute(containingEpochSeconds: seenFrom.advanced(by: 59)), limit))
        earliest = earliest ?? limit
    }

    /// The first minute at which the two differ, or nil when they never do. Before the first change of both, a
    /// difference there means all of the time before.
    func firstDifference(from other: LimitHistory) -> Minute? {
        let starts = [StoreLimits.times.lowerBound] + (changes + other.changes).map(\.from).sorted()
        return starts.first { limit(at: $0) != other.limit(at: $0) }
    }

    func limit(at minute: Minute) -> Double? {
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].from <= minute { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? earliest : changes[low - 1].limit
    }

    /// True when one limit holds for all of the range, so that it need be looked up only once.
    func isConstant(in range: Range<Minute>) -> Bool {
        !changes.contains { range.lowerBound < $0.from && $0.from < range.upperBound }
    }

    static func == (a: Self, b: Self) -> Bool {
        a.earliest == b.earliest
            && a.changes.elementsEqual(b.changes) { $0.from == $1.from && $0.limit == $1.limit }
    }
}
