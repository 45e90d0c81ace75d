import AWSClient
import QuotaModel
import Reading
import SQLite
import System
import UsageStore

/// Reads one window of a Region's invocation logs: asks, waits, and ends it as read or, with its reason, as unknown.
///
/// It is marked in the store before: after a lost answer nobody knows whether a query runs, and a second one would be paid
/// for again.
struct CallerWindowReader: Sendable {
    private let account: AccountSession
    private let region: String
    private let settings: CallerSettings
    private let services: PollServices
    private let telling: CallerTelling
    private let query: CallerQuery

    init(
        account: AccountSession, region: String, settings: CallerSettings, services: PollServices,
        telling: CallerTelling
    ) {
        self.account = account
        self.region = region
        self.settings = settings
        self.services = services
        self.telling = telling
        query = CallerQuery(settings.kinds)
    }

    /// What a query tells apart.
    var kinds: [String] { query.kinds.map(\.text) }

    // MARK: The question

    /// - Returns: How many rows the answer has, nil where there is none; and what its clock then says.
    func read(
        _ window: CallerWindow, in group: String, _ clock: ServerClock
    ) async throws -> (rows: Int?, clock: ServerClock) {
        try await services.callerSlots.run { try await start(window, in: group, clock) }
    }

    private func start(
        _ window: CallerWindow, in group: String, _ clock: ServerClock
    ) async throws -> (rows: Int?, clock: ServerClock) {
        try await services.store.askCallerWindow(window)
        var (window, clock) = (window, clock)
        let askedAt = services.clock.now()
        do throws(AWSError) {
            let started = try await account.logs(region).startQuery(
                logGroup: group, start: window.range.lowerBound.epochSeconds,
                end: window.range.upperBound.epochSeconds, query: query.text, limit: CallerQuery.rowLimit)
            window.queryID = started.id
            clock.observe(started.serverTime, askedAt: askedAt, now: services.clock.now())
        } catch {
            try await failed(window, error)
            return (nil, clock)
        }
        try await services.store.noteCallerQuery(window)
        if let change = clock.change,
            CallerPlan.edge(now: services.clock.now() + Double(change.seconds)) < window.range.upperBound
        {
            try await stop(window, "this machine's clock is ahead of AWS's", bytesScanned: nil)
            return (nil, clock)
        }
        return (try await fetch(window), clock)
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
    ///
    /// - Returns: How many rows the answer has; nil where there is none.
    func takeUp(_ window: CallerWindow) async throws -> Int? {
        if window.queryID == nil {
            try await giveUp(
                window,
                "the exporter ended while StartQuery was under way, and a second query would scan again")
        } else if window.kinds != kinds {
            try await stop(window, "callers.by was changed while it was read", bytesScanned: nil)
        } else {
            return try await services.callerSlots.run { try await fetch(window) }
        }
        return nil
    }

    // MARK: The answer

    private func fetch(_ window: CallerWindow) async throws -> Int? {
        guard let id = window.queryID else { return nil }
        var wait = LogQueryWait()
        while true {
            let step = wait.step(after: try await look(at: id))
            let bytes = wait.bytesScanned
            switch step {
            case .pause(let seconds):
                try await services.clock.sleep(seconds)
                continue
            case .answered(let rows):
                try await finish(window, rows, bytesScanned: bytes)
                return rows.count
            case .ended(let reason): try await giveUp(window, reason, bytesScanned: bytes)
            case .late(let reason): try await stop(window, reason, bytesScanned: bytes)
            }
            return nil
        }
    }

    private func look(at query: String) async throws -> Result<LogQueryAnswer, AWSError> {
        do throws(AWSError) {
            let answer = try await account.logs(region).queryResults(id: query, limit: CallerQuery.rowLimit)
            return .success(answer)
        } catch {
            // Left as it is, with its query: the next start takes it up.
            try Task.checkCancellation()
            return .failure(error)
        }
    }

    private func finish(
        _ window: CallerWindow, _ rows: [[String: String]], bytesScanned: Int?
    ) async throws {
        guard rows.count < CallerQuery.rowLimit else {
            guard window.range.count > 1 else {
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

    func giveUp(_ window: CallerWindow, _ reason: String, bytesScanned: Int? = nil) async throws {
        let shown = MessageText.bounded(reason)
        try await services.store.giveUpCallerWindow(window, reason: shown, bytesScanned: bytesScanned)
        telling.unknown(window, shown, bytes: bytesScanned)
    }
}
