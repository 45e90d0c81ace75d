import QuotaModel
import SQLite

/// What is known about an account and Region besides its minutes.
extension UsageStore {
    /// Notes the model IDs that CloudWatch lists, each with CloudWatch's names of its metrics, seen at a time in Unix
    /// seconds. What was noted before stays.
    package func rememberSeries(
        account: String, region: String, _ metrics: [String: Set<String>], at time: Int
    ) throws(StoreError) {
        try write("note the model IDs of \(account) in \(region)") { (database) throws(StoreError) in
            let table = SeriesTable(database)
            for (modelID, names) in metrics.sorted(by: { $0.key < $1.key }) where SeriesTable.accepts(modelID)
            {
                let (entry, _) = try table.findOrInsert(
                    account: account, region: region, modelID: modelID, at: time)
                try table.noteSeen(entry, metrics: names, at: time)
            }
        }
    }

    /// Every model ID that was ever noted or recorded, with CloudWatch's names of its metrics.
    package func knownSeries(account: String, region: String) throws(StoreError) -> [String: Set<String>] {
        try use("read the model IDs of \(account) in \(region)") { (database) throws(StoreError) in
            let table = SeriesTable(database)
            var known: [String: Set<String>] = [:]
            for entry in try table.all(account: account, region: region) {
                known[entry.modelID] = try table.metrics(of: entry)
            }
            return known
        }
    }

    /// Writes beside each known model ID the pool that it draws on, nil for one that is not mapped, and the name of its
    /// inference profile; one that has no name any more keeps its last.
    package func recordAssignments(
        account: String, region: String, _ pools: [String: ScopedModel?], names: [String: String] = [:]
    ) throws(StoreError) {
        let place = RegionKey(account: account, region: region)
        try write("note the pools of \(account) in \(region)") { (database) throws(StoreError) in
            let table = SeriesTable(database)
            let before = try StoreCatalog(database, of: place)
            var changed: Set<String> = []
            for (modelID, pool) in pools
            where try table.assign(pool, account: account, region: region, modelID: modelID) {
                changed.insert(modelID)
            }
            for (modelID, name) in names {
                try table.name(name, account: account, region: region, modelID: modelID)
            }
            guard !changed.isEmpty else { return }
            let after = try StoreCatalog(database, of: place)
            try StaleRollups(database).markMoves(from: before, to: after)
            try StaleRollups(database).markParts(from: before, to: after)
        }
    }

    /// Notes all quotas of the account and Region as seen at a time in Unix seconds. Only changes make rows; a quota
    /// that is missing here is noted as gone. Returns the number of changes.
    @discardableResult
    package func recordQuotas(
        account: String, region: String, _ quotas: [PoolQuota], at time: Int
    ) throws(StoreError) -> Int {
        let place = RegionKey(account: account, region: region)
        return try write("note the quotas of \(account) in \(region)") { (database) throws(StoreError) in
            let before = try StoreCatalog(database, of: place)
            let history = QuotaHistory(database, account: account, region: region)
            let changes = try history.record(quotas, at: time)
            if changes > 0 {
                try StaleRollups(database).markLimits(from: before, to: try StoreCatalog(database, of: place))
            }
            return changes
        }
    }

    /// The quotas in force at a time in Unix seconds, or now; none from before the first that was seen.
    package func quotas(
        account: String, region: String, at time: Int? = nil
    ) throws(StoreError) -> [PoolQuota] {
        try use("read the quotas of \(account) in \(region)") { (database) throws(StoreError) in
            try QuotaHistory(database, account: account, region: region).quotas(at: time)
        }
    }

    /// Every change of every quota, each quota's ascending by time.
    package func quotaChanges(account: String, region: String) throws(StoreError) -> [QuotaChange] {
        try use("read the quotas of \(account) in \(region)") { (database) throws(StoreError) in
            try QuotaHistory(database, account: account, region: region).changes()
        }
    }

    /// Keeps AWS's lists, fetched at a time in Unix seconds, in place of those kept before.
    ///
    /// - Parameter quotasAt: When the quotas were, if that is another time.
    package func saveInventory(
        account: String, region: String, _ inventory: Inventory, at time: Int, quotasAt: Int? = nil
    ) throws(StoreError) {
        try write("keep AWS's lists of \(account) in \(region)") { (database) throws(StoreError) in
            try InventoryArchive(database, account: account, region: region).save(
                inventory, at: time, quotasAt: quotasAt ?? time)
        }
    }

    /// Notes that AWS listed the same quotas as are kept.
    package func noteQuotaListing(account: String, region: String, at time: Int) throws(StoreError) {
        try write("note that the quotas of \(account) in \(region) are as kept") {
            (database) throws(StoreError) in
            try InventoryArchive(database, account: account, region: region).noteQuotaListing(at: time)
        }
    }

    /// AWS's lists as last kept; nil when there are none.
    package func inventory(account: String, region: String) throws(StoreError) -> StoredInventory? {
        try use("read AWS's lists of \(account) in \(region)") { (database) throws(StoreError) in
            try InventoryArchive(database, account: account, region: region).read()
        }
    }

    /// Keeps the organization's accounts, listed at a time in Unix seconds, in place of those kept before.
    package func saveOrganization(_ list: some Encodable & Sendable, at time: Int) throws(StoreError) {
        try write("keep the organization's accounts") { (database) throws(StoreError) in
            try InventoryArchive(database, account: "", region: "").saveOrganization(list, at: time)
        }
    }

    /// The organization's accounts as last kept; nil when there are none.
    package func organization<List: Decodable & Sendable>(
        _ type: List.Type
    ) throws(StoreError) -> (list: List, fetchedAt: Int)? {
        try use("read the organization's accounts") { (database) throws(StoreError) in
            try InventoryArchive(database, account: "", region: "").readOrganization(type)
        }
    }

    // MARK: Burndown rates

    /// Notes burndown rates as seen at a time in Unix seconds; returns the number of changes. The newest rate holds
    /// for all time, as a corrected rate was wrong before as well; pools that are missing here keep theirs.
    @discardableResult
    package func recordRates(
        account: String, region: String, _ rates: [(ScopedModel, BurndownRate)], at time: Int
    ) throws(StoreError) -> Int {
        let place = RegionKey(account: account, region: region)
        return try write("note the burndown rates of \(account) in \(region)") {
            (database) throws(StoreError) in
            let before = try StoreCatalog(database, of: place)
            let count = try RateHistory(database, account: account, region: region).record(rates, at: time)
            guard count > 0 else { return 0 }
            for pool in try StoreCatalog(database, of: place).pools.values
            where pool.rate != before.pools[pool.id]?.rate {
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
}
