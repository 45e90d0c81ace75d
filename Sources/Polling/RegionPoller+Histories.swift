import QuotaModel

extension RegionPoller {
    /// Minutes whose rows are in memory at one time: a whole day of many series would be tens of megabytes.
    private static let minutesPerSlice = 120

    /// The minutes that histories hold.
    func historyWindow(now: Double) -> Range<Minute> {
        let newest = plan.liveWindow(now: now).upperBound
        return newest.advanced(by: -PoolHistory.capacityMinutes)..<newest
    }

    /// Computes the pools' outdated minutes anew from the store, as far as the histories reach.
    ///
    /// What could not be read stays outdated for the next poll.
    func refreshHistories(_ key: RegionKey, now: Double) async throws {
        let due = outdatedMinutes.intersection(historyWindow(now: now))
        let coverage = try await services.store.coverage(account: key.account, region: key.region)
        for range in due.ranges {
            for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.minutesPerSlice) {
                let slice = start..<min(start.advanced(by: Self.minutesPerSlice), range.upperBound)
                try await refresh(slice, key, coverage)
            }
        }
        outdatedMinutes = MinuteRanges()
    }

    private func refresh(
        _ slice: Range<Minute>, _ key: RegionKey, _ coverage: [String: MinuteRanges]
    ) async throws {
        let rows = try await services.store.window(account: key.account, region: key.region, slice)
        usage?.update(RegionUsage.Window(range: slice, rows: rows, coverage: coverage))
        guard let settledMinute else { return }
        for modelID in discovery.names.keys {
            let shown = ledger.shownMinute(of: [modelID], settled: settledMinute)
            guard slice.contains(shown) else { continue }
            settledRows[modelID] = rows[modelID]?.first { $0.minute == shown }?.usage
        }
    }

    /// Maps model IDs to pools anew, after discovery, a change of quotas, or at start.
    func remap(_ key: RegionKey, now: Double) async throws {
        let catalog = QuotaCatalog(
            inventory: discovery.inventory, observed: discovery.names.keys, overrides: services.overrides,
            account: key.account, region: key.region)
        guard var usage else { return }
        let changed = usage.map(
            modelIDs: Array(discovery.names.keys), active: discovery.active, catalog: catalog,
            rates: services.rates)
        self.usage = usage
        if changed { outdatedMinutes.insert(historyWindow(now: now)) }
        try await services.store.recordAssignments(
            account: key.account, region: key.region, usage.poolAssignments)
        try await recordRates(key, now: now)
        guard !discovery.inventory.quotas.isEmpty || !services.overrides.isEmpty else { return }
        let changes = try await services.store.recordQuotas(
            account: key.account, region: key.region, usage.poolQuotas, at: Int(now))
        if changes > 0 { try await readLimitChanges(key) }
    }
}
