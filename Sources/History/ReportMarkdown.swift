import QuotaModel
import System

/// The report for people, and for the text of a quota request.
package enum ReportMarkdown {
    /// The whole report.
    package static func text(_ figures: [PoolFigures], range: Range<Minute>, headroom: Double) -> String {
        let start = JSONDocument.time(Double(range.lowerBound.epochSeconds))
        let end = JSONDocument.time(Double(range.upperBound.epochSeconds))
        var lines = ["# Use of Amazon Bedrock quotas", "", "From \(start) to \(end)."]
        lines.append(
            "Needed quotas leave peaks at \(percent(headroom)). Reservations by `max_tokens` cannot be seen, so throttling"
                + " may begin below 100 %.")
        if figures.isEmpty { lines += ["", "No quota pool has usage in this time."] }
        for pool in figures { lines += [""] + section(pool, from: range.lowerBound, headroom: headroom) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func section(_ figures: PoolFigures, from start: Minute, headroom: Double) -> [String] {
        let pool = figures.pool
        var lines = ["## \(pool.model), \(pool.scope.rawValue), \(pool.region), account \(pool.account)", ""]
        lines.append(
            "- Requests: \(number(figures.sums[.invocations])); throttled: \(number(figures.sums[.throttles]))"
        )
        lines.append(
            "- Tokens per request: \(number(figures.perRequest(.inputTokens))) input,"
                + " \(number(figures.perRequest(.outputTokens))) output,"
                + " \(number(figures.perRequest(.cacheWriteInputTokens))) cache write")
        if let rate = figures.rate {
            lines.append(
                "- An output token counts \(PlainNumber.shown(rate.value)) times (\(rate.source.rawValue))")
        }
        var coverage = "- Coverage of the time"
        if let known = figures.knownFrom, known > start {
            let time = JSONDocument.time(Double(known.epochSeconds))
            coverage += " since \(time), before which nothing is known"
        }
        lines.append("\(coverage): \(figures.coverage.map(percent) ?? "unknown")")
        if figures.quotas.isEmpty { lines.append("- No quota is known for this pool.") }
        for reported in figures.quotas {
            lines += [""] + quota(QuotaReport(reported, in: figures, headroom: headroom), pool)
        }
        return lines
    }

    private static func quota(_ report: QuotaReport, _ pool: QuotaPool) -> [String] {
        let code = report.quota.code.map { ", \($0)" } ?? ""
        var lines = [
            "### \(report.quota.kind.rawValue): \(number(report.quota.limit)) (\(report.quota.source.rawValue)\(code))",
            "",
            "| Figure | Value |", "|---|---|",
        ]
        func row(_ name: String, _ value: String) { lines.append("| \(name) | \(value) |") }
        if report.quota.kind != .tokensPerDay {
            row("Steady use, median of busy minutes", number(report.steadyMedian))
            row("Steady use, 95th percentile", number(report.steady95))
            row("Minutes above 70 / 80 / 100 %", shares(report))
        }
        row("Peak", peak(report))
        row("Growth of the daily peak", growth(report))
        row("80 % reached", reach(report.reaches80))
        row("100 % reached", reach(report.reaches100))
        row(
            "Needed in 6 / 12 months",
            "\(number(report.neededIn6Months)) / \(number(report.neededIn12Months))")
        if let command = report.requestCommand(region: pool.region) {
            lines += ["", "```", command, "```"]
        }
        return lines
    }

    private static func shares(_ report: QuotaReport) -> String {
        [report.shareAbove70, report.shareAbove80, report.shareAbove100].map { $0.map(percent) ?? "unknown" }
            .joined(separator: " / ")
    }

    private static func peak(_ report: QuotaReport) -> String {
        guard let peak = report.peak, let minute = report.peakMinute else { return "unknown" }
        let share = report.quota.limit > 0 ? ", \(percent(peak / report.quota.limit))" : ""
        let time = JSONDocument.time(Double(minute.epochSeconds))
        let when = report.quota.kind == .tokensPerDay ? "on \(time.prefix(10))" : "at \(time)"
        return "\(number(peak))\(share), \(when)"
    }

    private static func growth(_ report: QuotaReport) -> String {
        guard let growth = report.growthPerDay else {
            return "unknown: \(report.trendDays) whole days, \(Forecast.minimumDays) are needed"
        }
        return "\(number(growth)) a day over \(report.trendDays) days"
    }

    private static func reach(_ reach: QuotaReport.Reach) -> String {
        switch reach {
        case .already, .day: reach.text ?? ""
        case .never: "not foreseen: peaks do not surely grow"
        case .unknown: "unknown"
        }
    }

    private static func number(_ value: Double?) -> String { value.map(Grouped.digits) ?? "unknown" }

    private static func percent(_ value: Double) -> String {
        "\(PlainNumber.shown((value * 1000).rounded() / 10)) %"
    }
}
