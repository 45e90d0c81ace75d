import HTTPServer
import History
import QuotaModel
import System
import UsageStore

/// `GET /api/v1/trends`: read from the store once in a while, however many look at it.
package actor TrendsEndpoint {
    package static let stepMinutes = 30
    package static let stepCount = 48
    /// How long an answer is given again.
    package static let reuseSeconds = 20.0
    /// Beyond these one document would not be small any more.
    package static let maximumPools = 2_000

    private let open: @Sendable () throws -> any HistorySource
    private let now: @Sendable () -> Double
    private var kept: (bytes: [UInt8], at: Double)?
    private var running: Task<[UInt8], any Error>?

    package init(
        open: @escaping @Sendable () throws -> any HistorySource, now: @escaping @Sendable () -> Double
    ) {
        self.open = open
        self.now = now
    }

    package func respond(error: @Sendable (Int, String) -> HTTPResponse) async -> HTTPResponse {
        await HistoryDocument.respond(refusal: 413, error: error) { try await bytes() }
    }

    /// The kept answer while it is fresh, else that of the reading under way, which never is more than one.
    private func bytes() async throws -> [UInt8] {
        if let kept, (0..<Self.reuseSeconds).contains(now() - kept.at) { return kept.bytes }
        if let running { return try await running.value }
        let time = now()
        let reading = Task { [open] in try await Self.read(open(), at: time) }
        running = reading
        defer { running = nil }
        let bytes = try await reading.value
        kept = (bytes, time)
        return bytes
    }

    private static func read(_ source: any HistorySource, at time: Double) async throws -> [UInt8] {
        let end = Minute(containingEpochSeconds: Int(time))
        let current = end.index / stepMinutes * stepMinutes
        let start = Minute(index: current - (stepCount - 1) * stepMinutes)
        let owners = try await source.series().compactMap(\.quotaPool)
        let pools = Set(owners)
        guard pools.count <= maximumPools else {
            throw UsageRequestError(
                "the store knows \(pools.count) pools, and trends are given of \(maximumPools) at most; "
                    + "ask /api/v1/usage for one Region at a time")
        }
        let range = start..<max(end, start.advanced(by: 1))
        var document = TrendsDocument(range: range, stepMinutes: stepMinutes)
        try await source.rows(UsageQuery(range: range, stepMinutes: stepMinutes)) { document.take($0) }
        if owners.count > pools.count {
            let byModelID = UsageQuery.defaultGroupBy + [.modelID]
            try await source.rows(UsageQuery(range: range, groupBy: byModelID)) { document.takeUser($0) }
            document.endUsers()
        }
        return try JSONDocument.bytes(document)
    }
}
