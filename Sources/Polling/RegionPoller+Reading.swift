import AWSClient
import QuotaModel
import Reading
import UsageStore

/// How a read ended. What was answered is stored in any case.
struct ReadOutcome {
    /// Series that were not answered completely.
    var uncovered: Set<String> = []
    /// At least one query was answered completely.
    var hasAnswer = false
    /// Why calls failed; nil when all that failed were single queries that CloudWatch refused or could not compute.
    var failure: AWSError?
    /// Why the first of the queries failed that cost their own series only.
    var queryFailure: String?

    init(hasAnswer: Bool = false) { self.hasAnswer = hasAnswer }

    /// Takes what a further read of the same poll brought.
    mutating func add(_ other: ReadOutcome) {
        uncovered.formUnion(other.uncovered)
        hasAnswer = hasAnswer || other.hasAnswer
        failure = failure ?? other.failure
        queryFailure = queryFailure ?? other.queryFailure
    }

    /// Figures of the minutes asked for may be shown, as far as series are covered; also when nothing was to be asked.
    var isFruitful: Bool { hasAnswer || (failure == nil && queryFailure == nil) }

    /// Why nothing came of it.
    var reason: any Error { failure ?? FruitlessRead(reason: queryFailure ?? "nothing was answered") }
}

/// A poll in which calls were answered, but none of their queries.
struct FruitlessRead: Error, CustomStringConvertible {
    let reason: String

    var description: String { "no query was answered; the first reason: \(reason)" }
}

/// A poll that was not made, because the month's budget does not cover it.
struct BudgetSpent: Error, CustomStringConvertible {
    let description =
        "polling.monthly_budget is spent; nothing is read before the next month, and its first polls fill what is missing"
}

/// This machine's clock, or CloudWatch's, was set while a poll was under way.
struct ClockChange: Error, CustomStringConvertible {
    let seconds: Int

    var description: String {
        "CloudWatch's clock is found to be \(seconds) s ahead of this machine's; the next poll goes by it"
    }
}

extension RegionPoller {
    /// Reads the live window, then what is missing of the past.
    ///
    /// - Returns: Why the poll counts as failed although parts of it succeeded.
    func read(_ key: RegionKey, now: Double) async throws -> (any Error)? {
        let coverage = try await activeCoverage(key)
        outdatedMinutes.insert(plan.liveWindow(now: now))
        // What the last reads of this run left, the next ones take up.
        let deferred = Set(ledger.lastRead.keys)
        let live = plan.liveRead(now: now, coverage: coverage, tried: catchUp.tried)
        var outcome = ReadOutcome()
        if let live {
            guard pace != .spent else { return BudgetSpent() }
            let before = services.metrics.billedMetrics(of: key)
            try await askForOtherDelivery(now: now)
            let unlisted = try await askForUnlisted(live.modelIDs, now: now)
            outcome = try await readLive(live.modelIDs, key, now: now, coverage: coverage)
            if outcome.failure == nil {
                try await readUnlisted(unlisted, live.modelIDs, key, now: now)
            }
            services.budget.note(key, billed: services.metrics.billedMetrics(of: key) - before)
            guard outcome.isFruitful else { return outcome.reason }
        }
        let caughtUp = try await performCatchUp(
            key, now: now, coverage: coverage, deferred: deferred, hasLive: live != nil)
        guard live != nil || caughtUp.isFruitful else { return caughtUp.reason }
        readThrough = plan.settledEdge(now: now).advanced(by: -1)
        let settled = settledEdge(now: now).advanced(by: -1)
        settledMinute = max(settledMinute ?? settled, settled)
        noteLateness(now: now)
        return outcome.failure ?? (live == nil ? caughtUp.failure : nil)
    }

    private func activeCoverage(_ key: RegionKey) async throws -> [String: MinuteRanges] {
        let all = try await services.store.coverage(account: key.account, region: key.region)
        var coverage: [String: MinuteRanges] = [:]
        for modelID in discovery.active { coverage[modelID] = all[modelID] ?? MinuteRanges() }
        return coverage
    }

