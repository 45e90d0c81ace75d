import AWSClient
import QuotaModel
import Reading

/// Reading less often what cannot matter.
///
/// Account-wide series, which CloudWatch has without dimensions, bound what any pool can have used. A pool for which
/// that bound is far below its limits is read at the relaxed interval, all others at every poll.
extension RegionPoller {
    /// The cheapest probes, and then one round for each kind of count that a pool may still have to be asked for: tokens,
    /// requests, throttles, client errors. Another call costs nothing, a whole read several metrics.
    private static let longestProbing = 5
    /// The recent minutes that are held in memory for decisions.
    private static let longestRecentMinutes = 180

    /// Reads what must be read of these series, and tells what it did not read.
    func readLive(
        _ modelIDs: [String], _ key: RegionKey, now: Double, coverage: [String: MinuteRanges]
    ) async throws -> ReadOutcome {
        let view = attentionView(now: now)
        ledger.move(to: recentWindow(view, now: now))
        let known = Set(modelIDs)
        let subjects = usage?.attentionSubjects(view).filter { known.isSuperset(of: $0.members) } ?? []
        let live = LiveRead(modelIDs: modelIDs, coverage: coverage, now: now)
        guard let fixed = fixedSubjects(subjects, view, now: now),
            var decision = try await decision(subjects, fixed: fixed, now: now)
        else { return try await perform(live, modelIDs, key) }
        return try await perform(live, &decision, key)
    }

    /// What one poll reads of the live window.
    private struct LiveRead {
        let modelIDs: [String]
        let coverage: [String: MinuteRanges]
        let now: Double
    }

    private func attentionView(now: Double) -> AttentionView {
        let settle = plan.settleMinutes
        return AttentionView(
            names: discovery.names, ledger: ledger, settledEdge: settledEdge(now: now),
            newest: plan.liveWindow(now: now).upperBound.advanced(by: -1),
            rules: { [rules = services.alertRules] pool in
                AttentionRules(rules.rules(for: pool), settleMinutes: settle)
            },
            standardRules: AttentionRules(services.alertRules.standard, settleMinutes: settle))
    }

    private func recentWindow(_ view: AttentionView, now: Double) -> Range<Minute> {
        let watched = usage?.members.keys.map { view.rules($0).watchMinutes }.max() ?? 0
        let settle = plan.settleMinutes
        let minutes = min(
            max(watched, view.standardRules.watchMinutes, plan.deferredMinutes) + settle + 1,
            Self.longestRecentMinutes)
        let end = plan.liveWindow(now: now).upperBound
        return end.advanced(by: -minutes)..<end
    }

    // MARK: Deciding

    /// The subjects that are read whatever the account had; nil when that is all of them, so that nothing is decided.
    private func fixedSubjects(
        _ subjects: [AttentionSubject], _ view: AttentionView, now: Double
    ) -> [Int: AttentionReason]? {
        let account = discovery.accountSeries
        guard plan.canDefer, account.isUsable, ledger.trust.isTrusted(now: now), let usage else {
            return nil
        }
        var fixed: [Int: AttentionReason] = [:]
        for (index, subject) in subjects.enumerated() {
            let isDue = subject.members.contains {
                plan.isRelaxedReadDue(lastRead: ledger.lastRead[$0], now: now)
                    || ledger.through[$0] == nil
            }
            if isDue || usage.missesNewDay(subject, view) {
                fixed[index] = .due
            } else if usage.isHot(subject, view) {
                fixed[index] = .hot
            }
        }
        let open = subjects.indices.filter { fixed[$0] == nil }.reduce(0) { $0 + subjects[$1].cost }
        // Where the account-wide series cost as much as what they may spare, they are not asked for.
        return open > account.names.count ? fixed : nil
    }

    /// Asks what the whole account had, and single metrics where it has no such series; nil when that cannot be
    /// relied on.
    private func decision(
        _ subjects: [AttentionSubject], fixed: [Int: AttentionReason], now: Double
    ) async throws -> Decision? {
        let account = discovery.accountSeries
        var decision = Decision(subjects: subjects, reasons: fixed)
        var probes: [MetricProbe] = []
        var start = plan.liveWindow(now: now).lowerBound
        for (index, subject) in subjects.enumerated() where fixed[index] == nil {
            start = min(start, subject.unreadFrom)
            for modelID in subject.members {
                let missing = account.probes(of: modelID, names: discovery.names[modelID] ?? [])
                decision.subjects[index].isBounded = decision.subjects[index].isBounded && missing != nil
                probes += missing ?? []
            }
        }
        let end = plan.liveWindow(now: now).upperBound
        decision.window = max(start, ledger.recent.window.lowerBound)..<end
        let queries = DecidingQueries(account, probes: probes)
        guard let answer = try await ask(queries, decision.window),
            let ceiling = queries.ceiling(answer, window: decision.window, metrics: account.metrics)
        else { return nil }
        decision.ceiling = ceiling
        for minute in ceiling.minutes { delivery.take(minute) }
        decision.take(queries.probed(answer), expected: probes)
        return decision
    }

    /// Nil when the call failed; that is counted, and then everything is read.
    private func ask(
        _ queries: DecidingQueries, _ window: Range<Minute>
    ) async throws -> [String: MetricSeries]? {
        let answer: MetricDataAnswer
        do throws(AWSError) {
            answer = try await account.cloudWatch(region).getMetricData(
                queries: queries.queries, start: window.lowerBound.epochSeconds,
                end: window.upperBound.epochSeconds)
        } catch {
            guard error.kind != .cancelled else { throw error }
            return nil
        }
        // A clock that was set since the window was chosen: what is settled would be wrong.
        let skew = account.clockSkewSeconds(region)
        guard abs(skew - clockSkew) < AWSDefaults.minimumObservedSkewSeconds else {
            throw ClockChange(seconds: skew)
        }
        var outcome = ReadOutcome()
        note(answer, in: &outcome)
        return answer.series
    }

