import QuotaModel
import Synchronization
import UsageStore

@testable import History

/// A store of made-up rows that counts how many of them were taken.
final class FakeHistory: HistorySource {
    let known: [StoredSeries]
    let callers: CallerSources
    private let made: @Sendable (UsageQuery) -> [UsageRow]
    private let endless: UsageRow?
    private let failure: (any Error)?
    private let taken = Mutex(0)
    private let asked = Mutex<[UsageQuery]>([])
    private let ended = Mutex(0)

    struct Broken: Error, CustomStringConvertible {
        let description = "the disk is gone"
    }

    /// - Parameters:
    ///   - endless: Given again and again, without end.
    ///   - failure: Thrown after the rows.
    init(
        series: [StoredSeries] = [FakeHistory.sonnet], callers: CallerSources = CallerSources(),
        endless: UsageRow? = nil, failure: (any Error)? = nil,
        rows: @escaping @Sendable (UsageQuery) -> [UsageRow] = { _ in [] }
    ) {
        known = series
        self.callers = callers
        made = rows
        self.endless = endless
        self.failure = failure
    }

    /// Rows that were handed over.
    var rowsTaken: Int { taken.withLock { $0 } }
    /// Queries that have ended, whichever way.
    var queriesEnded: Int { ended.withLock { $0 } }
    var queries: [UsageQuery] { asked.withLock { $0 } }

    func series() async throws -> [StoredSeries] { known }

    func rows(_ query: UsageQuery, _ body: (UsageRow) async throws -> Void) async throws {
        asked.withLock { $0.append(query) }
        defer { ended.withLock { $0 += 1 } }
        for row in made(query) {
            try await body(row)
            taken.withLock { $0 += 1 }
        }
        while let endless {
            try await body(endless)
            taken.withLock { $0 += 1 }
        }
        if let failure { throw failure }
    }

    func callerSources(_ query: UsageQuery) async throws -> CallerSources { callers }

    func poolMinutes(
        _ pool: QuotaPool, _ range: Range<Minute>, _ body: (PoolUseMinute) async throws -> Void
    ) async throws {
        for minute in range {
            let limits: [QuotaKind: Double] = [
                .tokensPerMinute: 1000, .tokensPerDay: 9000, .requestsPerMinute: 0,
            ]
            try await body(
                PoolUseMinute(
                    minute: minute, quotaTokens: 500, requests: 3, isCovered: minute.index % 2 == 0,
                    limits: limits))
        }
    }

    /// An uncovered minute, one with averages, one without.
    func seriesMinutes(
        _ key: SeriesKey, _ range: Range<Minute>, _ body: (SeriesMinute) async throws -> Void
    ) async throws {
        guard key == Self.sonnet.key else { return }
        var usage = UsageMinute()
        usage.invocations = 1
        usage.latencyMilliseconds = 1250
        usage.estimatedQuotaTokens = 17
        let first = range.lowerBound
        try await body(SeriesMinute(minute: first, usage: usage, isCovered: false))
        try await body(SeriesMinute(minute: first.advanced(by: 1), usage: usage, isCovered: true))
        usage.latencyMilliseconds = nil
        usage.estimatedQuotaTokens = nil
        usage.timeToFirstTokenMilliseconds = 30.5
        try await body(SeriesMinute(minute: first.advanced(by: 3), usage: usage, isCovered: true))
    }

    // MARK: Samples

    static let sonnet = series("prod", "ap-southeast-1", "global.sonnet", .global, "sonnet")

    static func series(
        _ account: String, _ region: String, _ modelID: String, _ scope: InferenceScope?, _ model: String?
    ) -> StoredSeries {
        let pool = scope.flatMap { scope in model.map { ScopedModel(scope: scope, model: $0) } }
        return StoredSeries(
            key: SeriesKey(account: account, region: region, modelID: modelID), pool: pool,
            firstKnown: Minute(index: 29_002_400), firstCovered: nil)
    }

    /// 2025-02-21T13:20:00Z, one hour.
    static let hour = Minute(index: 29_002_400)..<Minute(index: 29_002_460)

    /// With everything known.
    static func fullRow(_ group: [String], step: Range<Minute> = hour) -> UsageRow {
        var row = UsageRow(step: step, group: group)
        for (index, metric) in UsageMetric.counted.enumerated() {
            row.sums[metric] = Double(index * 1_000_000)
        }
        row.quotaTokens = 3_500_000.5
        row.cacheReadShare = 0.375
        row.cacheSavedQuotaTokens = 3_000_000
        row.coverage = 0.5
        var figures = UsageRow.QuotaFigures()
        figures.limit = 4_000_000
        figures.peakRatio = 0.875
        figures.peakMinute = step.lowerBound.advanced(by: 7)
        figures.meanRatio = 0.25
        figures.minutesAbove70 = 3
        figures.minutesAbove80 = 2
        figures.limitedMinutes = 30
        row.quotas[.tokensPerMinute] = figures
        var barred = UsageRow.QuotaFigures()
        barred.limit = 0
        row.quotas[.requestsPerMinute] = barred
        return row
    }
}

/// Everything of a stream as text.
func collected(_ stream: UsageStream) async throws -> String {
    var bytes: [UInt8] = []
    while let chunk = try await stream.next() { bytes += chunk }
    return String(decoding: bytes, as: UTF8.self)
}

/// Waits until the condition holds; false after a minute: all tests of the module run at the same time.
func holdsSoon(_ condition: @Sendable () -> Bool) async throws -> Bool {
    for _ in 0..<6000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
