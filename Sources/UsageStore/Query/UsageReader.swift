import QuotaModel
import SQLite

/// Answers questions about the past from the store's file, in this process or another, with or without a daemon.
///
/// Reads on a connection of its own, so it never waits for the writer nor keeps it waiting.
package final class UsageReader: Sendable {
    /// The file, links resolved.
    package let path: String
    private let connection: ReadConnection

    /// Opens the store at this path, which must exist and have this version's schema.
    package static func open(path: String) throws(StoreError) -> UsageReader {
        try UsageReader(path: try StoreFile.resolveExisting(path))
    }

    private init(path: String) throws(StoreError) {
        self.path = path
        connection = try ReadConnection(path: path)
    }

    /// Calls `body` with each row, by step, then by group. Stops with `CancellationError` when the task is cancelled,
    /// and with what `body` throws. Memory does not grow with the range.
    package func rows(
        _ query: UsageQuery, isolation: isolated (any Actor)? = #isolation,
        _ body: (UsageRow) async throws -> Void
    ) async throws {
        var run = try await connection.start(query)
        while let window = try await connection.next(run) {
            run = window.run
            for row in window.rows {
                try Task.checkCancellation()
                try await body(row)
            }
        }
    }

    /// All model IDs of the store, by account, Region and model ID.
    package func series() async throws -> [StoredSeries] {
        try await connection.series(of: nil)
    }

    /// The model IDs of an account's Region.
    package func series(of region: RegionKey) async throws -> [StoredSeries] {
        try await connection.series(of: region)
    }

    /// What there is of callers in a query's selection.
    package func callerSources(_ query: UsageQuery) async throws -> CallerSources {
        try await connection.callerSources(query)
    }

    /// CloudWatch's names of the metrics that it ever listed for each model ID.
    package func metricNames() async throws -> [SeriesKey: Set<String>] {
        try await connection.metricNames()
    }

    /// The newest quotas, rates and AWS's lists of an account's Region.
    package func knowledge(account: String, region: String) async throws -> RegionKnowledge {
        try await connection.knowledge(account: account, region: region)
    }

    /// The newest episodes of throttling that overlap the query's range, the newest first, and how many more there are.
    ///
    /// - Parameter cause: Nil for all.
    package func episodes(
        _ query: UsageQuery, cause: ThrottleCause?, atMost limit: Int
    ) async throws -> (episodes: [ThrottleEpisode], leftOut: Int) {
        try await connection.episodes(query, cause: cause, atMost: limit)
    }

    /// Why an answer may be empty: what is there of the query's selection in its range.
    package func presence(_ query: UsageQuery) async throws -> UsagePresence {
        var question = query
        question.stepMinutes = nil
        question.groupBy = []
        var presence = UsagePresence()
        presence.series = try await connection.series(of: nil).filter { query.selects($0.key, $0.quotaPool) }
            .count
        try await rows(question) { row in
            presence.isCovered = (row.coverage ?? 0) > 0 || !row.sums.isEmpty
            presence.hasTraffic = row.sums.values.contains { $0 > 0 }
        }
        return presence
    }

    /// Calls `body` with each known minute of a pool, ascending; minutes of longer periods are not among them.
    package func poolMinutes(
        _ pool: QuotaPool, _ range: Range<Minute>, isolation: isolated (any Actor)? = #isolation,
        _ body: (PoolUseMinute) async throws -> Void
    ) async throws {
        var rest = range.clamped(to: StoreLimits.times)
        while let part = try await connection.minutes(of: pool, rest) {
            rest = part.next..<rest.upperBound
            for minute in part.minutes {
                try Task.checkCancellation()
                try await body(minute)
            }
        }
    }

    /// Calls `body` with each minute of a model ID that has a datapoint, ascending; longer periods are not among them.
    package func seriesMinutes(
        _ key: SeriesKey, _ range: Range<Minute>, isolation: isolated (any Actor)? = #isolation,
        _ body: (SeriesMinute) async throws -> Void
    ) async throws {
        var rest = range.clamped(to: StoreLimits.times)
        while let part = try await connection.minutes(of: key, rest) {
            rest = part.next..<rest.upperBound
            for minute in part.minutes {
                try Task.checkCancellation()
                try await body(minute)
            }
        }
    }
}

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
        try read { database in
            var place: RegionKey?
            if let account = query.account, let region = query.region {
                place = RegionKey(account: account, region: region)
            }
            let catalog = try StoreCatalog(database, of: place)
            let tags = query.isByCaller ? try LoggedCallers(database, query.callerKind).tags(catalog) : [:]
            return QueryRun(query, catalog, tags: tags)
        }
    }

    func callerSources(_ query: UsageQuery) throws -> CallerSources {
        try read { try LoggedCallers.sources(query, in: $0) }
    }

    /// The next window of a query and where to go on; nil at the end.
    func next(_ run: QueryRun) throws -> (rows: [UsageRow], run: QueryRun)? {
        var run = run
        return try read { database in
            try run.next(in: database) { try Task.checkCancellation() }.map { ($0, run) }
        }
    }

    func series(of region: RegionKey?) throws -> [StoredSeries] {
        try read { database in
            let catalog = try StoreCatalog(
                database, of: region.map { RegionKey(account: $0.account, region: $0.region) })
            return catalog.series.map { series in
                let pool = series.pool.flatMap { catalog.pools[$0]?.pool }
                return StoredSeries(
                    key: series.key, pool: pool?.scopedModel,
                    firstKnown: series.firstKnown, firstCovered: series.firstCovered,
                    profileName: series.profileName)
            }
        }
    }

    func episodes(
        _ query: UsageQuery, cause: ThrottleCause?, atMost limit: Int
    ) throws -> (episodes: [ThrottleEpisode], leftOut: Int) {
        try read { database in
            try EpisodeTable(database).newest(
                overlapping: query.range, atMost: limit, account: query.account, region: query.region
            ) { episode in
                (cause == nil || cause == episode.cause)
                    && (query.scope == nil || query.scope == episode.pool.scope)
                    && (query.model == nil || query.model == episode.pool.model)
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
            let catalog = try StoreCatalog(
                database, of: pool.place)
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
            let catalog = try StoreCatalog(
                database, of: key.place)
            guard let series = catalog.series.first(where: { $0.key == key }),
                let first = series.firstKnown, first < range.upperBound, !range.isEmpty
            else { return nil }
            let start = max(range.lowerBound, first)
            let end = min(range.upperBound, start.advanced(by: 1440))
            return (try SeriesMinute.read(series: series.id, start..<end, in: database), end)
        }
    }
}
