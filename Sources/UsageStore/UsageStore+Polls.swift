import QuotaModel
import SQLite

/// Polls and what they add up to.
extension UsageStore {
    /// Stores a poll: the newest datapoint of each metric and minute wins, what was not read again stays, recording
    /// the same poll twice changes nothing.
    @discardableResult
    package func record(_ poll: PollRecord) throws(StoreError) -> RecordOutcome {
        try write("record a poll of \(poll.account) in \(poll.region)") { (database) throws(StoreError) in
            try PollRecorder.record(poll, in: database)
        }
    }

    /// The counters by model ID, one entry for every known series. They never go down.
    package func totals(account: String, region: String) throws(StoreError) -> [String: UsageTotals] {
        try use("read the counters of \(account) in \(region)") { (database) throws(StoreError) in
            try TotalsTable(database).exposed(account: account, region: region)
        }
    }

    /// The quota tokens of each pool that ever had use, cumulative. They never go down.
    package func quotaTokens(account: String, region: String) throws(StoreError) -> [ScopedModel: Double] {
        try use("read the quota tokens of \(account) in \(region)") { (database) throws(StoreError) in
            try QuotaTokenTable(database).exposed(account: account, region: region)
        }
    }

    /// The stored minutes of a range by model ID, ascending; model IDs without any are left out. A minute takes
    /// about 200 bytes: for long ranges `reduceMinutes` needs no memory.
    package func window(
        account: String, region: String, _ range: Range<Minute>
    ) throws(StoreError) -> [String: [RecordedMinute]] {
        try reduceMinutes(account: account, region: region, range, into: [:]) { window, modelID, minute in
            window[modelID, default: []].append(minute)
        }
    }

    /// Folds the stored minutes of a range, one model ID after the other, minutes ascending, in one read.
    package func reduceMinutes<Result: Sendable>(
        account: String, region: String, _ range: Range<Minute>, into initial: Result,
        _ update: @Sendable (inout Result, _ modelID: String, RecordedMinute) -> Void
    ) throws(StoreError) -> Result {
        try use("read minutes of \(account) in \(region)") { (database) throws(StoreError) in
            let table = MinuteTable(database)
            var result = initial
            for entry in try SeriesTable(database).all(account: account, region: region) {
                try table.read(series: entry.id, range) { (minute, row) throws(StoreError) in
                    update(&result, entry.modelID, RecordedMinute(minute: minute, usage: row.usage))
                }
            }
            return result
        }
    }

    /// The minutes that were asked for and answered, by model ID, one entry for every known series.
    package func coverage(account: String, region: String) throws(StoreError) -> [String: MinuteRanges] {
        try use("read the coverage of \(account) in \(region)") { (database) throws(StoreError) in
            let table = CoverageTable(database)
            var coverage: [String: MinuteRanges] = [:]
            for entry in try SeriesTable(database).all(account: account, region: region) {
                coverage[entry.modelID] = try table.read(series: entry.id)
            }
            return coverage
        }
    }

    /// The newest minute with a datapoint; nil when there is none.
    package func newestDatapoint(account: String, region: String) throws(StoreError) -> Minute? {
        try use("read the newest datapoint of \(account) in \(region)") { (database) throws(StoreError) in
            try MinuteTable(database).newest(account: account, region: region)
        }
    }
}
