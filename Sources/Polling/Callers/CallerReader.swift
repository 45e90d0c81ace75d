import AWSClient
import QuotaModel
import Reading
import SQLite
import System
import UsageStore

/// Reads the invocation logs of one Region of one account for ever, window by window, apart from its polls: however slow Logs
/// Insights is, no figure of usage waits for it.
///
/// A window is asked for once. It is marked in the store before, and ends as read or, with its reason, as unknown: after a
/// lost answer nobody knows whether a query runs, and a second one would be paid for again.
package actor CallerReader {
    /// Windows of all accounts and Regions that are read at the same time; AWS runs 100 queries an account.
    package static let concurrentWindows = 4
    /// Longest wait for one query, as pauses between two looks at it …
    static let longestWaitSeconds = 240.0
    /// … which grow up to this.
    static let longestPauseSeconds = 15.0
    /// Longest sleep when nothing is due, so that a clock that is set is noticed.
    static let longestSleepSeconds = 300.0

    private let account: AccountSession
    private let settings: CallerSettings
    private let region: String
    private let services: PollServices
    private let query: CallerQuery
    /// Of the account, once it is known.
    private var label: String?
    private var width = CallerPlan.windowMinutes
    /// What the server's clock is ahead of ours.
    private var clock = ServerClock()
    private var failuresInARow = 0
    private var telling: CallerTelling

    /// - Parameter settings: Those of the account.
    package init(account: AccountSession, region: String, settings: CallerSettings, services: PollServices) {
        self.account = account
        self.region = region
        self.settings = settings
        self.services = services
        query = CallerQuery(settings.kinds)
        telling = CallerTelling(metrics: services.metrics, log: services.log, now: services.clock.now)
    }

    // MARK: The loop

    /// Reads until the task is cancelled.
    package func run() async {
        do {
            while !Task.isCancelled {
                let pause = await round()
                try await services.clock.sleep(min(max(pause, 1), Self.longestSleepSeconds))
            }
        } catch {
            // Only cancellation ends a sleep.
            services.log.debug("Reading callers stopped", ["region": region])
        }
    }

    /// Reads what is due.
    ///
    /// - Returns: Seconds until something may be due again.
    func round() async -> Double {
        do {
            let label = try await account.label(region: region)
            self.label = label
            let key = RegionKey(account: label, region: region)
            // Logs of a Region without traffic hold nothing; windows that pass meanwhile are caught up with.
            guard !services.board.isIdle(key) else { return Self.longestSleepSeconds }
            let pause = try await readAll(key)
            failuresInARow = 0
            return pause
        } catch {
            guard !Task.isCancelled else { return 0 }
            if error is StoreError { services.metrics.storageFailure() }
            failuresInARow += 1
            let pause = min(Self.firstPauseSeconds * Double(1 << min(failuresInARow - 1, 10)), 900)
            telling.failed(
                RegionKey(
                    account: label ?? account.configuredName ?? AccountSession.unknownName, region: region),
                String(describing: error))
            return pause
        }
    }

    private static let firstPauseSeconds = 30.0

    private func readAll(_ key: RegionKey) async throws -> Double {
        telling.begin(key, budget: settings.monthlyBudgetBytes)
        for window in try await services.store.askedCallerWindows(account: key.account, region: key.region) {
            try await takeUp(window)
        }
        var logging: Logging?
        while true {
            try Task.checkCancellation()
            _ = clock.adopt()
            try await forgetTimeToCome(key)
            let last = try await services.store.newestCallerMinute(account: key.account, region: key.region)
            switch CallerPlan.next(after: last, width: width, now: now) {
            case .wait(let seconds): return seconds
            case .giveUp(let range):
                try await giveUp(
                    window(key, range),
                    "older than \(CallerPlan.catchUpMinutes / 60) hours when it could be read")
            case .ask(let range):
                guard let logging else {
                    logging = try await self.logging()
                    // Its answer may have told that our clock is wrong.
                    continue
                }
                try await ask(window(key, range), logging)
            }
        }
    }

    private func window(_ key: RegionKey, _ range: Range<Minute>) -> CallerWindow {
        CallerWindow(
            account: key.account, region: key.region, range: range, kinds: query.kinds.map(\.text),
            askedAt: Int(services.clock.now()))
    }

    /// AWS's time, as far as it is known.
    private var now: Double { services.clock.now() + Double(clock.skewSeconds) }

    /// A clock that was ahead has given up windows that are still to come. It is AWS's clock that tells.
    private func forgetTimeToCome(_ key: RegionKey) async throws {
        let last = try await services.store.newestCallerMinute(account: key.account, region: key.region)
        guard let last, isToCome(last) else { return }
        let askedAt = services.clock.now()
        let answer = try await account.bedrock(region).invocationLogging()
        clock.observe(answer.serverTime, askedAt: askedAt, now: services.clock.now())
        _ = clock.adopt()
        guard answer.serverTime != nil, isToCome(last) else { return }
        try await services.store.forgetCallerWindows(
            account: key.account, region: key.region, from: CallerPlan.edge(now: now))
    }

    private func isToCome(_ end: Minute) -> Bool {
        end > CallerPlan.edge(now: now).advanced(by: CallerPlan.windowMinutes)
    }

    // MARK: Where the logs are

    private enum Logging {
        case group(String)
        /// Why there is none.
        case none(String)
    }

    private func logging() async throws(AWSError) -> Logging {
        if let group = settings.logGroup { return .group(group) }
        let askedAt = services.clock.now()
        let answer = try await account.bedrock(region).invocationLogging()
        clock.observe(answer.serverTime, askedAt: askedAt, now: services.clock.now())
        guard let logging = answer.logging else { return .none("model invocation logging is off") }
        return logging.logGroup.map { .group($0) }
            ?? .none("model invocation logs do not go to CloudWatch Logs")
    }

    // MARK: A window

    private func ask(_ window: CallerWindow, _ logging: Logging) async throws {
        guard case .group(let group) = logging else {
            if case .none(let reason) = logging { try await giveUp(window, reason) }
            return
        }
        if let reason = try await overspent(window) { return try await giveUp(window, reason) }
        try await services.callerSlots.run { try await self.start(window, in: group) }
    }

    /// Why the month's budget allows no further query; nil while it does. Checked before each, so that the last one may go
    /// beyond it.
    private func overspent(_ window: CallerWindow) async throws(StoreError) -> String? {
        let month = CalendarMonth(containing: services.clock.now()).text
        let spent = try await services.store.bytesScanned(account: window.account, month: month)
        telling.spent(window, inMonth: spent)
        guard spent >= settings.monthlyBudgetBytes else { return nil }
        return "the budget of \(month) for scanning logs is spent (callers.monthly_budget_gigabytes)"
    }

    private func start(_ window: CallerWindow, in group: String) async throws {
        try await services.store.askCallerWindow(window)
        var window = window
        let askedAt = services.clock.now()
        do throws(AWSError) {
            let started = try await account.logs(region).startQuery(
                logGroup: group, start: window.range.lowerBound.epochSeconds,
                end: window.range.upperBound.epochSeconds, query: query.text, limit: CallerQuery.rowLimit)
            window.queryID = started.id
            clock.observe(started.serverTime, askedAt: askedAt, now: services.clock.now())
        } catch {
            return try await failed(window, error)
        }
        try await services.store.noteCallerQuery(window)
        if let change = clock.change,
            CallerPlan.edge(now: services.clock.now() + Double(change.seconds)) < window.range.upperBound
        {
            return try await stop(window, "this machine's clock is ahead of AWS's", bytesScanned: nil)
        }
        try await fetch(window)
    }

    private func failed(_ window: CallerWindow, _ error: AWSError) async throws {
        guard error.isSurelyUndone else {
            return try await giveUp(
                window, "the answer to StartQuery was lost, and a second query would scan again: \(error)")
        }
        // It would be refused again: no such group, or a time that it does not hold.
        if error.kind == .refused { return try await giveUp(window, String(describing: error)) }
        try await services.store.withdrawCallerWindow(window)
        throw error
    }

    /// Goes on with a window that an earlier run, or a failure of the store, has left behind.
    private func takeUp(_ window: CallerWindow) async throws {
        guard window.queryID != nil else {
            return try await giveUp(
                window,
                "the exporter ended while StartQuery was under way, and a second query would scan again")
        }
        guard window.kinds == query.kinds.map(\.text) else {
            return try await stop(window, "callers.by was changed while it was read", bytesScanned: nil)
        }
        try await services.callerSlots.run { try await self.fetch(window) }
    }

    // MARK: The answer

    private func fetch(_ window: CallerWindow) async throws {
        guard let id = window.queryID else { return }
        var waited = 0.0
        var pause = 1.0
        var problem = "it still runs"
        var bytes: Int?
        while true {
            let answer: LogQueryAnswer?
            do throws(AWSError) {
                answer = try await account.logs(region).queryResults(id: id, limit: CallerQuery.rowLimit)
            } catch {
                // Left as it is, with its query: the next start takes it up.
                try Task.checkCancellation()
                guard error.kind != .refused else {
                    return try await giveUp(window, String(describing: error), bytesScanned: bytes)
                }
                problem = String(describing: error)
                answer = nil
            }
            bytes = answer?.bytesScanned ?? bytes
            switch answer?.status {
            case .complete: return try await finish(window, answer?.rows ?? [], bytesScanned: bytes)
            case .failed?, .cancelled?, .timeout?:
                let status = answer?.status.rawValue ?? ""
                return try await giveUp(
                    window, "Logs Insights ended the query: \(status)", bytesScanned: bytes)
            case .scheduled?, .running?, .unknown?: problem = "it is \(answer?.status.rawValue ?? "")"
            case nil: break
            }
            guard waited < Self.longestWaitSeconds else {
                let reason = "no answer within \(Int(Self.longestWaitSeconds)) s: \(problem)"
                return try await stop(window, reason, bytesScanned: bytes)
            }
            try await services.clock.sleep(pause)
            waited += pause
            pause = min(pause * 2, Self.longestPauseSeconds)
        }
    }

    private func finish(
        _ window: CallerWindow, _ rows: [[String: String]], bytesScanned: Int?
    ) async throws {
        let minutes = window.range.count
        width = CallerPlan.width(after: rows.count, asked: window.range, width: width)
        guard rows.count < CallerQuery.rowLimit else {
            guard minutes > 1 else {
                return try await giveUp(
                    window,
                    "one minute has more than \(CallerQuery.rowLimit) combinations of model ID and caller",
                    bytesScanned: bytesScanned)
            }
            try await services.store.withdrawCallerWindow(window, bytesScanned: bytesScanned ?? 0)
            telling.scanned(window, bytes: bytesScanned)
            return
        }
        let callers: [CallerMinute]
        do {
            callers = try query.read(rows, of: window.range)
        } catch {
            return try await giveUp(
                window, "the answer cannot be read: \(error)", bytesScanned: bytesScanned)
        }
        try await services.store.recordCallers(
            CallerRecord(
                window: window, minutes: callers, keep: settings.keep, bytesScanned: bytesScanned,
                recordedAt: Int(services.clock.now())))
        telling.read(window, bytes: bytesScanned)
    }

    /// Ends a query that nobody waits for.
    private func stop(_ window: CallerWindow, _ reason: String, bytesScanned: Int?) async throws {
        if let id = window.queryID {
            // Whether it could be stopped makes no difference to what is known.
            try? await account.logs(region).stopQuery(id: id)
        }
        try await giveUp(window, reason, bytesScanned: bytesScanned)
    }

    private func giveUp(_ window: CallerWindow, _ reason: String, bytesScanned: Int? = nil) async throws {
        let shown = MessageText.bounded(reason)
        try await services.store.giveUpCallerWindow(window, reason: shown, bytesScanned: bytesScanned)
        telling.unknown(window, shown, bytes: bytesScanned)
    }
}
