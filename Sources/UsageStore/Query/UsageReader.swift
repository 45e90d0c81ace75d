import QuotaModel
import SQLite
import Synchronization

/// Answers questions about the past from the store's file, in this process or another, with or without a daemon.
///
/// Reads on a few connections of its own, so it never waits for the writer nor keeps it waiting.
package final class UsageReader: Sendable {
    /// The file, links resolved.
    package let path: String
    private let connections: [ReadConnection]
    private let turn = Atomic(0)

    /// Opens the store at this path, which must exist and have this version's schema. So many queries are at work at
    /// the same time; more take turns.
    package static func open(path: String, connections count: Int = 2) throws(StoreError) -> UsageReader {
        let resolved = try StoreFile.resolveExisting(path)
        var connections: [ReadConnection] = []
        for _ in 0..<max(1, min(count, StoreLimits.readerConnections)) {
            connections.append(try ReadConnection(path: resolved))
        }
        return UsageReader(path: resolved, connections)
    }

    private init(path: String, _ connections: [ReadConnection]) {
        self.path = path
        self.connections = connections
    }

    private var connection: ReadConnection {
        let turn = turn.add(1, ordering: .relaxed).newValue
        return connections[Int(UInt(bitPattern: turn) % UInt(connections.count))]
    }

    /// Calls `body` with each row, by step, then by group. Stops with `CancellationError` when the task is cancelled,
    /// and with what `body` throws. Memory does not grow with the range.
    package func rows(
        _ query: UsageQuery, isolation: isolated (any Actor)? = #isolation,
        _ body: (UsageRow) async throws -> Void
    ) async throws {
        let connection = connection
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
        try await connection.series()
    }

    /// CloudWatch's names of the metrics that it ever listed for each model ID.
    package func metricNames() async throws -> [SeriesKey: Set<String>] {
        try await connection.metricNames()
    }

    /// The newest quotas, rates and AWS's lists of an account's Region.
    package func knowledge(account: String, region: String) async throws -> RegionKnowledge {
        try await connection.knowledge(account: account, region: region)
    }

    /// Why an answer may be empty: what is there of the query's selection in its range.
    package func presence(_ query: UsageQuery) async throws -> UsagePresence {
        var question = query
        question.stepMinutes = nil
        question.groupBy = []
        var presence = UsagePresence()
        presence.series = try await connection.series().filter { query.selects($0.key, $0.quotaPool) }.count
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
        let connection = connection
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
        let connection = connection
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
