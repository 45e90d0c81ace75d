import QuotaModel
import SQLite

/// One connection that only reads, on a queue of its own.
actor ReadConnection {
    private let executor: SerialQueueExecutor
    private let database: Database

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(path: String) throws(StoreError) {
        database = try Database.openReader(path)
        executor = SerialQueueExecutor(label: "usage-reader")
    }

    /// Runs `body` on one state of the store. The transaction ends with it: a slow taker of rows never holds back the
    /// writer's checkpoints.
    private func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do {
            try database.run("BEGIN")
            defer { database.endReading() }
            return try body(database)
        } catch let error as StoreError {
            throw error.during("read the store")
        }
    }

    func start(_ query: UsageQuery) throws -> QueryRun {
        try read { QueryRun(query, try StoreCatalog($0)) }
    }

    /// The next window of a query and where to go on; nil at the end.
    func next(_ run: QueryRun) throws -> (rows: [UsageRow], run: QueryRun)? {
        var run = run
        return try read { database in
            try run.next(in: database) { try Task.checkCancellation() }.map { ($0, run) }
        }
    }

    func series() throws -> [StoredSeries] {
        try read { database in
            let catalog = try StoreCatalog(database)
            return catalog.series.map { series in
                let pool = series.pool.flatMap { catalog.pools[$0]?.pool }
                return StoredSeries(
                    key: series.key, pool: pool.map { PoolAssignment(scope: $0.scope, model: $0.model) },
                    firstKnown: series.firstKnown, firstCovered: series.firstCovered)
            }
        }
    }

    func metricNames() throws -> [SeriesKey: Set<String>] {
        try read { database in
            var names: [SeriesKey: Set<String>] = [:]
            try database.query(
                """
                SELECT s.account, s.region, s.model_id, m.cloudwatch_name
                FROM discovered_metrics AS m JOIN series AS s ON s.id = m.series_id
                """
            ) { row in
                let key = SeriesKey(account: row.text(0), region: row.text(1), modelID: row.text(2))
                names[key, default: []].insert(row.text(3))
            }
            return names
        }
    }

    /// The newest quotas, rates and AWS's lists of an account's Region.
    func knowledge(account: String, region: String) throws -> RegionKnowledge {
        try read { database in
            RegionKnowledge(
                quotas: try QuotaHistory(database, account: account, region: region).quotas(at: nil),
                rates: try RateHistory(database, account: account, region: region).rates(),
                inventory: try InventoryArchive(database, account: account, region: region).read()?.inventory)
        }
    }

    /// The known minutes of the next day or so of a pool, and where to go on; nil at the end.
    func minutes(
        of pool: QuotaPool, _ range: Range<Minute>
    ) throws -> (minutes: [PoolUseMinute], next: Minute)? {
        try read { database in
            let catalog = try StoreCatalog(database)
            guard let pool = catalog.id(of: pool).flatMap({ catalog.pools[$0] }),
                let first = pool.members.compactMap(\.firstKnown).min(), first < range.upperBound,
                !range.isEmpty
            else { return nil }
            let start = max(range.lowerBound, first)
            let end = min(range.upperBound, start.advanced(by: 1440))
            return (try PoolUseMinute.read(pool, start..<end, in: database), end)
        }
    }

    /// The stored minutes of the next day of a model ID, and where to go on; nil at the end.
    func minutes(
        of key: SeriesKey, _ range: Range<Minute>
    ) throws -> (minutes: [SeriesMinute], next: Minute)? {
        try read { database in
            guard let series = try StoreCatalog(database).series.first(where: { $0.key == key }),
                let first = series.firstKnown, first < range.upperBound, !range.isEmpty
            else { return nil }
            let start = max(range.lowerBound, first)
            let end = min(range.upperBound, start.advanced(by: 1440))
            return (try SeriesMinute.read(series: series.id, start..<end, in: database), end)
        }
    }
}
