import QuotaModel
import System
import UsageStore

/// One format of an answer: rows in, bytes out, without waiting for the last row.
protocol UsageWriter: Sendable {
    mutating func begin(into bytes: inout [UInt8])
    mutating func row(_ row: UsageRow, into bytes: inout [UInt8])
    mutating func end(_ outcome: UsageOutcome, into bytes: inout [UInt8])
}

/// What an answer came to, for the last word about an empty one.
package struct UsageOutcome: Equatable, Sendable {
    package enum Emptiness: String, Sendable {
        /// Some minutes are covered, and nothing was called in them.
        case noTraffic = "no_traffic"
        /// No minute has been asked for, so nothing is known.
        case noCoverage = "no_coverage"
    }

    private var isKnown = false
    private var hasTraffic = false

    package init() {}

    package mutating func take(_ row: UsageRow) {
        if (row.coverage ?? 0) > 0 || !row.sums.isEmpty { isKnown = true }
        if row.sums.values.contains(where: { $0 > 0 }) { hasTraffic = true }
    }

    package var emptiness: Emptiness? {
        if hasTraffic { return nil }
        return isKnown ? .noTraffic : .noCoverage
    }

    /// One sentence for people; nil for an answer with traffic.
    ///
    /// - Parameter series: What was asked about, to tell from when on something is known.
    package func note(_ range: Range<Minute>, _ series: [StoredSeries]) -> String? {
        let between =
            "between \(CivilTime.text(range.lowerBound.epochSeconds)) and "
            + CivilTime.text(range.upperBound.epochSeconds)
        switch emptiness {
        case nil: return nil
        case .noTraffic?: return "No traffic \(between): every minute that is known is zero."
        case .noCoverage?:
            let first = series.compactMap(\.firstKnown).min().map {
                "what is known begins at \(CivilTime.text($0.epochSeconds))"
            }
            return
                "No coverage \(between): these minutes have not been read from CloudWatch, so their traffic is "
                + "unknown; \(first ?? "nothing is known of any minute yet")."
        }
    }
}

extension UsageMetric {
    /// The counted metrics in the order of columns and keys.
    package static let counted: [UsageMetric] = [
        .invocations, .inputTokens, .outputTokens, .cacheReadInputTokens, .cacheWriteInputTokens,
        .clientErrors,
        .serverErrors, .throttles,
    ]
}
