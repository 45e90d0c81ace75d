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
    /// Longest sleep when nothing is due, so that a clock that is set is noticed.
    static let longestSleepSeconds = 300.0

    private let account: AccountSession
    private let settings: CallerSettings
    private let region: String
    private let services: PollServices
    private let windows: CallerWindowReader
    private let telling: CallerTelling
    /// Of the account, once it is known.
    private var label: String?
    private var width = CallerPlan.windowMinutes
    /// What the server's clock is ahead of ours.
    private var clock = ServerClock()
    private var failuresInARow = 0

    /// - Parameter settings: Those of the account.
    package init(account: AccountSession, region: String, settings: CallerSettings, services: PollServices) {
        self.account = account
        self.region = region
        self.settings = settings
        self.services = services
        telling = CallerTelling(metrics: services.metrics, log: services.log, now: services.clock.now)
        windows = CallerWindowReader(
            account: account, region: region, settings: settings, services: services, telling: telling)
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
            note(try await windows.takeUp(window), of: window)
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
                try await windows.giveUp(
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
            account: key.account, region: key.region, range: range, kinds: windows.kinds,
            askedAt: Int(services.clock.now()))
    }

    /// AWS's time, as far as it is known.
    private var now: Double { services.clock.now() + Double(clock.skewSeconds) }

    /// A clock that was ahead has given up windows that are still to come. It is AWS's clock that tells.
    private func forgetTimeToCome(_ key: RegionKey) async throws {
        let last = try await services.store.newestCallerMinute(account: key.account, region: key.region)
        guard let last, isToCome(last) else { return }
        let answer = try await askBedrock()
        _ = clock.adopt()
        guard answer.serverTime != nil, isToCome(last) else { return }
        try await services.store.forgetCallerWindows(
            account: key.account, region: key.region, from: CallerPlan.edge(now: now))
    }

    private func isToCome(_ end: Minute) -> Bool {
        end > CallerPlan.edge(now: now).advanced(by: CallerPlan.windowMinutes)
    }

    // MARK: Where the logs are

    /// Where they are; why there are none, where there are none.
    private enum Logging {
        case group(String)
        case none(String)

        init(_ answer: InvocationLogging?) {
            guard let answer else {
                self = .none("model invocation logging is off")
                return
            }
            self =
                answer.logGroup.map { .group($0) }
                ?? .none("model invocation logs do not go to CloudWatch Logs")
        }
    }

    private func logging() async throws(AWSError) -> Logging {
        if let group = settings.logGroup { return .group(group) }
        return Logging(try await askBedrock().logging)
    }

    /// Its answer tells AWS's time, too.
    private func askBedrock() async throws(AWSError) -> InvocationLoggingAnswer {
        let askedAt = services.clock.now()
        let answer = try await account.bedrock(region).invocationLogging()
        clock.observe(answer.serverTime, askedAt: askedAt, now: services.clock.now())
        return answer
    }

    // MARK: A window

    private func ask(_ window: CallerWindow, _ logging: Logging) async throws {
        guard case .group(let group) = logging else {
            if case .none(let reason) = logging { try await windows.giveUp(window, reason) }
            return
        }
        if let reason = try await overspent(window) { return try await windows.giveUp(window, reason) }
        let (rows, clock) = try await windows.read(window, in: group, clock)
        self.clock = clock
        note(rows, of: window)
    }

    /// - Parameter rows: Of the answer; nil where there was none.
    private func note(_ rows: Int?, of window: CallerWindow) {
        if let rows { width = CallerPlan.width(after: rows, asked: window.range, width: width) }
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
}
