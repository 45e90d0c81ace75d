import QuotaModel
import System
import UsageStore

/// An answer as RFC 4180 has it. The columns follow from the query alone; an empty field is not known.
struct UsageCSVWriter: UsageWriter {
    private let query: UsageQuery

    init(_ query: UsageQuery) {
        self.query = query
    }

    mutating func begin(into bytes: inout [UInt8]) {
        var names = ["start"] + query.groupBy.map(\.rawValue)
        names += UsageMetric.counted.map(\.rawValue) + ["quota_tokens", "coverage"]
        for kind in QuotaKind.allCases {
            names += ["limit", "peak_ratio", "mean_ratio"].map { "\(kind.rawValue)_\($0)" }
        }
        Self.append(names, to: &bytes)
    }

    mutating func row(_ row: UsageRow, into bytes: inout [UInt8]) {
        var fields = [CivilTime.text(row.step.lowerBound.epochSeconds)] + row.group.map(Self.cell)
        fields += UsageMetric.counted.map { Self.number(row.sums[$0]) }
        fields += [Self.number(row.quotaTokens), Self.number(row.coverage)]
        for kind in QuotaKind.allCases {
            let figures = row.quotas[kind]
            fields += [figures?.limit, figures?.peakRatio, figures?.meanRatio].map(Self.number)
        }
        Self.append(fields, to: &bytes)
    }

    mutating func end(_ outcome: UsageOutcome, into bytes: inout [UInt8]) {}

    private static func append(_ fields: [String], to bytes: inout [UInt8]) {
        bytes += (fields.joined(separator: ",") + "\r\n").utf8
    }

    private static func number(_ value: Double?) -> String { value.flatMap(PlainNumber.text) ?? "" }

    /// Section 2, rules 6 and 7. Scalar by scalar: a quote before a combining mark is one character with it.
    private static func cell(_ text: String) -> String {
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
