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
    private var isByCaller = false
    private var isLogRead = false
    private var exceeds = false

    package init() {}

    package mutating func take(_ row: UsageRow) {
        if (row.coverage ?? 0) > 0 || !row.sums.isEmpty { isKnown = true }
        if row.sums.values.contains(where: { $0 > 0 }) { hasTraffic = true }
        guard let caller = row.caller else { return }
        isByCaller = true
        if (caller.logCoverage ?? 0) > 0 { isLogRead = true }
        if (caller.logsExceedQuotaTokens ?? 0) > 0 { exceeds = true }
    }

    /// Sentences for people about what the logs do not tell.
    package func callerNotes(_ kind: CallerKind, _ sources: CallerSources?) -> [String] {
        guard isByCaller, kind.needsLogs else { return [] }
        var notes: [String] = []
        if exceeds {
            notes.append(
                "The logs tell of more than CloudWatch in part of this time, so the rows add up to more; a minute of "
                    + "CloudWatch's that comes late makes it good.")
        }
        if let sources, sources.windowsUnknown > 0 {
            let reason = sources.lastReason.map { " The newest reason: \(VisibleText.escaped($0))." } ?? ""
            notes.append(
                "\(Grouped.digits(sources.windowsUnknown)) stretches of the logs could not be read.\(reason)"
            )
        }
        guard !isLogRead else { return notes }
        let others = sources?.kinds.filter { $0 != kind.text } ?? []
        notes.append(
            "The invocation logs have not been read for callers by \(VisibleText.escaped(kind.text)); they are where "
                + "accounts[].callers.enabled is true in the configuration."
                + (others.isEmpty
                    ? "" : " Known are: \(VisibleText.escaped(others.joined(separator: ", "))).")
        )
        return notes
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

/// An answer as RFC 4180 has it. The columns follow from the query alone; an empty field is not known.
struct UsageCSVWriter: UsageWriter {
    private let query: UsageQuery

    init(_ query: UsageQuery) {
        self.query = query
    }

    mutating func begin(into bytes: inout [UInt8]) {
        var names = ["start"] + query.groupBy.map(\.rawValue)
        names += UsageMetric.counted.map(\.rawValue) + ["quota_tokens", "coverage"]
        for kind in QuotaKind.ofPools {
            names += ["limit", "peak_ratio", "mean_ratio"].map { "\(kind.rawValue)_\($0)" }
        }
        names += ["cache_read_share", "cache_saved_quota_tokens"]
        if query.isByCaller { names += ["share", "log_coverage", "logs_exceed_quota_tokens"] }
        Self.append(names, to: &bytes)
    }

    mutating func row(_ row: UsageRow, into bytes: inout [UInt8]) {
        var fields = [CivilTime.text(row.step.lowerBound.epochSeconds)] + row.group.map(Self.cell)
        fields += UsageMetric.counted.map { Self.number(row.sums[$0]) }
        fields += [Self.number(row.quotaTokens), Self.number(row.coverage)]
        for kind in QuotaKind.ofPools {
            let figures = row.quotas[kind]
            fields += [figures?.limit, figures?.peakRatio, figures?.meanRatio].map(Self.number)
        }
        fields += [row.cacheReadShare, row.cacheSavedQuotaTokens].map(Self.number)
        if query.isByCaller {
            let caller = row.caller
            fields += [caller?.share, caller?.logCoverage, caller?.logsExceedQuotaTokens].map(Self.number)
        }
        Self.append(fields, to: &bytes)
    }

    mutating func end(_ outcome: UsageOutcome, into bytes: inout [UInt8]) {}

    static func append(_ fields: [String], to bytes: inout [UInt8]) {
        bytes += (fields.joined(separator: ",") + "\r\n").utf8
    }

    static func number(_ value: Double?) -> String { value.flatMap(PlainNumber.text) ?? "" }

    /// Section 2, rules 6 and 7. Scalar by scalar: a quote before a combining mark is one character with it.
    static func cell(_ text: String) -> String {
        let shown = (beginsFormula(text) ? "'" : "") + VisibleText.escaped(text)
        guard shown.unicodeScalars.contains(where: { $0 == "\"" || $0 == "," }) else { return shown }
        var quoted = "\""
        for scalar in shown.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// What a spreadsheet would compute; an apostrophe makes it text again.
    private static func beginsFormula(_ text: String) -> Bool {
        switch text.unicodeScalars.first {
        case "="?, "+"?, "-"?, "@"?, "\t"?, "\r"?: true
        case _: false
        }
    }
}

/// An answer as one JSON document, a line for each row; what is not known is `null`.
struct UsageJSONWriter: UsageWriter {
    private let query: UsageQuery
    /// Nil where the answer does not tell of them.
    private let callers: CallerSources?
    private var isFirst = true

    init(_ query: UsageQuery, callers: CallerSources? = nil) {
        self.query = query
        self.callers = callers
    }

    mutating func begin(into bytes: inout [UInt8]) {
        let start = CivilTime.text(query.range.lowerBound.epochSeconds)
        let end = CivilTime.text(query.range.upperBound.epochSeconds)
        let step = (query.stepMinutes ?? query.range.count) * 60
        bytes += "{\"start\":\"\(start)\",\"end\":\"\(end)\",\"step_seconds\":\(step),".utf8
        if query.isByCaller { bytes += "\"caller_kind\":\(VisibleText.json(query.callerKind.text)),".utf8 }
        if let callers {
            let kinds = callers.kinds.map(VisibleText.json).joined(separator: ",")
            let reason = callers.lastReason.map(VisibleText.json) ?? "null"
            bytes += "\"kinds\":[\(kinds)],\"logs\":{\"windows_read\":\(callers.windowsRead),".utf8
            bytes += "\"windows_unknown\":\(callers.windowsUnknown),\"last_reason\":\(reason)},".utf8
        }
        bytes += "\"rows\":[".utf8
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
        Self.append("cache_read_share", row.cacheReadShare, to: &bytes)
        Self.append("cache_saved_quota_tokens", row.cacheSavedQuotaTokens, to: &bytes)
        Self.append("coverage", row.coverage, to: &bytes)
        if let caller = row.caller {
            Self.append("share", caller.share, to: &bytes)
            Self.append("log_coverage", caller.logCoverage, to: &bytes)
            Self.append("logs_exceed_quota_tokens", caller.logsExceedQuotaTokens, to: &bytes)
        }
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