    // MARK: One read

    /// Asks for a read and stores all of its answers in one transaction, also when some calls failed.
    func perform(
        _ read: PollPlan.Read, _ key: RegionKey, now: Double, withoutCoverage: Set<String> = []
    ) async throws -> ReadOutcome {
        let costs = discovery.names.mapValues(MetricQueries.count)
        var records: [SeriesRecord] = []
        var outcome = ReadOutcome()
        for request in PollPlan.requests(for: read, queriesPerSeries: costs) {
            let queries = MetricQueries(
                request, names: discovery.names, without: refusedQueries.current(now: services.clock.now()))
            if queries.isReduced { outcome.queryFailure = outcome.queryFailure ?? RefusedQueries.reason }
            let answer: MetricDataAnswer
            do throws(AWSError) {
                answer = try await account.cloudWatch(region).getMetricData(
                    queries: queries.queries, start: request.window.lowerBound.epochSeconds,
                    end: request.window.upperBound.epochSeconds)
            } catch {
                guard error.kind != .cancelled else { throw error }
                outcome.failure = error
                break
            }
            // A clock that was set since the window was chosen: what is settled would be wrong.
            let skew = account.clockSkewSeconds(region)
            guard abs(skew - clockSkew) < AWSDefaults.minimumObservedSkewSeconds else {
                throw ClockChange(seconds: skew)
            }
            note(answer, in: &outcome)
            remember(queries.names(of: answer.refused), isSpecific: outcome.hasAnswer)
            records += queries.records(answer.series, settledEdge: plan.settledEdge(now: now))
        }
        let complete = records.lazy.filter { !$0.covered.isEmpty }.map(\.modelID)
        outcome.uncovered = Set(read.modelIDs).subtracting(complete)
        takeDelivery(&records, now: now)
        for index in records.indices where withoutCoverage.contains(records[index].modelID) {
            records[index].covered = []
        }
        try await store(records, of: read, key)
        ledger.take(records)
        return outcome
    }

    /// Notes what was delivered; beyond it nothing is covered, whatever the clock says.
    private func takeDelivery(_ records: inout [SeriesRecord], now: Double) {
        for record in records {
            for minute in record.minutes { delivery.take(minute.minute) }
        }
        let edge = settledEdge(now: now)
        for index in records.indices {
            records[index].covered = records[index].covered.compactMap { range in
                range.lowerBound < edge ? range.clamped(to: range.lowerBound..<edge) : nil
            }
        }
    }

    private func store(_ records: [SeriesRecord], of read: PollPlan.Read, _ key: RegionKey) async throws {
        let spending = services.budget.meter.unstored(of: key)
        let outcome = try await services.store.record(
            PollRecord(
                account: key.account, region: key.region, recordedAt: Int(services.clock.now()),
                series: records, countsTowardTotals: read.countsTowardTotals, isReread: read.isReread,
                spending: spending))
        services.budget.meter.noteStored(spending)
        // Of a day that is read again hardly a minute changes.
        outdatedMinutes.insert(read.isReread ? outcome.changed : MinuteRanges([read.window]))
        for record in records {
            guard let last = record.minutes.last?.minute else { continue }
            newestDatapoint = max(newestDatapoint ?? last, last)
        }
        services.log.debug(
            "Read minutes",
            [
                "account": key.account, "region": region, "series": "\(records.count)",
                "minutes": "\(read.window.count)", "changed": "\(outcome.changedMinutes)",
            ])
    }

    /// What was asked for and recorded with no minutes, such as the account-wide series.
    func storeSpending(of key: RegionKey) async throws {
        try await services.budget.meter.store(in: services.store, of: key)
    }

