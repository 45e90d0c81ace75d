import Alerting
import QuotaModel
import Reading
import SQLite
import UsageStore

/// Sets what is known of a Region against the rules: after each poll, while none ends, and once an hour with the days' peaks.
///
/// Of one actor, on which all of it runs.
final class RegionAlerts {
    /// What is known of the Region.
    struct Facts {
        let key: RegionKey
        let polls: PollState
        let freshSeconds: Double
        let reader: RegionReader?
        let pools: RegionPools?
    }

    /// Between two evaluations at most, also while a poll hangs or the next one is far off.
    static let evaluationPauseSeconds = 75.0
    /// How often it is looked whether forecasts are due.
    static let forecastPauseSeconds = 60.0
    /// How often the days' peaks are read for forecasts.
    private static let dailyUseSeconds = 3600
    /// Of a reason within an annotation.
    private static let failureCharacters = 500

    private(set) var lastEvaluation: Double?
    private var lastDailyUse: Double?

    /// Seconds until it is to be evaluated, if nothing else leads to it.
    func pause(now: Double) -> Double {
        let due = (lastEvaluation ?? now) + Self.evaluationPauseSeconds
        return min(max(due - now, 1), Self.evaluationPauseSeconds)
    }

    /// Whether nobody has evaluated for a while.
    func isDue(now: Double) -> Bool {
        PollPlan.isDue(
            last: lastEvaluation, intervalSeconds: Int(Self.evaluationPauseSeconds), now: now)
    }

    /// Sets what is known of the Region against the rules.
    nonisolated(nonsending) func evaluate(
        _ facts: Facts, _ services: PollServices, dailyUse: DailyUse? = nil
    ) async {
        guard let alerts = services.alerts else { return }
        let (rules, tracked) = await alerts.context(of: facts.key)
        let now = services.clock.now()
        lastEvaluation = now
        // Here and not where it is decided, so that a large Region keeps no other waiting.
        let findings = AlertEvaluator(rules: rules).findings(
            of: Self.observation(facts, now: now, dailyUse: dailyUse), tracked: tracked)
        await alerts.take(findings, of: facts.key)
    }

    private static func observation(_ facts: Facts, now: Double, dailyUse: DailyUse?) -> AlertObservation {
        var observation = AlertObservation(
            account: facts.key.account, region: facts.key.region, now: now,
            settled: facts.reader?.settledMinute, upSince: facts.polls.upSince,
            pollFailure: facts.polls.lastFailure.map { String($0.prefix(failureCharacters)) },
            pools: facts.pools.map {
                $0.usage.observations(
                    limitChanges: $0.limitChanges, dailyUse: dailyUse, episodes: $0.episodes)
            } ?? [],
            unmapped: facts.pools?.usage.unmappedTraffic ?? [])
        if let reader = facts.reader, let batch = facts.pools?.batch(reader), batch.listedAt != nil {
            observation.batch = batch.uses
        }
        observation.dailyQuota = facts.pools?.usage.catalog.dailyQuotaOfAllModels
        observation.readThrough = facts.reader?.readThrough
        observation.deliveryLagSeconds = facts.reader?.delivery.lagSeconds
        observation.isStoreLost = facts.polls.isStoreLost
        observation.freshSeconds = facts.freshSeconds
        return observation
    }

    /// The peaks of the past days, once an hour; nil in between, and where no rule asks for them.
    nonisolated(nonsending) func dueDailyUse(
        _ key: RegionKey, _ services: PollServices
    ) async throws -> DailyUse? {
        guard let alerts = services.alerts,
            PollPlan.isDue(
                last: lastDailyUse, intervalSeconds: Self.dailyUseSeconds, now: services.clock.now()),
            await !alerts.context(of: key).rules.standard.disabled.contains(.exhaustionForecast)
        else { return nil }
        lastDailyUse = services.clock.now()
        do {
            let path = services.store.path
            let now = Minute(containingEpochSeconds: Int(services.clock.now()))
            return try await services.forecastSlots.run {
                try await DailyUse.read(
                    key, before: now, from: try UsageReader.open(path: path))
            }
        } catch let error as StoreError {
            services.metrics.storageFailure()
            services.log.warn(
                "Reading daily peaks failed",
                ["account": key.account, "region": key.region, "error": String(describing: error)])
            return nil
        }
    }
}

extension RegionUsage {
    /// The pools as the rules see them.
    func observations(
        limitChanges: LimitChanges, dailyUse: DailyUse?, episodes: [QuotaPool: ThrottleEpisode] = [:]
    ) -> [PoolObservation] {
        pools.map { usage in
            let pool = usage.pool
            var observation = PoolObservation(
                pool: pool,
                quotas: usage.quotas.map { quota in
                    ObservedQuota(
                        quota: quota, change: limitChanges[pool, quota.kind],
                        dailyPeaks: dailyUse?.peaks(of: pool, quota))
                },
                history: usage.history, errors: traffic.errors[pool] ?? ErrorHistory(),
                shares: shares(of: usage.modelIDs), rate: usage.rate, measuredRate: measured[pool],
                lifecycle: usage.lifecycle)
            observation.episode = episodes[pool]
            return observation
        }
    }

    private func shares(of modelIDs: [String]) -> [ModelShare] {
        traffic.shares(of: modelIDs).map {
            ModelShare(modelID: $0.modelID, name: givenNames[$0.modelID], share: $0.share)
        }
    }

    /// Model IDs without a quota that had traffic within what the histories hold.
    var unmappedTraffic: [UnmappedTraffic] {
        traffic.lastUnmappedMinute.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.compactMap {
            modelID, minute in
            guard case .unmapped(let reason)? = assignments[modelID], !SeriesName(modelID).isPart else {
                return nil
            }
            return UnmappedTraffic(
                modelID: modelID, name: givenNames[modelID], reason: reason.rawValue,
                lastMinute: minute)
        }
    }
}

