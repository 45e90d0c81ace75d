import SQLite

/// Which rollups a change of pools or limits makes stale.
extension StaleRollups {
    /// Model IDs have moved between pools: both sides' hours with minutes of theirs are stale.
    func markMoves(from before: StoreCatalog, to after: StoreCatalog) throws(StoreError) {
        let owners = Dictionary(uniqueKeysWithValues: before.series.map { ($0.id, RollupOwner(of: $0)) })
        for series in after.series {
            let new = RollupOwner(of: series)
            guard let old = owners[series.id], old != new else { continue }
            // What was stale of the series stays so with its new owner.
            let inherited = try range(of: old)
            var moved = try extent(ofSeries: series.id)
            if let extent = moved {
                moved = max(extent.lowerBound, min(after.frozenBefore, extent.upperBound))..<extent.upperBound
            }
            for range in [inherited, moved].compactMap({ $0 }) { try mark(range, of: new) }
            switch old {
            case .pool: if let moved { try mark(moved, of: old) }
            case .series: try set(nil, of: old)
            }
        }
    }

    /// Limits have changed: hours from the first minute on at which they differ are stale.
    func markLimits(from before: StoreCatalog, to after: StoreCatalog) throws(StoreError) {
        for pool in after.pools.values {
            let old = before.pools[pool.id]?.limits ?? [:]
            let starts = Set(old.keys).union(pool.limits.keys).compactMap { kind in
                (pool.limits[kind] ?? LimitHistory()).firstDifference(from: old[kind] ?? LimitHistory())
            }
            guard let first = starts.min() else { continue }
            try mark(pool: pool, from: first, frozenBefore: after.frozenBefore)
        }
    }
}
