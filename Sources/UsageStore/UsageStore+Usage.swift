import QuotaModel
import SQLite

/// Polls, longer periods, and what they add up to.
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

    /// The quota tokens that the logs told of, by pool, kind and caller, cumulative.
    package func callerTotals(account: String, region: String) throws(StoreError) -> [CallerTotal] {
        try use("read the callers of \(account) in \(region)") { (database) throws(StoreError) in
            try CallerTotal.read(account: account, region: region, in: database)
        }
    }

    /// The stored minutes of a range by model ID, ascending; model IDs without any are left out. A minute takes
    /// about 200 bytes: for long ranges `reduceMinutes` needs no memory.
    package func window(
        account: String, region: String, _ range: Range<Minute>
    ) throws(StoreError) -> [String: [RecordedMinute]] {
        try use("read minutes of \(account) in \(region)") { (database) throws(StoreError) in
            try database.reading { () throws(StoreError) in
                let table = MinuteTable(database)
                var window: [String: [RecordedMinute]] = [:]
                for entry in try SeriesTable(database).all(account: account, region: region) {
                    var minutes: [RecordedMinute] = []
                    try table.read(series: entry.id, range) { (minute, row) throws(StoreError) in
                        minutes.append(RecordedMinute(minute: minute, usage: row.usage))
                    }
                    if !minutes.isEmpty { window[entry.modelID] = minutes }
                }
                return window
            }
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
            try CoverageTable(database).read(account: account, region: region)
        }
    }

    /// The newest minute with a datapoint; nil when there is none.
    package func newestDatapoint(account: String, region: String) throws(StoreError) -> Minute? {
        try use("read the newest datapoint of \(account) in \(region)") { (database) throws(StoreError) in
            try MinuteTable(database).newest(account: account, region: region)
        }
    }

    // MARK: Longer periods, and pools

    /// Stores sums over 5 minutes or an hour as what they are. A period that shares a minute with finer data, covered
    /// or with a datapoint, is not taken, and goes when finer data comes later; its coverage is noted all the same.
    @discardableResult
    package func recordPeriods(_ record: PeriodRecord) throws(StoreError) -> PeriodOutcome {
        try write(
            "record \(record.resolution.minutes)-minute periods of \(record.account) in \(record.region)"
        ) {
            (database) throws(StoreError) in
            try PeriodRecorder.record(record, in: database)
        }
    }

    /// What was asked for and answered at a resolution, by model ID, one entry for every known series.
    package func periodCoverage(
        account: String, region: String, resolution: PeriodRecord.Resolution
    ) throws(StoreError) -> [String: MinuteRanges] {
        try use("read the coverage of \(account) in \(region)") { (database) throws(StoreError) in
            let table = PeriodTable(database, resolution).coverage
            var coverage: [String: MinuteRanges] = [:]
            for entry in try SeriesTable(database).all(account: account, region: region) {
                coverage[entry.modelID] = try table.read(series: entry.id)
            }
            return coverage
        }
    }

    /// The known minutes of these pools in a range, a day at most, ascending.
    package func poolMinutes(
        _ pools: some Sequence<QuotaPool> & Sendable, _ range: Range<Minute>
    ) throws(StoreError) -> [QuotaPool: [PoolUseMinute]] {
        try use("read the minutes of pools") { (database) throws(StoreError) in
            var minutes: [QuotaPool: [PoolUseMinute]] = [:]
            var catalogs: [RegionKey: StoreCatalog] = [:]
            for pool in pools {
                let place = pool.place
                if catalogs[place] == nil { catalogs[place] = try StoreCatalog(database, of: place) }
                guard let catalog = catalogs[place],
                    let known = catalog.id(of: pool).flatMap({ catalog.pools[$0] })
                else { continue }
                minutes[pool] = try PoolUseMinute.read(known, range, in: database)
            }
            return minutes
        }
    }
}