    /// Asks for single metrics until every subject is known to be quiet or has to be read.
    private func probe(_ decision: inout Decision) async throws {
        ledger.take(decision.probed)
        for round in 0..<Self.longestProbing {
            let open = decision.subjects.indices.filter { decision.reasons[$0] == nil }
            let choice = ProbeChoice(
                plan: attentionPlan(decision), subjects: open.map { decision.subjects[$0] })
            let probes = round == 0 ? choice.cheapest() : choice.ofAll()
            guard !probes.isEmpty else { return }
            let queries = DecidingQueries(nil, probes: probes)
            guard let answer = try await ask(queries, decision.window) else { return }
            decision.probed.add(queries.probed(answer))
            ledger.take(decision.probed)
        }
    }

    private func attentionPlan(_ decision: Decision) -> AttentionPlan {
        AttentionPlan(
            ceiling: decision.ceiling, recent: ledger.recent, probed: decision.probed, earlier: ledger.probed)
    }

    // MARK: Reading

    /// Reads the series, each from where its last read began.
    private func perform(
        _ live: LiveRead, _ modelIDs: [String], _ key: RegionKey
    ) async throws -> ReadOutcome {
        // A series is covered from its first read on, so that it is known that the read is still to be done.
        let unread = Set(modelIDs.filter { live.coverage[$0]?.isEmpty ?? true })
        var outcome = ReadOutcome()
        for read in liveReads(modelIDs, live, unread: unread) {
            let part = try await perform(read, key, now: live.now, withoutCoverage: unread)
            ledger.note(
                read.modelIDs, uncovered: part.uncovered, settledEdge: settledEdge(now: live.now),
                now: live.now)
            if read.isReread {
                dayRereads.note(Set(read.modelIDs).subtracting(part.uncovered), now: live.now)
            }
            outcome.add(part)
        }
        return outcome
    }

    /// The reads of these series: most of the live window, a few of a whole day.
    private func liveReads(_ modelIDs: [String], _ live: LiveRead, unread: Set<String>) -> [PollPlan.Read] {
        let again = dayRereads.due(
            modelIDs.filter { !unread.contains($0) },
            queries: { MetricQueries.count(names: discovery.names[$0] ?? []) }, now: live.now)
        let others = Set(modelIDs).subtracting(again)
        var reads = plan.liveReads(
            of: others.sorted(), lastRead: ledger.lastRead, now: live.now, delivered: lateSince)
        if !again.isEmpty {
            let end = plan.liveWindow(now: live.now).upperBound
            reads.append(
                PollPlan.Read(
                    window: end.advanced(by: -PollPlan.firstReadMinutes)..<end, modelIDs: again.sorted(),
                    isReread: true))
        }
        return reads
    }

    /// Reads what is read anyway, then what may matter by all that is known then.
    private func perform(
        _ live: LiveRead, _ decision: inout Decision, _ key: RegionKey
    ) async throws -> ReadOutcome {
        var outcome = ReadOutcome(hasAnswer: true)
        let subject = Set(decision.subjects.flatMap(\.members))
        let first = live.modelIDs.filter { !subject.contains($0) }
        outcome.add(try await perform(live, first + decision.members, key))
        guard outcome.failure == nil else { return outcome }
        try await probe(&decision)
        let plan = attentionPlan(decision)
        var second: [String] = []
        for (index, subject) in decision.subjects.enumerated() where decision.reasons[index] == nil {
            guard let reason = plan.reason(for: subject) else { continue }
            decision.reasons[index] = reason
            second += subject.members
        }
        outcome.add(try await perform(live, second, key))
        checkTrust(decision.ceiling, live)
        log(decision)
        return outcome
    }

    // MARK: Telling

    private func checkTrust(_ ceiling: AccountCeiling, _ live: LiveRead) {
        let found = AccountTrust.contradiction(
            ceiling, ledger.recent, settledEdge: settledEdge(now: live.now))
        guard let found else { return }
        ledger.trust.distrust(now: live.now)
        services.log.warn(
            "CloudWatch's account-wide series show less than the model IDs; everything is read at every poll for a day",
            [
                "account": shownKey.account, "region": region, "metric": found.metric.rawValue,
                "minute": "\(found.minute.epochSeconds)",
            ])
    }

    private func log(_ decision: Decision) {
        var counts: [String: Int] = [:]
        for reason in decision.reasons.values { counts[reason.rawValue, default: 0] += 1 }
        let read = counts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        services.log.debug(
            "Decided what to read",
            [
                "account": shownKey.account, "region": region, "pools": "\(decision.subjects.count)",
                "read": read.joined(separator: ","),
            ])
    }
}

extension RegionPoller {
    /// Takes up what an earlier run stored of the recent past.
    func restoreLedger(_ key: RegionKey, now: Double) async throws {
        let end = plan.liveWindow(now: now).upperBound
        let window = end.advanced(by: -Self.longestRecentMinutes)..<end
        ledger.move(to: window)
        (ledger, delivery) = try await services.store.reduceMinutes(
            account: key.account, region: key.region, window, into: (ledger, delivery)
        ) { known, modelID, minute in
            known.0.take(modelID, minute)
            known.1.take(minute.minute)
        }
    }
}
