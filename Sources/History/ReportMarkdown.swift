import QuotaModel
import System

/// The report for people, and for the text of a quota request.
package enum ReportMarkdown {
    /// The whole report.
    package static func text(
        _ figures: [PoolFigures], batch: [BatchFigures] = [], range: Range<Minute>, headroom: Double
    ) -> String {
        let start = JSONDocument.time(Double(range.lowerBound.epochSeconds))
        let end = JSONDocument.time(Double(range.upperBound.epochSeconds))
        var lines = ["# Use of Amazon Bedrock quotas", "", "From \(start) to \(end)."]
        lines.append(
            "Needed quotas leave peaks at \(percent(headroom)). Reservations by `max_tokens` cannot be seen, so throttling"
                + " may begin below 100 %. Nothing is foretold further ahead than the history is long.")
        if figures.isEmpty { lines += ["", "No quota pool has usage in this time."] }
        for pool in figures { lines += [""] + section(pool, from: range.lowerBound, headroom: headroom) }
        lines += BatchFigures.markdown(batch)
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
        lines.append(
            "- Input read from the prompt cache: \(figures.cacheReadShare.map(percent) ?? "unknown");"
                + " quota tokens kept off the pool by it: \(number(figures.cacheSavedQuotaTokens))")
        if let rate = figures.rate {
            lines.append(
                rate.source == .none
                    ? "- Input and output tokens count apart, unweighted"
                    : "- An output token counts \(PlainNumber.shown(rate.value)) times (\(rate.source.rawValue))"
            )
        }
        var coverage = "- Coverage of the time"
        if let known = figures.knownFrom, known > start {
            let time = JSONDocument.time(Double(known.epochSeconds))
            coverage += " since \(time), before which nothing is known"
        }
        lines.append("\(coverage): \(figures.coverage.map(percent) ?? "unknown")")
        if figures.quotas.isEmpty { lines.append("- No quota is known for this pool.") }
        let questionnaire = QuotaQuestionnaire(figures)
        lines += [""] + asked(questionnaire, isWeighed: pool.scope.isWeighed)
        for reported in figures.quotas {
            lines += [""] + quota(QuotaReport(reported, in: figures, headroom: headroom), pool, questionnaire)
        }
        return lines
    }

    /// What AWS Support asks, with its answers.
    private static func asked(_ questionnaire: QuotaQuestionnaire, isWeighed: Bool) -> [String] {
        var lines = ["### What AWS asks with a request", "", "| Question | Answer |", "|---|---|"]
        lines += questionnaire.answers.map { "| \($0.question) | \($0.answer) |" }
        lines += [
            "",
            "Steady state is the median of the minutes with traffic, peak the highest minute, both as measured."
                + (isWeighed ? " TPM are tokens as the quota counts them." : ""),
        ]
        if let warning = questionnaire.warning { lines += ["", "**\(warning)**"] }
        return lines
    }

    private static func quota(
        _ report: QuotaReport, _ pool: QuotaPool, _ questionnaire: QuotaQuestionnaire
    ) -> [String] {
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
        row("80 % reached", reach(report.reaches80, report))
        row("100 % reached", reach(report.reaches100, report))
        row(neededName(report.need), needed(report.need))
        if let command = report.requestCommand(for: pool) {
            lines += ["", enough(report), "", "```", command, "```"]
            if let url = report.consoleURL(for: pool) { lines += ["", "Or in the console: <\(url)>"] }
        }
        if let request = report.supportRequest(for: pool, questionnaire) {
            lines += [
                "", enough(report), "", "Service Quotas does not process it; AWS Support's form asks for:",
            ]
            lines += ["", "```", request, "```"]
        }
        return lines
    }

    private static func neededName(_ need: QuotaReport.Need?) -> String {
        need?.untilText.map { "Needed until \($0)" } ?? "Needed for the peaks so far"
    }

    private static func needed(_ need: QuotaReport.Need?) -> String {
        guard let need, need.throughDay != nil else { return number(need?.high) }
        return
            "\(number(need.low)) (even odds) to \(number(need.high)) (\(percent(Forecast.confidence)) confidence)"
    }

    /// What the command below asks for, and up to when.
    private static func enough(_ report: QuotaReport) -> String {
        guard let until = report.need?.untilText else {
            return "To ask for what the peaks so far need with headroom; what comes is not foretold from"
                + " \(report.trendDays) whole days:"
        }
        return
            "To ask for what peaks need with headroom until \(until), with \(percent(Forecast.confidence)) confidence:"
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
        guard let growth = report.growth else {
            return "unknown: \(report.trendDays) whole days, \(Forecast.minimumDays) are needed"
        }
        return GrowthText.text(growth, days: report.trendDays)
    }

    private static func reach(_ reach: QuotaReport.Reach, _ report: QuotaReport) -> String {
        switch reach {
        case .already, .day: reach.text ?? ""
        case .notForeseen:
            report.growth?.isGrowing == true
                ? "not within \(report.trendDays) days at the least growth"
                : "not foreseen: peaks do not surely grow"
        case .unknown: "unknown"
        }
    }

    private static func number(_ value: Double?) -> String { value.map(Grouped.digits) ?? "unknown" }

    private static func percent(_ value: Double) -> String {
        "\(PlainNumber.shown((value * 1000).rounded() / 10)) %"
    }
}
