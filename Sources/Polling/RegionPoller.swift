import AWSClient
import Alerting
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
    /// 0..<1, the Region's place in the polling interval.
    private let phase: Double
    private var services: PollServices
    /// As configured, or slower to keep a budget.
    private(set) var plan: PollPlan
    private var pace = Pace.asConfigured
    private var key: RegionKey?
    private var parts: RegionParts?
    private(set) var state = PollState()
    private let alerts = RegionAlerts()
    /// Whether quotas or rates changed since model IDs were last mapped by them.
    private var hasNewQuotas = false
    /// Told when settings were changed.
    private let settingsChanges = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    /// An actor lets others in at each await: what must not meet a poll halfway takes turns with it.
    private let turn = PollSlots(1)

    package init(account: AccountSession, region: String, services: PollServices, phase: Double) {
        self.account = account
        self.region = region
        self.services = services
        self.phase = phase
        plan = services.plan
    }

    /// Before the identity is known the account has no name of its own.
    private var shownKey: RegionKey {
        key ?? RegionKey(account: account.configuredName ?? AccountSession.unknownName, region: region)
    }

    /// The pools with their use, as far as the Region was read.
    var usage: RegionUsage? { parts?.pools.usage }
    /// The minute whose figures are current.
    var settledMinute: Minute? { parts?.reader.settledMinute }
    /// When what is known was last set against the rules.
    var lastEvaluation: Double? { alerts.lastEvaluation }

    // MARK: The loop

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
                async let _: Void = readTags()
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
        plan.nextPoll(after: ended, phase: phase, consecutiveFailures: state.failuresInARow)
    }

    private func take(_ new: Pace) {
        pace = new
        plan = services.plan.slowed(to: new)
        parts?.reader.plan = plan
    }

    // MARK: A poll

    /// One poll; whatever fails is counted, logged and shown, and the next poll starts as if nothing had happened.
    package func poll() async {
        let started = services.clock.now()
        var failure: (any Error)?
        state.isStoreLost = false
        do {
            try await pollSteps(now: started)
        } catch {
            failure = error
            count(error)
        }
        do {
            // Also after a failure: whatever was stored is shown.
            if !state.isStoreLost { try await parts?.pools.readTotals() }
        } catch {
            failure = failure ?? error
            count(error)
        }
        // A poll that was cut off says nothing about AWS.
        if Task.isCancelled { return }
        let ended = services.clock.now()
        state.end(failure, of: shownKey, account, services.log, at: ended)
        publish()
        services.metrics.accountSeries(
            of: shownKey, isTrusted: parts?.adaptive.trust.isTrusted(now: ended) ?? true)
        services.metrics.pollEnded(
            shownKey, failure: state.lastFailure, durationSeconds: max(0, ended - started), at: ended)
        await evaluateAlerts()
        services.published()
    }

    private func pollSteps(now: Double) async throws {
        // Before AWS is asked for what would be lost.
        try services.store.checkFiles()
        let key = try await identify()
        let parts = try await parts(of: key, now: now)
        let (reader, pools) = (parts.reader, parts.pools)
        let serverTime = try await reader.discovery.refresh(
            plan, newestDatapoint: reader.newestDatapoint, now: now)
        reader.calls.observe(serverTime, askedAt: now)
        if reader.discovery.known.isUnmapped { try await parts.map(services, now: now) }
        takePace(of: key, reader)
        if reader.begin(now: now) { pools.forgetHistories(plan, now: reader.now) }
        pools.outdateNew(in: reader.liveWindow)
        let failure = await parts.read(services, pace)
        try await pools.measureRates(reader)
        // Also after a failure: whatever was stored is shown.
        try await pools.refresh(reader, now: reader.now)
        // What was asked for and recorded with no minutes, such as the account-wide series.
        try await services.budget.meter.store(in: services.store, of: key)
        if let monitoring = account.monitoring {
            // AWS bills that account, which need not be polled here itself.
            try await services.budget.meter.store(
                in: services.store, of: RegionKey(account: monitoring.name, region: region))
        }
        if let failure { throw failure }
    }

    private func takePace(of key: RegionKey, _ reader: RegionReader) {
        let known = reader.discovery.known
        let usual = known.active.reduce(0) { $0 + (known.costs[$1] ?? 0) }
        let unlisted = pace.looksForUnlisted ? UnlistedMetrics.mostAsks(beside: usual) : 0
        take(services.budget.pace(of: key, everything: usual + unlisted))
    }

    /// Reads as much history as there is time for until the next poll is due.
    package func readHistory(until deadline: Double) async {
        // What is long past can wait until there is enough to spend.
        guard pace.step <= Pace.relaxed.step, let parts, parts.backfill.isDue(parts.reader) else { return }
        do {
            try await services.historySlots.run { await self.readHistoryNow(until: deadline) }
        } catch {
            // Only cancellation ends a wait for a slot.
            services.log.debug("Reading history stopped", ["region": region])
        }
    }

    private func readHistoryNow(until deadline: Double) async {
        guard let parts else { return }
        await parts.backfill.read(parts.reader, services.plan, until: deadline)
    }

    /// Reads what names model IDs beside their profiles' own names; the next poll shows it.
    package func readTags() async {
        // Whatever a failing poll lacks is missing here as well, and told already.
        guard let parts, state.lastFailure == nil, !parts.reader.discovery.known.isIdle else { return }
        await parts.tags.read(intervalSeconds: plan.settings.discoveryInterval.seconds)
    }

    // MARK: Beginning

    private func identify() async throws -> RegionKey {
        if let key { return key }
        let account = try await account.label(region: region)
        let key = RegionKey(account: account, region: region)
        if key != shownKey { services.metrics.rename(shownKey, to: key) }
        self.key = key
        services.metrics.register(key)
        // Only a label that was not known can show that others are none.
        if services.identified(key) { await services.alerts?.forgetUnwatched() }
        return key
    }

    /// Takes up what an earlier run left in the store, once.
    private func parts(of key: RegionKey, now: Double) async throws -> RegionParts {
        if let parts {
            try await parts.reader.readCoverage()
            return parts
        }
        let parts = try await RegionParts.restored(account, key, plan, services, now: now)
        self.parts = parts
        // Stored counters and limits are worth showing before AWS has answered; what a fleet before a reload
        // published is newer.
        if !services.board.holds(key) {
            publish()
            services.published()
        }
        return parts
    }

    // MARK: Telling

    /// Counts what a poll ran into.
    private func count(_ error: any Error) {
        if let error = error as? StoreError {
            services.metrics.storageFailure()
            state.isStoreLost = state.isStoreLost || error.cause == .lost
        }
        services.metrics.unreadable(error, of: shownKey)
    }

    private func publish() {
        guard let parts else { return }
        services.board.publish(parts.pools.snapshot(parts.reader))
    }

    // MARK: Alerts

    /// Evaluates while polls do not, until the task is cancelled.
    func watchAlerts() async {
        do {
            while true {
                try await services.clock.sleep(alerts.pause(now: services.clock.now()))
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
                try await services.clock.sleep(RegionAlerts.forecastPauseSeconds)
                try await forecastIfDue()
            }
        } catch {
            // Only cancellation ends a sleep or a wait for a turn.
            services.log.debug("Forecasting stopped", ["region": region])
        }
    }

    /// Evaluates when nobody has for a while.
    func evaluateIfDue() async {
        // Before the first poll has ended nothing is known of the Region, and nothing may resolve.
        guard state.count > 0, alerts.isDue(now: services.clock.now()) else { return }
        await evaluateAlerts()
    }

    /// Evaluates with the days' peaks once an hour.
    func forecastIfDue() async throws {
        guard let key, parts?.reader.settledMinute != nil,
            let dailyUse = try await alerts.dueDailyUse(key, services)
        else { return }
        await evaluateAlerts(dailyUse: dailyUse)
    }

    /// Sets what is known of the Region against the rules.
    func evaluateAlerts(dailyUse: DailyUse? = nil) async {
        let facts = RegionAlerts.Facts(
            key: shownKey, polls: state, freshSeconds: services.plan.freshSeconds(at: pace) ?? 0,
            reader: parts?.reader, pools: parts?.pools)
        await alerts.evaluate(facts, services, dailyUse: dailyUse)
    }

    // MARK: Settings

    /// Takes changed settings; the Region's place in time stays.
    package func take(_ services: PollServices, hasNewQuotas: Bool) {
        self.services = services
        take(pace)
        self.hasNewQuotas = self.hasNewQuotas || hasNewQuotas
        if let key { services.identified(key) }
    }

    /// Lets changed settings show before the next poll: what is stored is mapped and judged by them at once, and AWS is
    /// not asked.
    package nonisolated func reconsider() { settingsChanges.continuation.yield() }

    /// Follows changes of settings until the task is cancelled.
    func watchSettings() async {
        do {
            for await _ in settingsChanges.stream { try await turn.run { await applySettings() } }
        } catch {
            // Only cancellation ends a wait for a turn.
            services.log.debug("Watching settings stopped", ["region": region])
        }
    }

    private func applySettings() async {
        // Before that there is nothing to map; the first poll goes by the settings of then.
        guard let parts else { return }
        if hasNewQuotas {
            hasNewQuotas = false
            await mapAnew(parts)
        }
        publish()
        // Before the first poll has ended nothing is known of the Region, and nothing may resolve.
        if state.count > 0 { await evaluateAlerts() }
        services.published()
    }

    private func mapAnew(_ parts: RegionParts) async {
        let now = services.clock.now() + Double(parts.reader.clockSkewSeconds)
        do {
            try await parts.map(services, now: now)
            try await parts.pools.refresh(parts.reader, now: now)
        } catch {
            // The next poll tries again.
            parts.reader.discovery.known.isUnmapped = true
            services.metrics.storageFailure()
            services.log.error(
                "Taking changed quotas failed", ["region": region, "error": String(describing: error)])
        }
    }
}
