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
            countUnreadable(error)
        }
        let ended = services.clock.now()
        pollCount += 1
        report(failure, duration: ended - started)
        await publish(now: ended)
        services.metrics.pollEnded(
            shownKey, failure: failure, durationSeconds: max(0, ended - started), at: ended)
        services.published()
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
        if usage == nil {
            try await restore(key, now: now)
            // Stored counters are worth showing before AWS has answered.
            await publish(now: now)
            services.published()
        }
        try await discover(key, now: now)
        let coverage = try await activeCoverage(key)
        let edge = services.plan.settledEdge(now: now)
        var failure: (any Error)?
        let live = services.plan.liveRead(now: now, coverage: coverage, tried: catchUp.tried)
        if let live {
            let outcome = try await perform(live, key, settledEdge: edge)
            failure = outcome.failure ?? outcome.unanswered
        }
        if failure == nil {
            failure = try await performCatchUp(
                key, now: now, coverage: coverage, settledEdge: edge, hasLiveRead: live != nil)
        }
        if failure == nil { settledMinute = edge.advanced(by: -1) }
        // Also after a failure: what was answered is shown.
        try await refresh(services.plan.liveWindow(now: now), key)
        if let failure { throw failure }
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

    /// How a read ended. What was answered is stored in any case.
    private struct ReadOutcome {
        /// The series whose minutes are not covered yet, because a query of theirs failed.
        var uncovered: Set<String>
        /// Why a call failed; nil also when only single queries were refused.
        var failure: AWSError?
        /// Set when calls were answered and no query was.
        var unanswered: UnansweredQueries?
    }

    /// Asks for a read and stores all of its answers in one transaction.
    private func perform(
        _ read: PollPlan.Read, _ key: RegionKey, settledEdge: Minute
    ) async throws -> ReadOutcome {
        let costs = discovery.names.mapValues(MetricQueries.count)
        var records: [SeriesRecord] = []
        var failure: AWSError?
        var unanswered: [UnansweredQueries?] = []
        for request in PollPlan.requests(for: read, queriesPerSeries: costs) {
            let queries = MetricQueries(request, names: discovery.names)
            let (answer, callFailure) = await ask(queries, request.window)
            failure = failure ?? callFailure
            unanswered.append(answer.unanswered)
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
        return ReadOutcome(
            uncovered: Set(records.lazy.filter(\.covered.isEmpty).map(\.modelID)), failure: failure,
            unanswered: unanswered.contains { $0 == nil } ? nil : unanswered.first ?? nil)
    }

    /// The answer, empty when there was none, and why a call failed.
    private func ask(_ queries: MetricQueries, _ window: Range<Minute>) async -> (MetricDataAnswer, AWSError?)
    {
        do {
            let answer = try await account.cloudWatch(region).getMetricData(
                queries: queries.queries, start: window.lowerBound.epochSeconds,
                end: window.upperBound.epochSeconds)
            return (answer, answer.callFailure)
        } catch {
            return (MetricDataAnswer(), error)
        }
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

    /// The transport counts answers by their status; that a good one cannot be read is found out later.
    func countUnreadable(_ error: any Error) {
        guard let error = error as? AWSError, error.kind == .malformedAnswer else { return }
        services.metrics.awsFailure(shownKey, operation: error.operation, code: error.failureCode)
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
    ///
    /// - Returns: Why it ended early, nil when it did not.
    private func performCatchUp(
        _ key: RegionKey, now: Double, coverage: [String: MinuteRanges], settledEdge: Minute,
        hasLiveRead: Bool
    ) async throws -> (any Error)? {
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
                guard budget > 0 else { return nil }
                budget -= 1
                var part = request
                part.modelIDs = wanted
                let outcome = try await perform(part, key, settledEdge: settledEdge)
                if let failure = outcome.failure { return failure }
                // Where nothing else was read, nothing at all was brought.
                if let unanswered = outcome.unanswered, !hasLiveRead { return unanswered }
                catchUp.note(wanted, uncovered: outcome.uncovered, now: now)
                try await refresh(request.window, key)
            }
        }
        return nil
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
