import QuotaModel
import SQLite

/// One stored minute of one model ID.
package struct SeriesMinute: Equatable, Sendable {
    package let minute: Minute
    package let usage: UsageMinute
    /// It was asked for and answered after it had settled: the figures are final.
    package let isCovered: Bool

    package init(minute: Minute, usage: UsageMinute, isCovered: Bool) {
        self.minute = minute
        self.usage = usage
        self.isCovered = isCovered
    }

    /// Reads the minutes of a range that have a datapoint, a day at most.
    static func read(
        series id: Int, _ range: Range<Minute>, in database: Database
    ) throws(StoreError) -> [SeriesMinute] {
        let covered = try CoverageTable(database).read(series: id, in: range)
        var minutes: [SeriesMinute] = []
        try MinuteTable(database).read(series: id, range) { minute, row in
            minutes.append(
                SeriesMinute(minute: minute, usage: row.usage, isCovered: covered.contains(minute)))
        }
        return minutes
    }
}
