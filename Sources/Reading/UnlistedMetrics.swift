import AWSClient
import QuotaModel
import SQLite
import UsageStore

/// Metrics that a model ID may have although `ListMetrics` does not show them yet, which it does up to 15 minutes late:
/// those that decide a quota or an alert are looked for meanwhile.
///
/// One account-wide series for each name tells whether any model ID has it; where the account has more than the model
/// IDs that list the metric, the others are asked. Where there is no such series, or only one model ID to ask for, model IDs
/// are asked in turn. Each name is looked for at every second poll. Pure: what was answered is handed in.
package struct UnlistedMetrics {
    /// A series that is asked for without being listed.
    package enum Ask: Hashable, Comparable {
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
    private static let forgottenAfterPolls = 1000

    /// Names whose account-wide series was empty while a model ID had data: there is none.
    package private(set) var withoutAccountSeries: Set<String> = []
    private var polls = 0
    private var lastAsked: [Ask: Int] = [:]
    private var pauses: [String: (until: Int, length: Int)] = [:]

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
    ///   - isSparing: Whether reading is adaptive: then as few model IDs as possible are asked, and only where the account
    ///     has no such series.
    package mutating func asks(
        listed: [String: Set<String>], busy: Set<String>, ofAccount: Set<String>, isSparing: Bool = false
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
                if !isSparing, !ofAccount.contains(name) { spare += lacking.map { .modelID($0, name) } }
            }
        }
        // Not for all of them at each poll where nothing is to be asked for.
        let usual =
            isSparing || needed.isEmpty && spare.isEmpty ? 0 : MetricQueries.costs(listed).values.reduce(0, +)
        let room = Int(Double(usual) * Self.largestShare) - asks.count
        let turn = inTurn(needed, atMost: max(room, Self.leastAsks))
        asks += turn
        asks += inTurn(spare, atMost: room - turn.count)
        if polls % Self.forgottenAfterPolls == 0 {
            lastAsked = lastAsked.filter { polls - $0.value < Self.forgottenAfterPolls }
        }
        for ask in asks { lastAsked[ask] = polls }
        return asks
    }

    /// Those first that were asked for longest ago.
    private func inTurn(_ asks: [Ask], atMost count: Int) -> [Ask] {
        guard count > 0 else { return [] }
        var turn: [Ask] = []
        let byPoll = Dictionary(grouping: asks) { lastAsked[$0] ?? 0 }
        for (_, asks) in byPoll.sorted(by: { $0.key < $1.key }) where turn.count < count {
            turn += asks.sorted().prefix(count - turn.count)
        }
        return turn
    }

    /// What the model IDs that list the name had of it, added up: those that have another spelling of the metric say
    /// nothing of this one.
    package static func known(
        _ name: String, of recent: RecentCounts, names: [String: Set<String>]
    ) -> (Minute) -> Double {
        guard let metric = UsageMetric(cloudWatchName: name) else { return { _ in 0 } }
        let listing = recent.modelIDs.filter { names[$0]?.contains(name) == true }
        return { minute in listing.reduce(0) { $0 + recent[$1, minute][metric] } }
    }

    /// Sets the account-wide series of a name against what the model IDs have that list it.
    ///
    /// - Parameters:
    ///   - account: What the account had; nothing for the minutes without a datapoint.
    ///   - known: As of `known(_:of:names:)`.
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

/// What was asked for of unlisted metrics before a Region is read, and what came.
package struct UnlistedAnswer {
    package let window: Range<Minute>
    /// By CloudWatch's name; a name that was not answered is missing.
    package private(set) var account: [String: [Minute: Double]] = [:]
    /// Model IDs with data, and the names.
    package private(set) var found: [String: Set<String>] = [:]

    package init(window: Range<Minute>) {
        self.window = window
    }

    fileprivate mutating func take(_ series: MetricSeries, of ask: UnlistedMetrics.Ask) {
        switch ask {
        case .account(let name):
            var minutes: [Minute: Double] = [:]
            for point in series.points where point.value > 0 {
                minutes[Minute(containingEpochSeconds: point.epochSeconds)] = point.value
            }
            account[name] = minutes
        case .modelID(let modelID, let name):
            guard series.points.contains(where: { $0.value > 0 }) else { return }
            found[modelID, default: []].insert(name)
        }
    }
}

extension UnlistedMetrics.Ask {
    fileprivate func query(id: String) -> MetricQuery {
        let (name, modelID): (String, String?) =
            switch self {
            case .account(let name): (name, nil)
            case .modelID(let modelID, let name): (name, modelID)
            }
        return MetricQuery(
            id: id, namespace: UsageSource.runtime.namespace, metricName: name,
            dimensions: modelID.map { [MetricDimension(name: UsageSource.runtime.dimensions[0], value: $0)] }
                ?? [],
            statistic: UsageMetric.Statistic.sum.rawValue)
    }
}

