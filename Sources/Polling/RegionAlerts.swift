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
                $0.usage.observations(limitChanges: $0.limitChanges, dailyUse: dailyUse)
            } ?? [],
            unmapped: facts.pools?.usage.unmappedTraffic ?? [])
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
    func observations(limitChanges: LimitChanges, dailyUse: DailyUse?) -> [PoolObservation] {
        members.map { pool, modelIDs in
            PoolObservation(
                pool: pool,
                quotas: catalog.quotas(scope: pool.scope, model: pool.model).map { quota in
                    ObservedQuota(
                        quota: quota, change: limitChanges[pool, quota.kind],
                        dailyPeaks: dailyUse?.peaks(of: pool, quota))
                },
                history: histories[pool] ?? PoolHistory(), errors: traffic.errors[pool] ?? ErrorHistory(),
                shares: traffic.shares(of: modelIDs), rate: rate(of: pool), measuredRate: measured[pool])
        }
    }

    /// Model IDs without a quota that had traffic within what the histories hold.
    var unmappedTraffic: [UnmappedTraffic] {
        traffic.lastUnmappedMinute.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.compactMap {
            modelID, minute in
            guard case .unmapped(let reason)? = assignments[modelID] else { return nil }
            return UnmappedTraffic(modelID: modelID, reason: reason.rawValue, lastMinute: minute)
        }
    }
}
