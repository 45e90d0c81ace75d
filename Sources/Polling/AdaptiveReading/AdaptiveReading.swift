import AWSClient
import Alerting
import QuotaModel
import Reading
import UsageStore

/// Reading less often what cannot matter.
///
/// Account-wide series, which CloudWatch has without dimensions, bound what any pool can have used. A pool for which
/// that bound is far below its limits is read at the relaxed interval, all others at every poll. Where the account has no
/// such series, and where its use says too little, single metrics of model IDs are asked for before a whole pool is read.
///
/// Of one actor, on which all of it runs.
final class AdaptiveReading {
    /// The cheapest probes, and then one round for each kind of count that a pool may still have to be asked for: tokens,
    /// requests, throttles, client errors. Another call costs nothing, a whole read several metrics.
    private static let longestProbing = 5
    /// The recent minutes that are held in memory for decisions.
    static let longestRecentMinutes = 180

    private(set) var trust = AccountTrust()
    /// What probes said, which is never stored.
    private var probed = RecentCounts(window: Minute(index: 0)..<Minute(index: 0))

    /// What one poll decides about: all groups, why those of them that are read are read, and what is known for it.
    private struct Decision {
        var groups: [ReadGroup]
        /// By index; a group without a reason waits.
        var reasons: [Int: ReadReason]
        var window = Minute(index: 0)..<Minute(index: 0)
        var ceiling = AccountCeiling(window: Minute(index: 0)..<Minute(index: 0), metrics: [])
        var probed = ProbedCounts()

        /// The model IDs that are read by now.
        var members: [String] { reasons.keys.sorted().flatMap { groups[$0].members } }

        /// Takes the answers to probes without which a group has no bound.
        mutating func take(_ probed: ProbedCounts, expected: [MetricProbe]) {
            self.probed = probed
            let missing = Set(
                expected.filter { probe in
                    UsageMetric(cloudWatchName: probe.name).map { !probed.isExact(probe.modelID, $0) }
                        ?? false
                }.map(\.modelID))
            for index in groups.indices where !missing.isDisjoint(with: groups[index].members) {
                groups[index].isBounded = false
            }
        }
    }

    /// Whether some pools may be left to a later poll.
    func isPossible(_ reader: RegionReader) -> Bool {
        reader.plan.canDefer && reader.discovery.known.accountSeries.isUsable
            && trust.isTrusted(now: reader.now)
    }

    /// Reads what must be read of these series.
    ///
    /// - Parameter rules: What close to a limit means.
    nonisolated(nonsending) func read(
        _ modelIDs: [String], _ reader: RegionReader, _ usage: RegionUsage, _ rules: AlertRules
    ) async -> ReadOutcome {
        let view = AdaptiveView(reader, rules)
        let recent = recentWindow(view, usage, reader)
        reader.hold(recent)
        probed.move(to: recent)
        guard isPossible(reader) else { return await reader.readLive(modelIDs) }
        let known = Set(modelIDs)
        let groups = usage.readGroups(view).filter { known.isSuperset(of: $0.members) }
        guard let fixed = fixedGroups(groups, view, usage, reader) else {
            return await reader.readLive(modelIDs)
        }
        var outcome = ReadOutcome()
        let found = await decision(groups, fixed: fixed, reader, &outcome)
        guard !outcome.isOver else { return outcome }
        if var decision = found {
            outcome.hasAnswer = true
            outcome.add(await read(modelIDs, &decision, reader))
        } else {
            outcome.add(await reader.readLive(modelIDs))
        }
        return outcome
    }

    private func recentWindow(
        _ view: AdaptiveView, _ usage: RegionUsage, _ reader: RegionReader
    ) -> Range<Minute> {
        let watched = usage.pools.map { view.rules($0.pool).watchMinutes }.max() ?? 0
        let minutes = min(
            max(watched, view.standardRules.watchMinutes, reader.plan.deferredMinutes)
                + reader.plan.settleMinutes + 1,
            Self.longestRecentMinutes)
        let end = reader.liveWindow.upperBound
        return end.advanced(by: -minutes)..<end
    }

    // MARK: Deciding

    /// The groups that are read whatever the account had; nil when that is all of them, so that nothing is decided.
    private func fixedGroups(
        _ groups: [ReadGroup], _ view: AdaptiveView, _ usage: RegionUsage, _ reader: RegionReader
    ) -> [Int: ReadReason]? {
        var fixed: [Int: ReadReason] = [:]
        for (index, group) in groups.enumerated() {
            let isDue = group.members.contains {
                reader.plan.isRelaxedReadDue(lastRead: view.reads.lastRead[$0], now: reader.now)
                    || view.reads.through[$0] == nil
            }
            if isDue || usage.missesNewDay(group, view) {
                fixed[index] = .due
            } else if usage.isHot(group, view) {
                fixed[index] = .hot
            }
        }
        let open = groups.indices.filter { fixed[$0] == nil }.reduce(0) { $0 + groups[$1].cost }
        // Where the account-wide series cost as much as what they may spare, they are not asked for.
        return open > reader.discovery.known.accountSeries.names.count ? fixed : nil
    }

