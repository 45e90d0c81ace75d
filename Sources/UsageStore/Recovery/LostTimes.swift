import QuotaModel
import SQLite

/// Which times of which series or pools may be missing from a table whose key is the one and the other.
struct LostTimes {
    private(set) var byID: [Int: MinuteRanges] = [:]

    var isEmpty: Bool { byID.isEmpty }

    init() {}

    /// - Parameters:
    ///   - stepMinutes: What a row stands for; two rows that far apart have nothing between them.
    ///   - horizons: Of all that there are, outside of which times nothing was stored.
    init(_ gaps: [TableSalvage.Gap], stepMinutes: Int, horizons: [Int: Range<Minute>]) {
        for gap in gaps {
            let after = Self.place(gap.after)
            let before = Self.place(gap.before)
            for (id, horizon) in horizons where id >= after?.id ?? id && id <= before?.id ?? id {
                var start = horizon.lowerBound
                var end = horizon.upperBound
                if let after, after.id == id { start = max(start, after.time.advanced(by: stepMinutes)) }
                if let before, before.id == id { end = min(end, before.time) }
                guard start < end else { continue }
                byID[id, default: MinuteRanges()].insert(start..<end)
            }
        }
    }

    mutating func insert(_ range: Range<Minute>, of id: Int) {
        byID[id, default: MinuteRanges()].insert(range)
    }

    mutating func insert(_ other: LostTimes) {
        for (id, ranges) in other.byID { byID[id, default: MinuteRanges()].insert(ranges) }
    }

    private static func place(_ key: [SQLValue]?) -> (id: Int, time: Minute)? {
        guard let key, key.count == 2, case .integer(let id) = key[0], case .integer(let time) = key[1] else {
            return nil
        }
        return (id, Minute(containingEpochSeconds: time))
    }
}
