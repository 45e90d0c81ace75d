import QuotaModel

/// Deleting what is too old, in steps small enough never to keep a poll waiting.
extension UsageStore {
    /// Deletes up to `rows` minutes that lie before the cut, of all accounts, and returns how many; 0 means done.
    ///
    /// The first call for a cut also takes coverage before it away and closes those minutes for ever: they are not
    /// recorded again, so that re-reading them cannot count them twice. Counters keep what they counted.
    package func deleteMinutes(before cut: Minute, atMost rows: Int) throws(StoreError) -> Int {
        let cut = min(max(cut, StoreLimits.times.lowerBound), StoreLimits.times.upperBound)
        return try write("delete old minutes") { (database) throws(StoreError) in
            let series = SeriesTable(database)
            try series.retain(from: cut)
            try CoverageTable(database).trim(before: cut)
            let minutes = MinuteTable(database)
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
            return try database.first("PRAGMA freelist_count") { (row) throws(StoreError) in row.integer(0) }
                ?? 0
        }
    }
}