    /// Asks whether the whole account had anything, then how much, and single metrics where it has no such series; nil when
    /// that cannot be relied on.
    private nonisolated(nonsending) func decision(
        _ groups: [ReadGroup], fixed: [Int: ReadReason], _ reader: RegionReader, _ outcome: inout ReadOutcome
    ) async -> Decision? {
        let account = reader.discovery.known.accountSeries
        var decision = Decision(groups: groups, reasons: fixed)
        var probes: [MetricProbe] = []
        var start = reader.liveWindow.lowerBound
        for (index, group) in groups.enumerated() where fixed[index] == nil {
            start = min(start, group.unreadFrom)
            for modelID in group.members {
                let missing = account.probes(of: modelID, names: group.names[modelID] ?? [])
                decision.groups[index].isBounded = decision.groups[index].isBounded && missing != nil
                probes += missing ?? []
            }
        }
        decision.window =
            max(start, reader.reads.recent.window.lowerBound)..<reader.liveWindow.upperBound
        let turns = account.byTurns
        let queries = DecidingQueries(turns.first, probes: probes)
        guard let answer = await ask(queries, decision.window, reader, &outcome),
            var ceiling = queries.ceiling(answer, window: decision.window, metrics: account.metrics)
        else { return nil }
        if !ceiling.isSilent {
            guard let rest = await self.ceiling(turns.rest, decision.window, reader, &outcome) else {
                return nil
            }
            ceiling.add(rest)
        }
        decision.ceiling = ceiling
        reader.delivery.take(ceiling.minutes)
        decision.take(queries.probed(answer), expected: probes)
        return decision
    }

    private nonisolated(nonsending) func ceiling(
        _ account: AccountSeries, _ window: Range<Minute>, _ reader: RegionReader,
        _ outcome: inout ReadOutcome
    ) async -> AccountCeiling? {
        let queries = DecidingQueries(account, probes: [])
        return await ask(queries, window, reader, &outcome).flatMap {
            queries.ceiling($0, window: window, metrics: account.metrics)
        }
    }

    /// Nil when the call failed; that is counted, and then everything is read.
    private nonisolated(nonsending) func ask(
        _ queries: DecidingQueries, _ window: Range<Minute>, _ reader: RegionReader,
        _ outcome: inout ReadOutcome
    ) async -> [String: MetricSeries]? {
        var call = ReadOutcome()
        let answer = await reader.calls.ask(queries.queries, in: window, &call)
        outcome.addAside(call)
        guard let answer else { return nil }
        reader.calls.note(answer, in: &call)
        return answer.series
    }

    /// Asks for single metrics until every group is known to be quiet or has to be read.
    private nonisolated(nonsending) func probe(
        _ decision: inout Decision, _ reader: RegionReader, _ outcome: inout ReadOutcome
    ) async {
        probed.take(decision.probed)
        for round in 0..<Self.longestProbing {
            let open = decision.groups.indices.filter { decision.reasons[$0] == nil }
            let choice = ProbeChoice(
                plan: plan(decision, reader), groups: open.map { decision.groups[$0] })
            let probes = round == 0 ? choice.cheapest() : choice.ofAll()
            guard !probes.isEmpty else { return }
            let queries = DecidingQueries(nil, probes: probes)
            guard let answer = await ask(queries, decision.window, reader, &outcome) else { return }
            decision.probed.add(queries.probed(answer))
            probed.take(decision.probed)
        }
    }

    private func plan(_ decision: Decision, _ reader: RegionReader) -> AdaptivePlan {
        AdaptivePlan(
            ceiling: decision.ceiling, recent: reader.reads.recent, probed: decision.probed, earlier: probed)
    }

    // MARK: Reading

    /// Reads what is read anyway, then what may matter by all that is known then.
    private nonisolated(nonsending) func read(
        _ modelIDs: [String], _ decision: inout Decision, _ reader: RegionReader
    ) async -> ReadOutcome {
        let decided = Set(decision.groups.flatMap(\.members))
        let first = modelIDs.filter { !decided.contains($0) }
        var outcome = await reader.readLive(first + decision.members)
        guard outcome.mayGoOn else { return outcome }
        await probe(&decision, reader, &outcome)
        guard outcome.mayGoOn else { return outcome }
        let plan = plan(decision, reader)
        var second: [String] = []
        for (index, group) in decision.groups.enumerated() where decision.reasons[index] == nil {
            guard let reason = plan.reason(for: group) else { continue }
            decision.reasons[index] = reason
            second += group.members
        }
        outcome.add(await reader.readLive(second))
        checkTrust(decision.ceiling, reader)
        log(decision, reader)
        return outcome
    }

    // MARK: Telling

    private func checkTrust(_ ceiling: AccountCeiling, _ reader: RegionReader) {
        let found = AccountTrust.contradiction(
            ceiling, reader.reads.recent, settledEdge: reader.settledEdge)
        guard let found else { return }
        trust.distrust(now: reader.now)
        reader.services.log.warn(
            "CloudWatch's account-wide series show less than the model IDs; everything is read at every poll for a day",
            [
                "account": reader.key.account, "region": reader.key.region, "metric": found.metric.rawValue,
                "minute": "\(found.minute.epochSeconds)",
            ])
    }

    private func log(_ decision: Decision, _ reader: RegionReader) {
        var counts: [String: Int] = [:]
        for reason in decision.reasons.values { counts[reason.rawValue, default: 0] += 1 }
        let read = counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        reader.services.log.debug(
            "Decided what to read",
            [
                "account": reader.key.account, "region": reader.key.region,
                "pools": "\(decision.groups.count)", "read": read.joined(separator: ","),
            ])
    }
}
