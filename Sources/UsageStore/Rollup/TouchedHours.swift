import QuotaModel
import SQLite

/// The hours that a record changes, by series.
struct TouchedHours {
    private var hours: [Int: MinuteRanges] = [:]

    mutating func note(_ series: Int, _ range: Range<Minute>) {
        guard !range.isEmpty else { return }
        hours[series, default: MinuteRanges()].insert(
            range.lowerBound.startOfHour..<range.upperBound.endOfHour)
    }

    /// Brings the rollups in line, in the record's own transaction.
    func settle(in database: Database) throws(StoreError) {
        guard !hours.isEmpty else { return }
        let writer = try RollupWriter(database)
        var owners: [RollupOwner: MinuteRanges] = [:]
        for series in writer.catalog.series {
            guard let ranges = hours[series.id] else { continue }
            owners[RollupOwner(of: series), default: MinuteRanges()].insert(ranges)
        }
        for (owner, ranges) in owners.sorted(by: { $0.key.number < $1.key.number }) {
            try writer.settle(owner, touched: ranges)
        }
    }
}
