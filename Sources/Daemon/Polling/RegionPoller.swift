import AWSClient
import QuotaModel
import UsageStore

/// Everything that the pollers of all Regions share.
package struct PollServices: Sendable {
    package let store: UsageStore
    package let board: SnapshotBoard
    package let metrics: SelfMetrics
    package let log: Log
    package let clock: PollClock
    package let plan: PollPlan
    package let slots: PollSlots
    package let overrides: [QuotaOverride]
    package let rates: BurndownTable
    /// Called after each poll, when the Region's snapshot may have changed.
    package let published: @Sendable () -> Void
}

/// Polls one Region of one account for ever: asks, stores, computes, publishes.
///
/// It shares nothing but the store with other Regions, so what goes wrong here stays here.
package actor RegionPoller {
    let account: AccountSession
    let region: String
    let services: PollServices
    /// 0..<1, the Region's place in the polling interval.
    let phase: Double

    /// Known once the account's identity is.
    var key: RegionKey?
    var discovery = Discovery()
    var usage: RegionUsage?
    private var consecutiveFailures = 0
    private var newestDatapoint: Minute?
    private var settledMinute: Minute?
    private var settledRows: [String: UsageMinute] = [:]
    private var catchUp = CatchUpLedger()

    /// Polls since the start of this process, failed ones included.
    package private(set) var pollCount = 0

    package init(account: AccountSession, region: String, services: PollServices, phase: Double) {
        self.account = account
        self.region = region
        self.services = services
        self.phase = phase
    }

    /// Polls until the task is cancelled.
    package func run() async {
        do {
            while !Task.isCancelled {
                try await services.slots.run { await poll() }
                let now = services.clock.now()
                let next = services.plan.nextPoll(
                    after: now, phase: phase, consecutiveFailures: consecutiveFailures)
                try await services.clock.sleep(next - now)
            }
        } catch {
            // Only cancellation ends a sleep or a wait for a slot.
            services.log.debug("Polling stopped", ["region": region])
        }
    }

    /// One poll; whatever fails is counted, logged and shown, and the next poll starts as if nothing had happened.
    package func poll() async {
        let started = services.clock.now()
        var failure: String?
        do {
            try await pollSteps(now: started)
        } catch is CancellationError {
            return
        } catch {
            if Task.isCancelled { return }
            failure = String(describing: error)
            if error is StoreError { services.metrics.storageFailure() }
        }
        let ended = services.clock.now()
        pollCount += 1
        report(failure, duration: ended - started)
        services.metrics.pollEnded(
            shownKey, failure: failure, durationSeconds: max(0, ended - started), at: ended)
        await publish(now: ended)
    }

    /// Before the identity is known the account has no name of its own.
    var shownKey: RegionKey {
        key ?? RegionKey(account: account.configuredName ?? AccountSession.unknownName, region: region)
    }

    private func report(_ failure: String?, duration: Double) {
        if let failure {
            consecutiveFailures += 1
            services.log.warn(
                "Poll failed",
                [
                    "account": shownKey.account, "region": region,
                    "failures_in_a_row": "\(consecutiveFailures)",
                    "error": failure,
                ])
        } else if consecutiveFailures > 0 {
            services.log.info(
                "Poll succeeded again",
                ["account": shownKey.account, "region": region, "failures_before": "\(consecutiveFailures)"])
            consecutiveFailures = 0
        }
    }

    private func pollSteps(now: Double) async throws {
        let key = try await identify()
        if usage == nil { try await restore(key, now: now) }
        try await discover(key, now: now)
        let coverage = try await activeCoverage(key)
        let edge = services.plan.settledEdge(now: now)
        if let read = services.plan.liveRead(now: now, coverage: coverage, tried: catchUp.tried) {
            try await perform(read, key, settledEdge: edge)
        }
        try await performCatchUp(key, now: now, coverage: coverage, settledEdge: edge)
        settledMinute = edge.advanced(by: -1)
        try await refresh(services.plan.liveWindow(now: now), key)
    }

    private func identify() async throws -> RegionKey {
        if let key { return key }
        let account = try await account.label(region: region)
        let key = RegionKey(account: account, region: region)
        if key != shownKey { services.metrics.rename(shownKey, to: key) }
        self.key = key
        services.metrics.register(key)
        return key
    }

    /// Takes up what an earlier run left in the store.
    private func restore(_ key: RegionKey, now: Double) async throws {
        discovery = Discovery(
            names: try await services.store.knownSeries(account: key.account, region: key.region),
            inventory: try await services.store.inventory(account: key.account, region: key.region)?.inventory
        )
        newestDatapoint = try await services.store.newestDatapoint(account: key.account, region: key.region)
        usage = RegionUsage(key: key)
        try await remap(key, now: now)
    }

    // MARK: Reading

    private func activeCoverage(_ key: RegionKey) async throws -> [String: MinuteRanges] {
        let all = try await services.store.coverage(account: key.account, region: key.region)
        var coverage: [String: MinuteRanges] = [:]
        for modelID in discovery.active { coverage[modelID] = all[modelID] ?? MinuteRanges() }
        return coverage
    }

    /// Asks for a read and stores all of its answers in one transaction.
    ///
    /// What was answered is stored even when some calls failed; their error is thrown afterwards.
    ///
    /// - Returns: The series whose minutes are not covered yet, because a query of theirs failed.
    @discardableResult
    private func perform(_ read: PollPlan.Read, _ key: RegionKey, settledEdge: Minute) async throws -> Set<
        String
    > {
        let costs = discovery.names.mapValues(MetricQueries.count)
        var records: [SeriesRecord] = []
        var failure: AWSError?
        for request in PollPlan.requests(for: read, queriesPerSeries: costs) {
            let queries = MetricQueries(request, names: discovery.names)
            let answer = try await account.cloudWatch(region).getMetricData(
                queries: queries.queries, start: request.window.lowerBound.epochSeconds,
                end: request.window.upperBound.epochSeconds)
            failure = failure ?? answer.failures.first
            note(answer)
            records += queries.records(answer.series, settledEdge: settledEdge)
        }
        noteNewest(records)
        let outcome = try await services.store.record(
            PollRecord(
                account: key.account, region: key.region, recordedAt: Int(services.clock.now()),
                series: records,
                countsTowardTotals: read.countsTowardTotals))
        services.log.debug(
            "Read minutes",
            [
                "account": key.account, "region": region, "series": "\(records.count)",
                "minutes": "\(read.window.count)", "changed": "\(outcome.changedMinutes)",
            ])
        if let failure { throw failure }
        return Set(records.lazy.filter(\.covered.isEmpty).map(\.modelID))
    }

    /// Counts single queries that were not answered in full, and passes CloudWatch's remarks on.
    private func note(_ answer: MetricDataAnswer) {
        for series in answer.series.values {
            switch series.status {
            case .complete: continue
            case .partial:
                services.metrics.awsFailure(shownKey, operation: "GetMetricData", code: "PartialData")
            case .failed:
                services.metrics.awsFailure(shownKey, operation: "GetMetricData", code: "query_failed")
            }
        }
        for message in answer.messages.prefix(Self.loggedMessages) {
            services.log.warn("CloudWatch says", ["region": region, "message": message])
        }
    }

    /// Of one answer; the rest says the same.
    private static let loggedMessages = 3

    private func noteNewest(_ records: [SeriesRecord]) {
        for record in records {
            guard let last = record.minutes.last?.minute else { continue }
            newestDatapoint = max(newestDatapoint ?? last, last)
        }
    }

    /// First reads and gaps, then history, within the poll's budget.
    private func performCatchUp(
        _ key: RegionKey, now: Double, coverage: [String: MinuteRanges], settledEdge: Minute
    ) async throws {
        let due = coverage.filter { catchUp.isDue($0.key, now: now) }
        let reads =
            services.plan.catchUpReads(now: now, coverage: due)
            + services.plan.backfillReads(now: now, coverage: due)
        let costs = discovery.names.mapValues(MetricQueries.count)
        var budget = CatchUpLedger.requestsPerPoll
        for read in reads {
            for request in PollPlan.requests(for: read, queriesPerSeries: costs) {
                // A series whose newer part failed waits, so that its history has no hole.
                let wanted = request.modelIDs.filter { catchUp.isDue($0, now: now) }
                guard !wanted.isEmpty else { continue }
                guard budget > 0 else { return }
                budget -= 1
                var part = request
                part.modelIDs = wanted
                let uncovered = try await perform(part, key, settledEdge: settledEdge)
                catchUp.note(wanted, uncovered: uncovered, now: now)
                try await refresh(request.window, key)
            }
        }
    }

    /// Computes the pools' minutes of a window anew from the store, as far as the histories reach.
    private func refresh(_ window: Range<Minute>, _ key: RegionKey) async throws {
        let newest = services.plan.liveWindow(now: services.clock.now()).upperBound
        let oldest = newest.advanced(by: -PoolHistory.capacityMinutes)
        guard window.upperBound > oldest else { return }
        let range = max(window.lowerBound, oldest)..<window.upperBound
        let rows = try await services.store.window(account: key.account, region: key.region, range)
        let coverage = try await services.store.coverage(account: key.account, region: key.region)
        usage?.update(RegionUsage.Window(range: range, rows: rows, coverage: coverage))
        guard let settledMinute, range.contains(settledMinute) else { return }
        settledRows = rows.compactMapValues { rows in rows.first { $0.minute == settledMinute }?.usage }
    }

    /// Maps model IDs to pools anew, after discovery, a change of quotas, or at start.
    func remap(_ key: RegionKey, now: Double) async throws {
        let catalog = QuotaCatalog(
            inventory: discovery.inventory, overrides: services.overrides, account: key.account,
            region: key.region)
        guard var usage else { return }
        let changed = usage.map(
            modelIDs: Array(discovery.names.keys), active: discovery.active, catalog: catalog,
            rates: services.rates)
        self.usage = usage
        try await services.store.recordAssignments(
            account: key.account, region: key.region, usage.poolAssignments)
        if !discovery.inventory.quotas.isEmpty || !services.overrides.isEmpty {
            try await services.store.recordQuotas(
                account: key.account, region: key.region, usage.poolQuotas, at: Int(now))
        }
        guard changed else { return }
        let newest = services.plan.liveWindow(now: now).upperBound
        try await refresh(newest.advanced(by: -PoolHistory.capacityMinutes)..<newest, key)
    }

    // MARK: Publishing

    /// Use of a minute this old says nothing about now; beyond it current figures are absent instead of stale.
    private var maximumAgeSeconds: Double {
        Double(
            max(
                15 * 60,
                3 * services.plan.settings.intervalSeconds + 60 * services.plan.settings.settleMinutes))
    }

    private func publish(now: Double) async {
        defer { services.published() }
        guard let key, let usage else { return }
        var settled = settledMinute
        if let minute = settled, now - Double(minute.epochSeconds) > maximumAgeSeconds { settled = nil }
        do {
            let totals = try await services.store.totals(account: key.account, region: key.region)
            services.board.publish(
                usage.snapshot(
                    settled: settled, newestDatapoint: newestDatapoint, totals: totals,
                    settledRows: settled == nil ? [:] : settledRows))
        } catch {
            services.metrics.storageFailure()
            services.log.error(
                "Reading counters failed", ["region": region, "error": String(describing: error)])
        }
    }
}
