import QuotaModel
import System
import UsageStore

/// An answer as one JSON document, a line for each row; what is not known is `null`.
struct UsageJSONWriter: UsageWriter {
    private let query: UsageQuery
    private var isFirst = true

    init(_ query: UsageQuery) {
        self.query = query
    }

    mutating func begin(into bytes: inout [UInt8]) {
        let start = CivilTime.text(query.range.lowerBound.epochSeconds)
        let end = CivilTime.text(query.range.upperBound.epochSeconds)
        let step = (query.stepMinutes ?? query.range.count) * 60
        bytes += "{\"start\":\"\(start)\",\"end\":\"\(end)\",\"step_seconds\":\(step),\"rows\":[".utf8
    }

    mutating func row(_ row: UsageRow, into bytes: inout [UInt8]) {
        bytes += (isFirst ? "\n" : ",\n").utf8
        isFirst = false
        bytes += "{\"start\":\"\(CivilTime.text(row.step.lowerBound.epochSeconds))\"".utf8
        for (dimension, value) in zip(query.groupBy, row.group) {
            bytes += ",\"\(dimension.rawValue)\":".utf8
            // An empty scope or model says that the model ID has no pool.
            if value.isEmpty { bytes += "null".utf8 } else { bytes += VisibleText.json(value).utf8 }
        }
        for metric in UsageMetric.counted { Self.append(metric.rawValue, row.sums[metric], to: &bytes) }
        Self.append("quota_tokens", row.quotaTokens, to: &bytes)
        Self.append("coverage", row.coverage, to: &bytes)
        bytes += ",\"quotas\":{".utf8
        for (index, (kind, figures)) in row.quotas.sorted(by: { $0.key < $1.key }).enumerated() {
            bytes += (index == 0 ? "" : ",").utf8
            Self.append(kind, figures, to: &bytes)
        }
        bytes += "}}".utf8
    }

    mutating func end(_ outcome: UsageOutcome, into bytes: inout [UInt8]) {
        let empty = outcome.emptiness.map { "\"\($0.rawValue)\"" } ?? "null"
        bytes += "\(isFirst ? "" : "\n")],\"empty\":\(empty)}\n".utf8
    }

    private static func append(_ kind: QuotaKind, _ figures: UsageRow.QuotaFigures, to bytes: inout [UInt8]) {
        bytes += "\"\(kind.rawValue)\":{\"limit\":\(number(figures.limit))".utf8
        append("peak_ratio", figures.peakRatio, to: &bytes)
        let minute = figures.peakMinute.map { "\"\(CivilTime.text($0.epochSeconds))\"" } ?? "null"
        bytes += ",\"peak_minute\":\(minute)".utf8
        append("mean_ratio", figures.meanRatio, to: &bytes)
        let above = [
            (70, figures.minutesAbove70), (80, figures.minutesAbove80), (100, figures.minutesAbove100),
        ]
        // Of no minute that a limit was known for, none says nothing.
        for (percent, minutes) in above {
            append(
                "minutes_above_\(percent)", figures.limitedMinutes > 0 ? Double(minutes) : nil, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static func append(_ key: String, _ value: Double?, to bytes: inout [UInt8]) {
        bytes += ",\"\(key)\":\(number(value))".utf8
    }

    private static func number(_ value: Double?) -> String { value.flatMap(PlainNumber.text) ?? "null" }
}
