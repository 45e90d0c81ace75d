import QuotaModel
import SQLite

/// What no version of this program would have written: rows of a damaged page that can be read all the same.
struct RowChecks {
    private let table: SalvagedTable
    /// Nothing was written for a time after this one, in Unix seconds.
    private let latest: Int
    /// Of each column, what a time is a multiple of in seconds; nil for one that is no time.
    private let steps: [Int?]
    /// Of each column: declared INTEGER, and no figure of CloudWatch, which may be a fraction.
    private let isWhole: [Bool]
    private let places: [String: Int]
    private let metricPlaces: [Int]

    /// A clock may have been ahead, and cursors stand on the next minute.
    private static let clockToleranceSeconds = 2 * 86_400
    static let largestID = 1 << 40
    /// Tables without empty texts.
    private static let fullyWritten: Set = [
        "series", "pools", "totals", "quota_token_totals", "discovered_metrics", "quota_values",
        "burndown_rates", "inventory",
    ]

    init(_ table: SalvagedTable, now: Int) {
        self.table = table
        latest = Self.latestTime(now: now)
        steps = table.columns.map { Self.step(of: $0.name, in: table.name) }
        isWhole = table.columns.map { $0.type == "INTEGER" && UsageMetric(rawValue: $0.name) == nil }
        places = Dictionary(
            table.columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        metricPlaces = UsageMetric.allCases.compactMap { [places] in places[$0.rawValue] }
    }

    /// The latest time that is believed, Unix seconds.
    static func latestTime(now: Int) -> Int { now + clockToleranceSeconds }

    /// The row's values as declared.
    func accepts(_ values: [SQLValue]) -> Bool {
        for (place, value) in values.enumerated() where !accepts(value, at: place) { return false }
        return isConsistent(values)
    }

    // MARK: One value

    private func accepts(_ value: SQLValue, at place: Int) -> Bool {
        let column = table.columns[place]
        switch value {
        case .null: return column.keyPlace == 0
        case .text(let text): return column.type == "TEXT" && accepts(text, column.name)
        case .integer(let integer):
            guard column.type != "TEXT" else { return false }
            guard let step = steps[place] else { return accepts(integer, column.name) }
            return (0...latest).contains(integer) && integer % step == 0
        case .real(let real):
            guard column.type != "TEXT", steps[place] == nil, !isWhole[place] else { return false }
            return accepts(real, column.name)
        }
    }

    private func accepts(_ text: String, _ column: String) -> Bool {
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return false }
        // Elsewhere, as in alerts, a part that does not apply is empty.
        if text.isEmpty { return !Self.fullyWritten.contains(table.name) }
        switch (table.name, column) {
        case (_, "scope"): return InferenceScope(rawValue: text) != nil
        case (_, "quota"): return QuotaKind(rawValue: text) != nil
        case ("quota_values", "source"): return LimitSource(rawValue: text) != nil
        case ("burndown_rates", "source"): return BurndownSource(rawValue: text) != nil
        case ("totals", "metric"): return UsageTotals.metrics.contains { $0.rawValue == text }
        case ("caller_windows", "state"): return CallerWindowTable.State(rawValue: text) != nil
        case ("throttle_episodes", "cause"): return ThrottleCause(rawValue: text) != nil
        case ("series", "model_id"): return SeriesTable.accepts(text)
        case (_, _): return true
        }
    }

    private func accepts(_ integer: Int, _ column: String) -> Bool {
        switch column {
        case "sum": true
        case "owner": integer != 0 && integer.magnitude < Self.largestID
        case "series_id", "pool_id", "id", "transition_id": (1..<Self.largestID).contains(integer)
        case "counted", "resent", "settled": integer == 0 || integer == 1
        case _: integer >= 0 && (metricPlaces.isEmpty || Double(integer) <= StoreLimits.largestCount)
        }
    }

    private func accepts(_ real: Double, _ column: String) -> Bool {
        switch UsageMetric(rawValue: column)?.statistic {
        case .sum: (0...StoreLimits.largestCount).contains(real)
        case .average: real >= 0
        case nil: real >= 0 || column == "sum"
        }
    }

    private static func step(of column: String, in table: String) -> Int? {
        switch (table, column) {
        case ("series_days", "start"), ("pool_days", "start"): 86_400
        case ("series_hours", "start"), ("pool_hours", "start"), ("hour_periods", "start"),
            ("hour_coverage", "start"), ("hour_coverage", "end"), ("stale_rollups", "start"),
            ("stale_rollups", "end"):
            3_600
        case ("five_minute_periods", "start"), ("five_minute_coverage", "start"),
            ("five_minute_coverage", "end"):
            300
        case (_, "minute"), (_, "start"), (_, "end"), (_, "next"), (_, "retained_from"),
            (_, "first_covered"), (_, "first_known"), (_, "last_known_minute"):
            60
        case (_, let name) where name.hasSuffix("peak_minute") || name.hasSuffix("peak_ratio_minute"): 60
        case (_, "first_seen"), (_, "last_seen"), (_, "seen_from"), (_, "seen_at"), (_, "fetched_at"),
            (_, "noted_at"), (_, "judged_at"):
            1
        case (_, _): nil
        }
    }

    // MARK: A row

    private func isConsistent(_ row: [SQLValue]) -> Bool {
        switch table.name {
        case "minutes", "five_minute_periods", "hour_periods":
            metricPlaces.contains { !row[$0].isNull }
        case "coverage", "five_minute_coverage", "hour_coverage", "stale_rollups",
            "remote_write_revisions", "caller_windows", "throttle_episodes":
            number("start", row) < number("end", row)
        case "remote_write_cursors": number("start", row) <= number("next", row)
        case "totals", "quota_token_totals": number("sum", row) <= number("exposed", row)
        case "series": isNull("scope", row) == isNull("model", row)
        case "series_hours", "pool_hours": fits(row, minutes: 60)
        case "series_days", "pool_days": fits(row, minutes: 1_440)
        case _: true
        }
    }

    /// A rollup counts no more minutes than there are, and its peaks lie in its time.
    private func fits(_ row: [SQLValue], minutes: Int) -> Bool {
        let start = number("start", row)
        let span = start..<(start + Double(minutes * 60))
        for (column, value) in zip(table.columns, row) where !value.isNull {
            if column.name.hasSuffix("_minute"), !span.contains(value.number) { return false }
            let isCount = column.name.hasSuffix("_minutes") || column.name.contains("_above_")
            if isCount, value.number > Double(minutes) { return false }
        }
        return ["tpm_peak", "tpm_peak_ratio", "rpm_peak", "rpm_peak_ratio"].allSatisfy {
            isNull($0, row) == isNull($0 + "_minute", row)
        }
    }

    private func isNull(_ column: String, _ row: [SQLValue]) -> Bool {
        places[column].map { row[$0].isNull } ?? true
    }

    private func number(_ column: String, _ row: [SQLValue]) -> Double {
        places[column].map { row[$0].number } ?? 0
    }
}

extension SQLValue {
    var isNull: Bool {
        switch self {
        case .null: true
        case .integer, .real, .text: false
        }
    }

    /// 0 for what is no number.
    fileprivate var number: Double {
        switch self {
        case .integer(let integer): Double(integer)
        case .real(let real): real
        case .text, .null: 0
        }
    }
}
