import Alerting
import QuotaModel
import Reading
import SQLite
import UsageStore

extension RegionPoller {
    /// Between two evaluations at most, also while a poll hangs or the next one is far off.
    private static let evaluationPauseSeconds = 75.0
    /// How often the days' peaks are read for forecasts.
    private static let dailyUseSeconds = 3600

    /// How often it is looked whether they are due.
    private static let forecastPauseSeconds = 60.0

    /// Evaluates while polls do not, until the task is cancelled.
    func watchAlerts() async {
        do {
            while true {
                let now = services.clock.now()
                let due = (lastEvaluation ?? now) + Self.evaluationPauseSeconds
                try await services.clock.sleep(min(max(due - now, 1), Self.evaluationPauseSeconds))
                await evaluateIfDue()
            }
        } catch {
            // Only cancellation ends a sleep.
            services.log.debug("Watching alerts stopped", ["region": region])
        }
    }

    /// Forecasts once an hour, until the task is cancelled; apart, because reading may have to wait for other Regions.
    func watchForecasts() async {
        do {
            while true {
                try await services.clock.sleep(Self.forecastPauseSeconds)
                try await forecastIfDue()
            }
        } catch {
            // Only cancellation ends a sleep or a wait for a turn.
            services.log.debug("Forecasting stopped", ["region": region])
        }
    }

    /// Evaluates when nobody has for a while.
    func evaluateIfDue() async {
        let pause = Int(Self.evaluationPauseSeconds)
        // Before the first poll has ended nothing is known of the Region, and nothing may resolve.
        guard pollCount > 0,
            PollPlan.isDue(last: lastEvaluation, intervalSeconds: pause, now: services.clock.now())
        else { return }
        await evaluateAlerts()
    }

    /// Evaluates with the days' peaks once an hour.
    func forecastIfDue() async throws {
        guard let dailyUse = try await dueDailyUse() else { return }
        await evaluateAlerts(dailyUse: dailyUse)
    }

    /// Sets what is known of the Region against the rules.
    func evaluateAlerts(dailyUse: DailyUse? = nil) async {
        guard let alerts = services.alerts else { return }
        let (rules, tracked) = await alerts.context(of: shownKey)
        let now = services.clock.now()
        lastEvaluation = now
        // Here and not where it is decided, so that a large Region keeps no other waiting.
        let findings = AlertEvaluator(rules: rules).findings(
            of: observation(now: now, dailyUse: dailyUse), tracked: tracked)
        await alerts.take(findings, of: shownKey)
    }

    private func observation(now: Double, dailyUse: DailyUse?) -> AlertObservation {
        var observation = AlertObservation(
            account: shownKey.account, region: region, now: now, settled: settledMinute, upSince: upSince,
            pollFailure: lastFailure.map { String($0.prefix(Self.failureCharacters)) },
            pools: usage?.observations(limitChanges: limitChanges, dailyUse: dailyUse) ?? [],
            unmapped: usage?.unmappedTraffic ?? [])
        observation.readThrough = readThrough
        observation.deliveryLagSeconds = deliveryLagSeconds
        observation.isStoreLost = isStoreLost
        observation.freshSeconds = services.plan.freshSeconds(at: pace) ?? 0
        return observation
    }

    /// Of a reason within an annotation.
    private static let failureCharacters = 500

    private func dueDailyUse() async throws -> DailyUse? {
        guard let alerts = services.alerts, let key, settledMinute != nil,
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
                ["account": key.account, "region": region, "error": String(describing: error)])
            return nil
        }
    }

    /// Reads when limits moved; called at start and after a change.
    func readLimitChanges(_ key: RegionKey) async throws {
        limitChanges = LimitChanges(
            try await services.store.quotaChanges(account: key.account, region: key.region))
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