    /// Counts single queries that were not answered in full, and passes CloudWatch's remarks on.
    func note(_ answer: MetricDataAnswer, in outcome: inout ReadOutcome) {
        for series in answer.series.values {
            switch series.status {
            case .complete: outcome.hasAnswer = true
            case .partial:
                services.metrics.awsFailure(shownKey, operation: "GetMetricData", code: "PartialData")
                // What was delivered is stored, but a poll of nothing else brought no figure that can be shown.
                let reason = "CloudWatch answered PartialData"
                outcome.queryFailure = min(outcome.queryFailure ?? reason, reason)
            case .failed(let reason):
                services.metrics.awsFailure(shownKey, operation: "GetMetricData", code: "query_failed")
                outcome.queryFailure = min(outcome.queryFailure ?? reason, reason)
            }
        }
        // What CloudWatch refuses as invalid was halved down to the query at fault: the others have their answers.
        let callFailure = answer.failures.first { $0.kind != .refused }
        outcome.failure = outcome.failure ?? callFailure
        if let reason = outcome.queryFailure, callFailure == nil {
            services.log.warn("Queries failed", ["region": region, "first": reason])
        }
        for message in answer.messages.prefix(Self.loggedMessages) {
            services.log.warn("CloudWatch says", ["region": region, "message": message])
        }
    }

    /// Leaves refused queries out for a while, if others beside them were answered: else it is not they that are wrong.
    private func remember(_ refused: [MetricName], isSpecific: Bool) {
        guard isSpecific else { return }
        for name in refused where refusedQueries.add(name, now: services.clock.now()) {
            services.log.warn(
                "A query is refused and left out for a while",
                ["region": region, "model_id": name.modelID, "metric": name.metric])
        }
    }

    /// Of one answer; the rest says the same.
    private static let loggedMessages = 3

    // MARK: The past

    /// First reads and gaps, then history, within the poll's budget of requests and time.
    private func performCatchUp(
        _ key: RegionKey, now: Double, coverage: [String: MinuteRanges], deferred: Set<String>,
        hasLive: Bool
    ) async throws -> ReadOutcome {
        var outcome = ReadOutcome()
        let started = services.clock.now()
        for request in catchUpRequests(now: now, coverage: coverage, deferred: deferred) {
            // A series whose newer part failed waits, so that its history has no hole.
            var part = request
            part.modelIDs = request.modelIDs.filter { catchUp.isDue($0, now: now) }
            guard !part.modelIDs.isEmpty else { continue }
            guard services.clock.now() - started < CatchUpLedger.secondsPerPoll else { return outcome }
            let result = try await perform(part, key, now: now)
            outcome.hasAnswer = outcome.hasAnswer || result.hasAnswer
            outcome.queryFailure = outcome.queryFailure ?? result.queryFailure
            // Without a live read the poll itself fails, and its own pause is the one that counts.
            if result.failure == nil || hasLive {
                catchUp.note(part.modelIDs, uncovered: result.uncovered, now: now)
            }
            guard let failure = result.failure else { continue }
            outcome.failure = failure
            services.log.warn(
                "Reading the past failed", ["region": region, "error": String(describing: failure)])
            return outcome
        }
        discovery.grown = discovery.grown.filter { !catchUp.isDue($0.key, now: now) }
        return outcome
    }

    private func catchUpRequests(
        now: Double, coverage: [String: MinuteRanges], deferred: Set<String>
    ) -> [PollPlan.Read] {
        let due = coverage.filter { catchUp.isDue($0.key, now: now) }
        let reads =
            plan.catchUpReads(
                now: now, coverage: due, deferred: deferred, settledEdge: settledEdge(now: now),
                delivered: lateSince)
            + plan.grownReads(now: now, coverage: due, since: discovery.grown)
            + plan.backfillReads(now: now, coverage: due)
        let costs = discovery.names.mapValues(MetricQueries.count)
        var requests: [PollPlan.Read] = []
        for read in reads where requests.count < CatchUpLedger.requestsPerPoll {
            requests += PollPlan.requests(for: read, queriesPerSeries: costs)
        }
        return Array(requests.prefix(CatchUpLedger.requestsPerPoll))
    }
}
