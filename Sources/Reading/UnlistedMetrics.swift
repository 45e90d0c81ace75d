import QuotaModel

/// Metrics that a model ID may have although `ListMetrics` does not show them yet, which it does up to 15 minutes late:
/// those that decide a quota or an alert are looked for meanwhile.
///
/// One account-wide series for each name tells whether any model ID has it; where the account has more than the model
/// IDs that list the metric, the others are asked. Where there is no such series, or only one model ID to ask for, model IDs
/// are asked in turn. Each name is looked for at every second poll. Pure: what was answered is handed in.
package struct UnlistedMetrics {
    /// A series that is asked for without being listed.
    package enum Ask: Hashable {
        case account(String)
        case modelID(String, String)
    }

    /// CloudWatch's names of the metrics that decide, in a fixed order.
    package static let names: [String] = [
        UsageMetric.cacheWriteInputTokens, .throttles, .estimatedQuotaTokens, .clientErrors,
    ].flatMap(\.cloudWatchNames)

    /// Model IDs without traffic for so long are not looked at one by one.
    package static let busyMinutes = 60
    /// Single model IDs are asked in turn, so many a poll at least, and at most for this share of the usual queries.
    private static let leastAsks = 3
    private static let largestShare = 0.1
    /// After looking in vain, as often as polls; doubled up to this.
    private static let longestPausePolls = 16

    /// Names whose account-wide series was empty while a model ID had data: there is none.
    package private(set) var withoutAccountSeries: Set<String> = []
    private var polls = 0
    private var lastAsked: [Ask: Int] = [:]
    private var pauses: [String: (until: Int, length: Int)] = [:]

    package init() {}

    /// What a poll may ask for beside these queries, as a rule.
    package static func mostAsks(beside queries: Int) -> Int {
        max(leastAsks, Int(Double(queries) * largestShare))
    }

    /// What to ask for in this poll.
    ///
    /// - Parameters:
    ///   - listed: CloudWatch's names of each model ID that is asked for anyway.
    ///   - busy: The model IDs with traffic of late.
    ///   - ofAccount: The names that CloudWatch lists without a dimension.
    package mutating func asks(
        listed: [String: Set<String>], busy: Set<String>, ofAccount: Set<String>
    ) -> [Ask] {
        polls += 1
        var asks: [Ask] = []
        var needed: [Ask] = []
        var spare: [Ask] = []
        for (index, name) in Self.names.enumerated() {
            let lacking = busy.filter { listed[$0]?.contains(name) == false }
            guard let first = lacking.first else { continue }
            let isTurn = (index + polls) % 2 == 0
            if lacking.count == 1 {
                if isTurn { asks.append(.modelID(first, name)) }
            } else if withoutAccountSeries.contains(name) {
                needed += lacking.map { .modelID($0, name) }
            } else {
                if isTurn { asks.append(.account(name)) }
                // Whether there is such a series shows only when somebody has the metric.
                if !ofAccount.contains(name) { spare += lacking.map { .modelID($0, name) } }
            }
        }
        let usual = listed.values.reduce(0) { $0 + MetricQueries.count(names: $1) }
        let room = Int(Double(usual) * Self.largestShare) - asks.count
        let turn = inTurn(needed).prefix(max(room, Self.leastAsks))
        asks += turn
        asks += inTurn(spare).prefix(max(0, room - turn.count))
        lastAsked = lastAsked.filter { polls - $0.value < 1000 }
        for ask in asks { lastAsked[ask] = polls }
        return asks
    }

    /// Those first that were asked for longest ago.
    private func inTurn(_ asks: [Ask]) -> [Ask] {
        asks.sorted { (lastAsked[$0] ?? 0, "\($0)") < (lastAsked[$1] ?? 0, "\($1)") }
    }

    /// Sets the account-wide series of a name against what the model IDs have that list it.
    ///
    /// - Parameters:
    ///   - account: What the account had; nothing for the minutes without a datapoint.
    ///   - known: What the model IDs had, all added up.
    ///   - settledEdge: Before it, both are final.
    /// - Returns: Whether some other model ID must have the metric, and it is time to look.
    package mutating func isMore(
        _ name: String, account: [Minute: Double], known: (Minute) -> Double, in window: Range<Minute>,
        settledEdge: Minute
    ) -> Bool {
        // Sums of whole numbers: what goes beyond is no rounding.
        let tolerance = 0.5
        if account.isEmpty, window.contains(where: { $0 < settledEdge && known($0) > tolerance }) {
            withoutAccountSeries.insert(name)
        }
        let isMore = account.contains { minute, value in
            window.contains(minute) && value > known(minute) + tolerance
        }
        guard isMore else { return false }
        return polls >= pauses[name]?.until ?? 0
    }

    /// Notes whether a look at the single model IDs found one.
    package mutating func note(_ name: String, found: Bool) {
        guard !found else {
            pauses[name] = nil
            return
        }
        let length = min((pauses[name]?.length ?? 1) * 2, Self.longestPausePolls)
        pauses[name] = (polls + length, length)
    }
}