/// Looks for metrics that are new to a model ID before CloudWatch lists them.
///
/// Of one actor, on which all of it runs.
package final class UnlistedSearch {
    private var metrics = UnlistedMetrics()

    package init() {}

    /// Asks before the model IDs are read: what CloudWatch adds in between can then only make their figures the larger ones.
    ///
    /// - Parameters:
    ///   - modelIDs: Of bedrock-runtime.
    ///   - isSparing: As of `UnlistedMetrics.asks`.
    package nonisolated(nonsending) func ask(
        _ modelIDs: [String], _ reader: RegionReader, isSparing: Bool, _ outcome: inout ReadOutcome
    ) async -> UnlistedAnswer {
        let live = reader.plan.liveWindow(now: reader.now, delivered: reader.delivery.lateSince)
        var answer = UnlistedAnswer(window: live)
        let since = live.upperBound.advanced(by: -UnlistedMetrics.busyMinutes)
        let busy = modelIDs.filter { reader.reads.lastTraffic[$0].map { $0 >= since } ?? false }
        let discovered = reader.discovery.known
        var listed: [String: Set<String>] = [:]
        let refused = Self.refused(reader)
        for modelID in modelIDs where !refused.contains(modelID) {
            listed[modelID] = discovered.names[modelID] ?? []
        }
        let asks = metrics.asks(
            listed: listed, busy: Set(busy), ofAccount: discovered.accountSeries.names, isSparing: isSparing)
        outcome.add(await ask(asks, reader, &answer))
        return answer
    }

    /// After the model IDs have been read: where the account had more, asks those that do not list the metric, and reads
    /// a day of whatever has come to light.
    package nonisolated(nonsending) func read(
        _ asked: UnlistedAnswer, _ modelIDs: [String], _ reader: RegionReader
    ) async -> ReadOutcome {
        var answer = asked
        var outcome = ReadOutcome()
        for (name, account) in asked.account.sorted(by: { $0.key < $1.key }) {
            guard isMore(name, account, in: answer.window, reader) else { continue }
            let refused = Self.refused(reader)
            let lacking = modelIDs.filter {
                reader.discovery.known.names[$0]?.contains(name) != true && !refused.contains($0)
            }
            let before = answer.found
            outcome.add(await ask(lacking.map { .modelID($0, name) }, reader, &answer))
            metrics.note(name, found: answer.found != before)
        }
        guard !answer.found.isEmpty, !outcome.isOver else { return outcome }
        do throws(StoreError) {
            try await remember(answer.found, reader)
        } catch {
            outcome.end(error)
            return outcome
        }
        let day = PollPlan.Read(
            window: reader.dayWindow, modelIDs: answer.found.keys.sorted(), isReread: true)
        let result = await reader.perform(day)
        // What could not be read is read when CloudWatch lists it.
        outcome.addAside(result)
        return outcome
    }

    /// Model IDs with a query that is left out: a call is refused as a whole for the sake of one.
    private static func refused(_ reader: RegionReader) -> Set<String> {
        Set(reader.calls.leftOut.map(\.modelID))
    }

    private func isMore(
        _ name: String, _ account: [Minute: Double], in window: Range<Minute>, _ reader: RegionReader
    ) -> Bool {
        reader.delivery.take(account.keys)
        let recent = reader.reads.recent
        return metrics.isMore(
            name, account: account,
            known: UnlistedMetrics.known(name, of: recent, names: reader.discovery.known.names),
            in: window.clamped(to: recent.window), settledEdge: reader.settledEdge)
    }

    private nonisolated(nonsending) func remember(
        _ found: [String: Set<String>], _ reader: RegionReader
    ) async throws(StoreError) {
        reader.discovery.known.add(found)
        let (key, services) = (reader.key, reader.services)
        try await services.store.rememberSeries(
            account: key.account, region: key.region, found, at: Int(reader.now))
        services.log.info(
            "Metrics found that CloudWatch does not list yet",
            [
                "account": key.account, "region": key.region,
                "metrics": found.sorted { $0.key < $1.key }.map {
                    "\($0.key): \($0.value.sorted().joined(separator: ","))"
                }.joined(separator: "; "),
            ])
    }

    /// What cannot be answered stays unknown: the next turn asks again, and the transport has counted the failure.
    private nonisolated(nonsending) func ask(
        _ asks: [UnlistedMetrics.Ask], _ reader: RegionReader, _ answer: inout UnlistedAnswer
    ) async -> ReadOutcome {
        var outcome = ReadOutcome()
        let parts = stride(from: 0, to: asks.count, by: PollPlan.queriesPerRequest).map { start in
            asks[start..<min(start + PollPlan.queriesPerRequest, asks.count)]
        }
        let requests = parts.map { part in
            (part.enumerated().map { $0.element.query(id: "u\($0.offset)") }, answer.window)
        }
        var calls = ReadOutcome()
        let answers = await reader.calls.ask(requests, &calls)
        outcome.addAside(calls)
        for (part, series) in zip(parts, answers.map { $0?.series }) {
            guard let series else { continue }
            for (offset, ask) in part.enumerated() {
                guard let series = series["u\(offset)"], series.status == .complete else { continue }
                answer.take(series, of: ask)
            }
        }
        return outcome
    }
}
