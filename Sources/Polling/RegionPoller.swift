import AWSClient
import QuotaModel
import Reading
import SQLite
import System
import UsageStore

/// Polls one Region of one account for ever: asks, stores, computes, publishes.
///
/// It shares nothing but the store with other Regions, so what goes wrong here stays here.
package actor RegionPoller {
    let account: AccountSession
    let region: String
    private(set) var services: PollServices
    /// Whether quotas or rates changed since model IDs were last mapped by them.
    var hasNewQuotas = false
    /// Told when settings were changed.
    let settingsChanges = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// An actor lets others in at each await: what must not meet a poll halfway takes turns with it.
    let turn = PollSlots(1)
    /// 0..<1, the Region's place in the polling interval.
    let phase: Double

    /// As configured, or slower to keep a budget.
    var plan: PollPlan
    var pace = Pace.asConfigured
    /// Known once the account's identity is.
    var key: RegionKey?
    var discovery = Discovery()
    var usage: RegionUsage?
    var newestDatapoint: Minute?
    /// The newest minute that was settled when it was last read.
    var settledMinute: Minute?
    /// What CloudWatch has delivered, for which minutes without data are minutes without traffic.
    var delivery = Delivery()
    /// The last minute that had settled by the clock when the Region was last read.
    var readThrough: Minute?
    var dayRereads = DayRereads()
    /// Whether the last poll left a doubt that data are late.
    var isDeliveryDoubtful = false
    /// How far the newest delivered minute was behind at the last poll; nil while nothing can be late.
    var deliveryLagSeconds: Double?
    var isLatenessLogged = false
    var settledRows: [String: UsageMinute] = [:]
    var ledger = ReadLedger()
    var catchUp = CatchUpLedger()
    var backfill = BackfillSchedule()
    var lastMeasurement: Double?
    /// Since when polls succeed; nil while the last one failed or there was none.
    var upSince: Double?
    /// Why the last poll failed.
    var lastFailure: String?
    /// The last poll found that the open store is not the one at its path, or no longer what it was.
    var isStoreLost = false
    var limitChanges = LimitChanges()
    var lastEvaluation: Double?
    var lastDailyUse: Double?
    /// Minutes of which the histories may say something else than the store.
    var outdatedMinutes = MinuteRanges()
    private var totals: [String: UsageTotals] = [:]
    private var quotaTokens: [ScopedModel: Double] = [:]
    private var consecutiveFailures = 0
    private var lastStart: Double?
    /// What is added to this machine's clock to get that of CloudWatch, which decides what is settled.
    private(set) var clockSkew = 0
    var unlisted = UnlistedMetrics()
    /// Queries that CloudWatch refuses; without them the others need not be told from them at every poll.
    var refusedQueries = RefusedQueries()

    /// Polls since the start of this process, failed ones included.
    package private(set) var pollCount = 0

    package init(account: AccountSession, region: String, services: PollServices, phase: Double) {
        self.account = account
        self.region = region
        self.services = services
        self.phase = phase
        plan = services.plan
    }

    /// Polls until the task is cancelled.
    package func run() async {
        do {
            let watch = services.watch
            let me = ObjectIdentifier(self)
            while !Task.isCancelled {
                // Those who hold the slots have a time limit; who waits for one has none.
                watch.expect(me, within: .infinity)
                try await services.slots.run {
                    watch.expect(me, within: PollWatch.pollSeconds)
                    try await turn.run { await poll() }
                }
                let ended = services.clock.now()
                // Cancelled when the next poll is due, finished or not.
                async let _: Void = readHistory(until: nextPoll(after: ended))
                try await wait(since: ended)
            }
        } catch {
            // Only cancellation ends a sleep or a wait for a slot.
            services.log.debug("Polling stopped", ["region": region])
        }
    }

    /// Sleeps until the next poll is due. The pace is looked at meanwhile: a new month, or another Region's poll, may
    /// change it. What was slept counts, not the clock, which may be set.
    private func wait(since ended: Double) async throws {
        var slept = 0.0
        while true {
            let pause = min(nextPoll(after: ended) - ended - slept, Self.longestSleepSeconds)
            services.watch.expect(ObjectIdentifier(self), within: max(0, pause) + PollWatch.slackSeconds)
            guard pause > 0 else { return }
            try await services.clock.sleep(pause)
            slept += pause
            take(services.budget.pace())
        }
    }

    /// Longer than the usual interval, so that only slow polls are interrupted.
    private static let longestSleepSeconds = 60.0

    private func nextPoll(after ended: Double) -> Double {
        plan.nextPoll(after: ended, phase: phase, consecutiveFailures: consecutiveFailures)
    }

    private func take(_ new: Pace) {
        guard new != pace else { return }
        pace = new
        plan = services.plan.slowed(to: new)
    }

    /// Takes changed settings; the Region's place in time stays.
    package func take(_ services: PollServices, hasNewQuotas: Bool) {
        self.services = services
        plan = services.plan.slowed(to: pace)
        self.hasNewQuotas = self.hasNewQuotas || hasNewQuotas
        if let key { services.identified(key) }
    }

    /// One poll; whatever fails is counted, logged and shown, and the next poll starts as if nothing had happened.
    package func poll() async {
        let started = services.clock.now()
        var failure: String?
        var missingCredentials: String?
        isStoreLost = false
        do {
            try await pollSteps(now: started)
        } catch {
            missingCredentials = (error as? AWSError)?.missingCredentials
            failure = count(error)
        }
        do {
            // Also after a failure: whatever was stored is shown.
            if !isStoreLost, let key { try await readTotals(key) }
        } catch {
            failure = failure ?? count(error)
        }
        // A poll that was cut off says nothing about AWS.
        if Task.isCancelled { return }
        let ended = services.clock.now()
        pollCount += 1
        report(failure, missingCredentials, at: ended)
        publish()
        services.metrics.accountSeries(of: shownKey, isTrusted: ledger.trust.isTrusted(now: ended))
        services.metrics.pollEnded(
            shownKey, failure: failure, durationSeconds: max(0, ended - started), at: ended)
        await evaluateAlerts()
        services.published()
    }

    /// Counts what a poll ran into and says it.
    private func count(_ error: any Error) -> String {
        if let error = error as? StoreError {
            services.metrics.storageFailure()
            isStoreLost = isStoreLost || error.cause == .lost
        }
        countUnreadable(error)
        return String(describing: error)
    }

    /// Before the identity is known the account has no name of its own.
    var shownKey: RegionKey {
        key ?? RegionKey(account: account.configuredName ?? AccountSession.unknownName, region: region)
    }

    private func report(_ failure: String?, _ missingCredentials: String?, at now: Double) {
        lastFailure = failure
        upSince = failure == nil ? upSince ?? now : nil
        if let failure {
            consecutiveFailures += 1
            if let missingCredentials {
                guard account.isNews(missingCredentials: missingCredentials, now: now) else { return }
            }
            let regions = missingCredentials == nil ? [region] : account.regions
            services.log.warn(
                "Poll failed",
                [
                    "account": shownKey.account, "region": regions.joined(separator: ","),
                    "failures_in_a_row": "\(consecutiveFailures)",
                    "error": failure,
                ])
        } else if consecutiveFailures > 0 {
            account.credentialsWork()
            services.log.info(
                "Poll succeeded again",
                ["account": shownKey.account, "region": region, "failures_before": "\(consecutiveFailures)"])
            consecutiveFailures = 0
        }
    }

    // MARK: Steps

    private func pollSteps(now: Double) async throws {
        // Before AWS is asked for what would be lost.
        try services.store.checkFiles()
        let key = try await identify()
        if usage == nil {
            try await restore(key, now: now)
        }
        try await discover(key, now: now)
        let costs = discovery.active.map { MetricQueries.count(names: discovery.names[$0] ?? []) }
        let usual = costs.reduce(0, +)
        let unlisted = looksForUnlisted ? UnlistedMetrics.mostAsks(beside: usual) : 0
        take(services.budget.pace(of: key, everything: usual + unlisted))
        takeClockSkew()
        let now = now + Double(clockSkew)
        noticeClock(now)
        var failure: (any Error)?
        do {
            failure = try await read(key, now: now)
        } catch {
            failure = error
        }
        try await measureRates(key, now: now)
        // Also after a failure: whatever was stored is shown.
        try await refreshHistories(key, now: now)
        try await storeSpending(of: key)
        if let failure { throw failure }
    }

    /// Counters that fall are not shown: the store is then not what it was.
    private func readTotals(_ key: RegionKey) async throws {
        let read = try await services.store.totals(account: key.account, region: key.region)
        guard totals.allSatisfy({ read[$0.key]?.isAtLeast($0.value) ?? false }) else {
            throw StoreError(
                cause: .lost, attempt: "read the counters of \(key.account) in \(key.region)",
                path: services.store.path,
                reason:
                    "they are lower than before: somebody else has changed the file. Put a backup in its place "
                    + "and restart the exporter")
        }
        totals = read
        quotaTokens = try await services.store.quotaTokens(account: key.account, region: key.region)
    }

    /// The transport counts answers by their status; that a good one cannot be read is found out later.
    func countUnreadable(_ error: any Error) {
        guard let error = error as? AWSError, error.kind == .malformedAnswer else { return }
        services.metrics.awsFailure(shownKey, operation: error.operation, code: error.failureCode)
    }

    private func identify() async throws -> RegionKey {
        if let key { return key }
        let account = try await account.label(region: region)
        let key = RegionKey(account: account, region: region)
        if key != shownKey { services.metrics.rename(shownKey, to: key) }
        self.key = key
        services.metrics.register(key)
        services.identified(key)
        await services.alerts?.forgetUnwatched()
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
        try await restoreRates(key)
        try await readLimitChanges(key)
        try await remap(key, now: now)
        discovery.isUnmapped = false
        try await refreshHistories(key, now: now)
        try await restoreLedger(key, now: now)
        // Stored counters and limits are worth showing before AWS has answered; what a fleet before a reload
        // published is newer.
        try await readTotals(key)
        guard !services.board.holds(key) else { return }
        publish()
        services.published()
    }

    /// Which minutes are settled is CloudWatch's to say: by a clock that is ahead, minutes that it does not have yet
    /// would count as minutes without traffic.
    private func takeClockSkew() {
        let skew = account.clockSkewSeconds(region)
        // It comes in whole seconds and with the delay of an answer.
        guard abs(skew - clockSkew) >= AWSDefaults.minimumObservedSkewSeconds else { return }
        clockSkew = skew
        services.log.warn(
            skew == 0
                ? "This machine's clock agrees with CloudWatch's"
                : "This machine's clock is wrong; going by CloudWatch's",
            ["account": shownKey.account, "region": region, "cloudwatch_ahead_seconds": "\(skew)"])
    }

    /// Histories hold a day: when the clock was set back, what they know of the time to come is in the way.
    private func noticeClock(_ now: Double) {
        if let lastStart, now < lastStart {
            usage?.forgetHistories()
            settledMinute = nil
            (delivery, isDeliveryDoubtful, deliveryLagSeconds) = (Delivery(), false, nil)
            ledger.forget()
            outdatedMinutes.insert(historyWindow(now: now))
        }
        lastStart = now
    }

    // MARK: Publishing

    /// Use of a minute this old says nothing about now; beyond it current figures are absent instead of stale.
    private var maximumAgeSeconds: Double {
        max(15 * 60, plan.toleratedSeconds)
    }

    func publish() {
        guard let usage else { return }
        var snapshot = usage.snapshot(
            settled: settledMinute, ledger: ledger, newestDatapoint: newestDatapoint, totals: totals,
            settledRows: settledRows)
        for (pool, tokens) in quotaTokens { snapshot.quotaTokens[pool] = tokens }
        snapshot.deliveryLagSeconds = deliveryLagSeconds
        snapshot.currentUntil = settledMinute.map {
            Double($0.epochSeconds - clockSkew) + maximumAgeSeconds
        }
        services.board.publish(snapshot)
    }
}
