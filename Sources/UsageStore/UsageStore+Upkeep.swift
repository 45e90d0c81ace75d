import QuotaModel
import SQLite

/// Making rollups and deleting what is too old, in steps small enough never to keep a poll waiting.
extension UsageStore {
    /// Deletes up to `rows` minutes that lie before the hour of the cut, of all accounts, and returns how many; 0 means
    /// done. Their rollups stay, which is why only whole hours go; stale ones are made first, which may take several
    /// calls of `rollStep`.
    /// The newest minute of the store is never deleted: a clock years ahead must not close the time to come.
    ///
    /// The first call for a cut also takes coverage before it away and closes those minutes for ever: they are not
    /// recorded again, so that re-reading them cannot count them twice. Counters keep what they counted.
    package func deleteMinutes(before cut: Minute, atMost rows: Int) throws(StoreError) -> Int {
        try write("delete old minutes") { (database) throws(StoreError) in
            let minutes = MinuteTable(database)
            guard let newest = try minutes.newest() else { return 0 }
            var cut = min(max(cut, StoreLimits.times.lowerBound), newest).startOfHour
            if let stale = try StaleRollups(database).earliest(), stale < cut {
                _ = try RollupWriter.rollStep(
                    atMost: StoreLimits.hoursRolledBeforeDeletion, in: database)
                cut = min(cut, try StaleRollups(database).earliest() ?? cut)
            }
            let series = SeriesTable(database)
            try series.retain(from: cut)
            try CoverageTable(database).trim(before: cut)
            var deleted = 0
            let callers = CallerRetention(database)
            for id in try series.allIDs() where deleted < rows {
                deleted += try minutes.deleteOldest(series: id, before: cut, atMost: rows - deleted)
                deleted += try callers.deleteOldest(series: id, before: cut, atMost: rows - deleted)
            }
            deleted += try CallerWindowTable(database).deleteOldest(before: cut, atMost: rows - deleted)
            // Names only when nothing else is left to delete: each that goes is looked for in the tables that may need it.
            return deleted == 0 ? try callers.deleteUnused() : deleted
        }
    }

    /// Gives up to `pages` free pages (4 KB each) back to the file system and returns how many; 0 means done. A share of
    /// the file stays free for the minutes to come, so that a store in balance neither shrinks nor grows day by day.
    package func releaseFreePages(atMost pages: Int) throws(StoreError) -> Int {
        try use("release free space") { (database) throws(StoreError) in
            func count(_ name: String) throws(StoreError) -> Int {
                try database.first("PRAGMA \(name)") { $0.integer(0) } ?? 0
            }
            let free = try count("freelist_count")
            let excess = free - Int(Double(try count("page_count")) * StoreLimits.freeShare)
            guard excess > 0 else { return 0 }
            try database.run("PRAGMA incremental_vacuum(\(max(1, min(pages, excess))))")
            return free - (try count("freelist_count"))
        }
    }

    /// Makes up to `hours` hours of rollups anew that a change of pools, rates or quotas has made stale, oldest first,
    /// in one transaction; returns how many, 0 when none is left to make. Queries are right meanwhile, only slower.
    package func rollStep(atMost hours: Int) throws(StoreError) -> Int {
        try write("bring rollups up to date") { (database) throws(StoreError) in
            try RollupWriter.rollStep(atMost: hours, in: database)
        }
    }

    /// Deletes up to `rows` rollups, longer periods and episodes of throttling of whole days before the cut; returns how many, 0 means done.
    /// Days that still have minutes keep their rollups.
    package func deleteRollups(before cut: Minute, atMost rows: Int) throws(StoreError) -> Int {
        try write("delete old rollups") { (database) throws(StoreError) in
            let oldest = try MinuteTable(database).oldestKnown() ?? StoreLimits.times.upperBound
            let cut = min(max(cut, StoreLimits.times.lowerBound), oldest).startOfDay
            for resolution in PeriodRecord.Resolution.allCases {
                try PeriodTable(database, resolution).coverage.trim(before: cut)
            }
            let deleted = try RollupTable.deleteAll(before: cut, atMost: rows, in: database)
            return deleted + (try EpisodeTable(database).deleteOldest(before: cut, atMost: rows - deleted))
        }
    }
}
