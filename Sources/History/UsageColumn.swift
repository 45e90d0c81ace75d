import QuotaModel
import System
import UsageStore

/// A column of the table for terminals: what it shows, and how soon it gives way on a narrow one.
struct UsageColumn: Sendable {
    let title: String
    let isNumber: Bool
    /// 0 stays; the others come by it as long as there is room.
    let rank: Int
    /// Names may be shortened in the middle.
    let isName: Bool
    /// Only shown at the first row of a step.
    let isTime: Bool
    let text: @Sendable (UsageRow) -> String

    private init(
        _ title: String, rank: Int, isNumber: Bool = true, isName: Bool = false, isTime: Bool = false,
        _ text: @escaping @Sendable (UsageRow) -> String
    ) {
        self.title = title
        self.isNumber = isNumber
        self.rank = rank
        self.isName = isName
        self.isTime = isTime
        self.text = text
    }

    /// - Parameters:
    ///   - groups: Dimensions to show and where their values stand in a row's group.
    ///   - daysOnly: Steps begin at midnight, so the time of day says nothing.
    ///   - callers: What callers are told apart by; nil in a query that does not group by them.
    static func columns(
        _ groups: [(Int, UsageQuery.Dimension)], daysOnly: Bool, callers: CallerKind?
    ) -> [UsageColumn] {
        let time = UsageColumn("Time (UTC)", rank: 0, isNumber: false, isTime: true) { row in
            let start = row.step.lowerBound.epochSeconds
            return daysOnly ? CivilTime.date(start) : "\(CivilTime.date(start)) \(CivilTime.time(start))"
        }
        let names = groups.map { index, dimension in
            UsageColumn(words(dimension), rank: 0, isNumber: false, isName: true) { row in
                row.group[index].isEmpty ? "no quota" : VisibleText.escaped(row.group[index])
            }
        }
        return [time] + names + (callers.map(figures) ?? figures)
    }

    /// A dimension for people.
    static func words(_ dimension: UsageQuery.Dimension) -> String {
        switch dimension {
        case .account: "Account"
        case .region: "Region"
        case .scope: "Scope"
        case .model: "Model"
        case .modelID: "Model ID"
        case .profileName: "Profile"
        case .caller: "Caller"
        }
    }

    /// Of callers, which have a share of their pool in place of ratios of its quotas.
    private static func figures(_ kind: CallerKind) -> [UsageColumn] {
        let share = [
            UsageColumn("Share", rank: 0) { $0.caller?.share.map(percent) ?? "unknown" },
            UsageColumn("", rank: 3, isNumber: false) { UsageBar.text($0.caller?.share) },
        ]
        // Of the step as a whole: said once, beside what was not read.
        let logs = UsageColumn("Logs read", rank: 4) { row in
            guard row.group.contains(CallerRow.notRead) else { return "" }
            return row.caller?.logCoverage.map { percent(min($0, 0.999)) } ?? "unknown"
        }
        let used = figures.filter { callerTitles.contains($0.title) }
        let coverage = figures.filter { $0.title == "Coverage" }
        return share + used + (kind.needsLogs ? [logs] : coverage)
    }

    private static let callerTitles = [
        "Requests", "Input", "Output", "Cache write", "Cache read", "Quota tokens",
    ]

    private static let figures: [UsageColumn] = [
        UsageColumn("Requests", rank: 4) { count($0.sums[.invocations]) },
        UsageColumn("Throttled", rank: 5) { count($0.sums[.throttles]) },
        UsageColumn("Errors", rank: 8) { row in
            // bedrock-mantle has no metric of its own errors.
            count(row.sums[.clientErrors].map { $0 + (row.sums[.serverErrors] ?? 0) })
        },
        UsageColumn("Input", rank: 9) { count($0.sums[.inputTokens]) },
        UsageColumn("Output", rank: 10) { count($0.sums[.outputTokens]) },
        UsageColumn("Cache write", rank: 11) { count($0.sums[.cacheWriteInputTokens]) },
        UsageColumn("Cache read", rank: 12) { count($0.sums[.cacheReadInputTokens]) },
        UsageColumn("From cache", rank: 13) { $0.cacheReadShare.map(percent) ?? "unknown" },
        UsageColumn("Saved by cache", rank: 14) { count($0.cacheSavedQuotaTokens) },
        UsageColumn("Quota tokens", rank: 2) { row in
            // Weights and limits are the pool's; a model ID without one has no quota tokens.
            row.quotaTokens == nil && !row.sums.isEmpty && row.quotas.isEmpty ? "-" : count(row.quotaTokens)
        },
        UsageColumn("TPM limit", rank: 9) { row in
            tokensPerMinute(row).map { count($0.limit) } ?? "-"
        },
        UsageColumn("TPM peak", rank: 0) { ratio(tokensPerMinute($0), \.peakRatio) },
        UsageColumn("", rank: 7, isNumber: false) { UsageBar.text(tokensPerMinute($0)?.peakRatio) },
        UsageColumn("TPM mean", rank: 8) { ratio(tokensPerMinute($0), \.meanRatio) },
        UsageColumn("RPM peak", rank: 3) { ratio($0.quotas[.requestsPerMinute], \.peakRatio) },
        UsageColumn("TPD peak", rank: 6) { ratio($0.quotas[.tokensPerDay], \.peakRatio) },
        UsageColumn("Coverage", rank: 0) { row in
            guard let coverage = row.coverage else { return "unknown" }
            // Rounding must not make a gap vanish.
            return coverage >= 1 ? "" : percent(min(coverage, 0.999))
        },
    ]

    /// Where input and output count apart, the one that came nearer to its limit.
    private static func tokensPerMinute(_ row: UsageRow) -> UsageRow.QuotaFigures? {
        let apart = [row.quotas[.inputTokensPerMinute], row.quotas[.outputTokensPerMinute]].compactMap { $0 }
        return row.quotas[.tokensPerMinute]
            ?? apart.max { ($0.peakRatio ?? -1) < ($1.peakRatio ?? -1) }
    }

    private static func count(_ value: Double?) -> String { value.map(Grouped.digits) ?? "unknown" }

    /// `-` where the pool has no such quota.
    private static func ratio(
        _ figures: UsageRow.QuotaFigures?, _ value: KeyPath<UsageRow.QuotaFigures, Double?>
    ) -> String {
        guard let figures else { return "-" }
        if let ratio = figures[keyPath: value] { return percent(ratio) }
        return figures.limit == 0 ? "limit 0" : "unknown"
    }

    /// One digit after the point.
    static func percent(_ ratio: Double) -> String {
        guard ratio.magnitude < 1e6 else { return "> 99999 %" }
        let tenths = Int((ratio * 1000).rounded())
        return "\(Grouped.digits(tenths / 10)).\(tenths % 10) %"
    }
}

/// A bar of ten characters for 0 to 100 %, in eighths of a character.
enum UsageBar {
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    static let characters = 10

    static func text(_ ratio: Double?) -> String {
        guard let ratio, ratio > 0 else { return "" }
        if ratio > 1 { return String(repeating: "█", count: characters - 1) + "▶" }
        let eighth = max(1, Int((ratio * Double(characters * 8)).rounded()))
        return String(repeating: "█", count: eighth / 8) + eighths[eighth % 8]
    }
}
