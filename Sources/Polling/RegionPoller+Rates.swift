import QuotaModel
import Reading

extension RegionPoller {
    /// How often burndown rates are measured.
    private static let measurementIntervalSeconds = 3600
    /// The minutes that they are measured in.
    private static let measuredMinutes = 24 * 60

    /// Takes up what an earlier run measured, until this one has measured anew.
    func restoreRates(_ key: RegionKey) async throws {
        let stored = try await services.store.burndownRates(account: key.account, region: key.region)
        _ = usage?.measure(BackfillPools.measured(stored, key))
    }

    /// Measures burndown rates in the settled minutes of the last day, once an hour.
    func measureRates(_ key: RegionKey, now: Double) async throws {
        guard settledMinute != nil, let pools = usage?.pools,
            PollPlan.isDue(
                last: lastMeasurement, intervalSeconds: Self.measurementIntervalSeconds, now: now)
        else { return }
        let edge = settledEdge(now: now)
        let fits = try await services.store.reduceMinutes(
            account: key.account, region: key.region, edge.advanced(by: -Self.measuredMinutes)..<edge,
            into: [QuotaPool: BurndownFit]()
        ) { fits, modelID, minute in
            guard let pool = pools[modelID] else { return }
            fits[pool, default: BurndownFit()].add(minute.usage)
        }
        lastMeasurement = now
        guard usage?.measure(fits.compactMapValues(\.rate)) == true else { return }
        outdatedMinutes.insert(historyWindow(now: now))
        try await recordRates(key, now: now)
    }

    /// Keeps the rates in use for later queries of history.
    func recordRates(_ key: RegionKey, now: Double) async throws {
        guard let rates = usage?.poolRates, !rates.isEmpty else { return }
        try await services.store.recordRates(
            account: key.account, region: key.region, rates, at: Int(now))
    }
}
