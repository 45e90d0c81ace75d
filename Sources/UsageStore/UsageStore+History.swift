import QuotaModel
import SQLite

/// Longer periods, burndown rates and the upkeep of rollups.
extension UsageStore {
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

    /// Notes burndown rates as seen at a time in Unix seconds; returns the number of changes. The newest rate holds
    /// for all time, as a corrected rate was wrong before as well; pools that are missing here keep theirs.
    @discardableResult
    package func recordRates(
        account: String, region: String, _ rates: [(ScopedModel, BurndownRate)], at time: Int
    ) throws(StoreError) -> Int {
        try write("note the burndown rates of \(account) in \(region)") { (database) throws(StoreError) in
            let before = try StoreCatalog(database)
            let count = try RateHistory(database, account: account, region: region).record(rates, at: time)
            guard count > 0 else { return 0 }
            for pool in try StoreCatalog(database).pools.values where pool.rate != before.pools[pool.id]?.rate
            {
                try StaleRollups(database).mark(pool: pool, frozenBefore: before.frozenBefore)
                try RevisionTable(database).note(rateOf: pool.pool, at: time)
            }
            return count
        }
    }

    /// The newest burndown rate of each pool whose rate was noted.
    package func burndownRates(
        account: String, region: String
    ) throws(StoreError) -> [ScopedModel: BurndownRate] {
        try use("read the burndown rates of \(account) in \(region)") { (database) throws(StoreError) in
            try RateHistory(database, account: account, region: region).rates()
        }
    }

    /// The known minutes of these pools in a range, a day at most, ascending.
    package func poolMinutes(
        _ pools: some Sequence<QuotaPool> & Sendable, _ range: Range<Minute>
    ) throws(StoreError) -> [QuotaPool: [PoolUseMinute]] {
        try use("read the minutes of pools") { (database) throws(StoreError) in
            let catalog = try StoreCatalog(database)
            var minutes: [QuotaPool: [PoolUseMinute]] = [:]
            for pool in pools {
                guard let known = catalog.id(of: pool).flatMap({ catalog.pools[$0] }) else { continue }
                minutes[pool] = try PoolUseMinute.read(known, range, in: database)
            }
            return minutes
        }
    }

    // MARK: Upkeep

    /// Makes up to `hours` hours of rollups anew that a change of pools, rates or quotas has made stale, oldest first,
    /// in one transaction; returns how many, 0 when none is left to make. Queries are right meanwhile, only slower.
    package func rollStep(atMost hours: Int) throws(StoreError) -> Int {
        try write("bring rollups up to date") { (database) throws(StoreError) in
            try RollupWriter(database).rollStep(atMost: hours)
        }
    }

    /// Deletes up to `rows` rollups and longer periods of whole days before the cut; returns how many, 0 means done.
    /// Days that still have minutes keep their rollups.
    package func deleteRollups(before cut: Minute, atMost rows: Int) throws(StoreError) -> Int {
        try write("delete old rollups") { (database) throws(StoreError) in
            let oldest = try MinuteTable(database).oldestKnown() ?? StoreLimits.times.upperBound
            let cut = min(max(cut, StoreLimits.times.lowerBound), oldest).startOfDay
            for resolution in PeriodRecord.Resolution.allCases {
                try PeriodTable(database, resolution).coverage.trim(before: cut)
            }
            return try RollupTable.deleteAll(before: cut, atMost: rows, in: database)
        }
    }
}
