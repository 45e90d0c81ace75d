import QuotaModel
import UsageStore

/// Where history is read; `UsageReader` in the program.
package protocol HistorySource: Sendable {
    /// Every model ID that the store knows, ascending.
    func series() async throws -> [StoredSeries]

    /// Calls `body` with each row, by step, then by group; ends with what it throws or when the task is cancelled.
    func rows(_ query: UsageQuery, _ body: (UsageRow) async throws -> Void) async throws

    /// Calls `body` with each known minute of a pool, ascending.
    func poolMinutes(
        _ pool: QuotaPool, _ range: Range<Minute>, _ body: (PoolUseMinute) async throws -> Void
    ) async throws

    /// Calls `body` with each minute of a model ID that has a datapoint, ascending.
    func seriesMinutes(
        _ key: SeriesKey, _ range: Range<Minute>, _ body: (SeriesMinute) async throws -> Void
    ) async throws

    /// What there is of callers in a query's selection.
    func callerSources(_ query: UsageQuery) async throws -> CallerSources
}

extension UsageReader: HistorySource {
    package func rows(_ query: UsageQuery, _ body: (UsageRow) async throws -> Void) async throws {
        try await rows(query, isolation: nil, body)
    }

    package func poolMinutes(
        _ pool: QuotaPool, _ range: Range<Minute>, _ body: (PoolUseMinute) async throws -> Void
    ) async throws {
        try await poolMinutes(pool, range, isolation: nil, body)
    }

    package func seriesMinutes(
        _ key: SeriesKey, _ range: Range<Minute>, _ body: (SeriesMinute) async throws -> Void
    ) async throws {
        try await seriesMinutes(key, range, isolation: nil, body)
    }
}

extension StoredSeries {
    /// The value that rows grouped by the dimension carry; empty for "no pool".
    package func value(_ dimension: UsageQuery.Dimension) -> String {
        switch dimension {
        case .account: key.account
        case .region: key.region
        case .scope: pool?.scope.rawValue ?? ""
        case .model: pool?.model ?? ""
        case .modelID: SeriesName(key.modelID).whole
        case .profileName: profileName ?? SeriesName(key.modelID).whole
        // Told by the rows.
        case .caller: ""
        }
    }
}
