import QuotaModel

/// Deleting what is too old, in steps small enough never to keep a poll waiting.
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
                _ = try RollupWriter(database).rollStep(atMost: StoreLimits.hoursRolledBeforeDeletion)
                cut = min(cut, try StaleRollups(database).earliest() ?? cut)
            }
            let series = SeriesTable(database)
            try series.retain(from: cut)
            try CoverageTable(database).trim(before: cut)
            var deleted = 0
            for id in try series.allIDs() where deleted < rows {
                deleted += try minutes.deleteOldest(series: id, before: cut, atMost: rows - deleted)
            }
            return deleted
        }
    }

    /// Gives up to `pages` free pages (4 KB each) at the end of the file back to the file system; returns how many
    /// free pages are left, which new minutes will fill.
    package func releaseFreePages(atMost pages: Int) throws(StoreError) -> Int {
        try use("release free space") { (database) throws(StoreError) in
            try database.run("PRAGMA incremental_vacuum(\(max(1, pages)))")
            return try database.first("PRAGMA freelist_count") { $0.integer(0) }
                ?? 0
        }
    }
}