/// What alerts need of a Region's minutes besides the pools' histories: errors, and who the traffic comes from.
struct AlertTraffic {
    /// Of pools that had any.
    private(set) var errors: [QuotaPool: ErrorHistory] = [:]
    /// The newest minute with a request, by model ID without a pool.
    private(set) var lastUnmappedMinute: [String: Minute] = [:]
    /// Of model IDs with a pool.
    private var recentTokens = RecentTokens()

    /// Takes the window's minutes in place of what was known of them.
    mutating func update(
        _ window: RegionUsage.Window, pools: [String: QuotaPool], rate: (QuotaPool) -> Double
    ) {
        recentTokens.forget(window.range)
        var found: [QuotaPool: [Minute: ErrorHistory.Counts]] = [:]
        for (modelID, rows) in window.rows {
            guard let pool = pools[modelID] else {
                noteUnmapped(modelID, rows)
                continue
            }
            let rows = rows.filter { window.range.contains($0.minute) }
            guard !rows.isEmpty else { continue }
            recentTokens.take(modelID, rows, rate: rate(pool))
            var counts: [Minute: ErrorHistory.Counts] = [:]
            for row in rows { Self.add(row, to: &counts) }
            // Most pools never have any.
            guard !counts.isEmpty || !errors.isEmpty && errors[pool] != nil else { continue }
            found[pool, default: [:]].merge(counts) {
                ErrorHistory.Counts(
                    throttles: $0.throttles + $1.throttles, clientErrors: $0.clientErrors + $1.clientErrors)
            }
        }
        replaceErrors(in: window.range, by: found)
    }

    private mutating func noteUnmapped(_ modelID: String, _ rows: [RecordedMinute]) {
        for row in rows.reversed() where row.usage.invocations ?? 0 > 0 {
            lastUnmappedMinute[modelID] = max(lastUnmappedMinute[modelID] ?? row.minute, row.minute)
            return
        }
    }

    private static func add(_ row: RecordedMinute, to counts: inout [Minute: ErrorHistory.Counts]) {
        let throttles = row.usage.throttles ?? 0
        let clientErrors = row.usage.clientErrors ?? 0
        guard throttles > 0 || clientErrors > 0 else { return }
        counts[row.minute, default: ErrorHistory.Counts()].throttles += throttles
        counts[row.minute, default: ErrorHistory.Counts()].clientErrors += clientErrors
    }

    private mutating func replaceErrors(
        in range: Range<Minute>, by found: [QuotaPool: [Minute: ErrorHistory.Counts]]
    ) {
        for (pool, counts) in found {
            var history = errors[pool] ?? ErrorHistory()
            for minute in range { history[minute] = counts[minute] ?? ErrorHistory.Counts() }
            errors[pool] = history
        }
    }

    /// The model IDs' parts of their pool's recent quota tokens; none without any.
    func shares(of modelIDs: [String]) -> [ModelShare] {
        let tokens = modelIDs.map { recentTokens[$0] }
        let total = tokens.reduce(0) { $0 + ($1 ?? 0) }
        guard total > 0 else { return [] }
        return zip(modelIDs, tokens).compactMap { modelID, tokens in
            tokens.map { ModelShare(modelID: modelID, share: $0 / total) }
        }
    }
}

/// Quota tokens of the newest minutes, which shares are made of, by model ID.
private struct RecentTokens {
    private static let minutes = 15

    /// Of each model ID a ring; nil for a minute without a row.
    private var rings: [String: [Double?]] = [:]
    private var end = Minute(index: 0)

    private static func slot(_ minute: Minute) -> Int {
        ((minute.index % minutes) + minutes) % minutes
    }

    private var window: Range<Minute> { end.advanced(by: -Self.minutes)..<end }

    /// These minutes are about to be told anew; the newest of all that were told end the window.
    mutating func forget(_ told: Range<Minute>) {
        let newEnd = max(end, told.upperBound)
        let passed = max(end, newEnd.advanced(by: -Self.minutes))..<newEnd
        end = newEnd
        for minutes in [passed, told.clamped(to: window)] {
            let slots = Set(minutes.map(Self.slot))
            guard !slots.isEmpty else { continue }
            for index in rings.values.indices {
                for slot in slots { rings.values[index][slot] = nil }
            }
        }
    }

    mutating func take(_ modelID: String, _ rows: [RecordedMinute], rate: Double) {
        let tokens = rows.lazy.filter { [window] in window.contains($0.minute) }.compactMap { row in
            QuotaTokens(of: row.usage, rate: rate).map { (Self.slot(row.minute), $0.value) }
        }
        guard tokens.first != nil else { return }
        Self.take(tokens, into: &rings[modelID, default: Array(repeating: nil, count: Self.minutes)])
    }

    private static func take(_ tokens: some Sequence<(Int, Double)>, into ring: inout [Double?]) {
        for (slot, value) in tokens { ring[slot] = value }
    }

    /// The sum of a model ID's minutes; nil without any row.
    subscript(modelID: String) -> Double? {
        let known = rings[modelID]?.compactMap { $0 } ?? []
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}

/// Who decides by a Region's findings which alerts fire.
package protocol AlertDecisions: Sendable {
    /// What the evaluation of a Region needs to know.
    func context(of region: RegionKey) async -> (rules: AlertRules, tracked: Set<AlertIdentity>)
    /// Decides by all findings of one Region.
    func take(_ findings: [AlertFinding], of region: RegionKey) async
    /// Ends the alerts of Regions that turned out not to be polled, such as those of an account before it was known.
    func forgetUnwatched() async
}
