import QuotaModel
import SQLite

/// The cumulative counters of a series, whole tokens or requests. Sums stop at Int.max instead of overflowing.
package struct UsageTotals: Equatable, Sendable {
    package private(set) var invocations = 0
    package private(set) var inputTokens = 0
    package private(set) var outputTokens = 0
    package private(set) var cacheReadInputTokens = 0
    package private(set) var cacheWriteInputTokens = 0
    package private(set) var clientErrors = 0
    package private(set) var serverErrors = 0
    package private(set) var throttles = 0

    /// The metrics that are counted.
    package static let metrics = UsageMetric.allCases.filter { UsageTotals()[$0] != nil }

    package init() {}

    /// The counter of a metric; nil for one that is not counted.
    package subscript(metric: UsageMetric) -> Int? {
        switch metric {
        case .invocations: invocations
        case .inputTokens: inputTokens
        case .outputTokens: outputTokens
        case .cacheReadInputTokens: cacheReadInputTokens
        case .cacheWriteInputTokens: cacheWriteInputTokens
        case .clientErrors: clientErrors
        case .serverErrors: serverErrors
        case .throttles: throttles
        case .estimatedQuotaTokens, .latencyMilliseconds, .timeToFirstTokenMilliseconds: nil
        }
    }

    /// Whether none of the counters is below an earlier reading of it.
    package func isAtLeast(_ earlier: UsageTotals) -> Bool {
        Self.metrics.allSatisfy { (self[$0] ?? 0) >= (earlier[$0] ?? 0) }
    }

    /// Adds to the counter of a metric; does nothing for one that is not counted.
    mutating func add(_ count: Int, to metric: UsageMetric) {
        switch metric {
        case .invocations: invocations.addSaturating(count)
        case .inputTokens: inputTokens.addSaturating(count)
        case .outputTokens: outputTokens.addSaturating(count)
        case .cacheReadInputTokens: cacheReadInputTokens.addSaturating(count)
        case .cacheWriteInputTokens: cacheWriteInputTokens.addSaturating(count)
        case .clientErrors: clientErrors.addSaturating(count)
        case .serverErrors: serverErrors.addSaturating(count)
        case .throttles: throttles.addSaturating(count)
        case .estimatedQuotaTokens, .latencyMilliseconds, .timeToFirstTokenMilliseconds: break
        }
    }

    /// Adds, or takes away, what a stored minute counts.
    mutating func add(_ usage: UsageMinute, sign: Int) {
        for metric in Self.metrics {
            guard let value = usage[metric], value != 0 else { continue }
            add(sign * Self.count(value), to: metric)
        }
    }

    /// A stored datapoint as a whole number. Only what `record` accepts was stored: 0 to 2^53.
    private static func count(_ value: Double) -> Int {
        Int(min(max(value, 0), StoreLimits.largestCount).rounded())
    }
}

extension Int {
    fileprivate mutating func addSaturating(_ other: Int) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? (other > 0 ? .max : .min) : sum
    }
}

/// Table `totals`: per series and counter the exact sum, and the highest it ever was, which is what Prometheus sees.
///
/// CloudWatch may revise a minute downwards; the exposed counter then stands still until the sum has caught up.
struct TotalsTable {
    /// As the column `metric` names them.
    private static let metrics = Dictionary(
        uniqueKeysWithValues: UsageTotals.metrics.map { ($0.rawValue, $0) })

    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Adds a poll's changes, which may be negative, to the sums.
    func add(series id: Int, _ change: UsageTotals) throws(StoreError) {
        for metric in UsageTotals.metrics {
            guard let count = change[metric], count != 0 else { continue }
            // Column names in an upsert's SET are the row before it (https://www.sqlite.org/lang_upsert.html).
            try database.run(
                """
                INSERT INTO totals VALUES (?1, ?2, ?3, max(?3, 0))
                ON CONFLICT DO UPDATE SET sum = sum + excluded.sum, exposed = max(exposed, sum + excluded.sum)
                """, [.integer(id), .text(metric.rawValue), .integer(count)])
        }
    }

    /// The exposed counters of every series of the account and Region; 0 where nothing was counted yet.
    func exposed(account: String, region: String) throws(StoreError) -> [String: UsageTotals] {
        var totals: [String: UsageTotals] = [:]
        // One series after the other.
        var (id, modelID, counters) = (-1, "", UsageTotals())
        try database.query(
            """
            SELECT s.id, s.model_id, t.metric, t.exposed FROM series AS s LEFT JOIN totals AS t ON t.series_id = s.id
            WHERE s.account = ?1 AND s.region = ?2 ORDER BY s.model_id
            """, [.text(account), .text(region)]
        ) { row in
            if row.integer(0) != id {
                if id >= 0 { totals[modelID] = counters }
                (id, modelID, counters) = (row.integer(0), row.text(1), UsageTotals())
            }
            // NULL, and so no metric, for a series without totals.
            if let metric = Self.metrics[row.text(2)] { counters.add(row.integer(3), to: metric) }
        }
        if id >= 0 { totals[modelID] = counters }
        return totals
    }
}
